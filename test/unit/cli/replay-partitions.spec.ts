import { MemoryBroker, memoryTransport } from '../../../lib/transport/memory/index.js';
import { cli } from '../../support/cli.js';
import { waitUntil } from '../../support/wait-until.js';

const TYPE = 'org.openedx.enterprise.subsidy.redeemed.v1';
const GROUP = ['-t', 't', '-g', 'g'];

let broker: MemoryBroker;
let sent = 0;
beforeEach(() => {
  broker = new MemoryBroker({ partitions: 3, maxRecords: 12 });
  sent = 0;
});

const run = (argv: string[], stdin = '') =>
  cli(argv, {
    stdin,
    transport: memoryTransport({ broker }),
    env: { EVENT_BUS_TOPIC_PREFIX: 'p' },
  });
const replay = (...more: string[]) => run(['replay-events', ...GROUP, ...more]);
const consume = async (max: number) => {
  const argv = ['consume-events', ...GROUP, '--max', String(max), '--timeout', '5'];
  return (await run(argv)).answers.map(({ position }) => position).sort();
};
/** The events go to the partitions in turn. */
async function produce(count: number): Promise<void> {
  const lines = Array.from({ length: count }, () =>
    JSON.stringify({
      redemption: { subsidy_identifier: 's', content_key: 'c', lms_user_id: sent++ },
    }),
  );
  const argv = ['produce-event', '--type', TYPE, '--topic', 't', '--data', '-'];
  expect((await run(argv, lines.join('\n'))).code).toBe(0);
}
/** A moment behind all that was produced. */
async function now(): Promise<string> {
  const last = Date.now();
  await waitUntil(() => Date.now() > last, 1_000);
  return new Date().toISOString();
}
const at = (...next: number[]) => Object.fromEntries(next.entries());

describe('replay-events where topics have partitions', () => {
  it('moves the partitions that are named, and tells of each where it was and is', async () => {
    await produce(6);
    await consume(6);
    const { code, answers } = await replay('--from-id', '1:1,2:0');
    expect([code, answers]).toEqual([
      0,
      [{ topic: 't', group: 'g', before: at(2, 2, 2), after: at(2, 1, 0) }],
    ]);
    expect(await consume(3)).toEqual(['1:1', '2:0', '2:1']);
  });

  it('moves all of them to one offset, as far as they have it', async () => {
    await produce(7);
    await consume(7);
    const { answers } = await replay('--from-offset', '2');
    expect(answers).toMatchObject([{ before: at(3, 2, 2), after: at(2, 2, 2) }]);
    expect(await consume(1)).toEqual(['0:2']);
  });

  it('moves to a time: partitions with nothing since then to their end (C-01)', async () => {
    await produce(4);
    const between = await now();
    await produce(1);
    await consume(5);
    const { answers } = await replay('--from-time', between);
    expect(answers).toMatchObject([{ before: at(2, 2, 1), after: at(2, 1, 1) }]);
    expect(await consume(1)).toEqual(['1:1']);
  });

  it('begins with what is left, and says so (C-01)', async () => {
    await produce(15);
    await consume(12);
    const { code, answers, log } = await replay('--from-offset', '0:0,1:0,2:0');
    expect([code, log]).toEqual([0, '']);
    expect(answers).toMatchObject([{ after: at(1, 1, 1) }]);
    await produce(3);
    expect((await replay('--from-id', '0:1')).log).toContain(
      'Event 0:1 is no longer in p-t; starting at 0:2',
    );
  });

  it('counts the range in a dry run and moves nothing', async () => {
    await produce(6);
    await consume(6);
    const dry = await replay('--from-offset', '0', '--until', '0:1,1:0', '--dry-run');
    expect(dry.answers).toMatchObject([
      { events: 3, before: at(2, 2, 2), after: at(0, 0, 0), members: [] },
    ]);
    const end = await replay('--to-latest', '--dry-run');
    expect(end.answers).toMatchObject([{ events: 0, first: null, after: at(2, 2, 2) }]);
    expect((await replay('--from-offset', '0', '--dry-run')).answers).toMatchObject([
      { events: 6, before: at(2, 2, 2) },
    ]);
  });

  it('skips what was not read only when told to', async () => {
    await produce(3);
    expect((await replay('--to-latest')).log).toContain('Group g does not exist');
    await consume(3);
    await produce(3);
    const ahead = await replay('--from-id', '1:1,2:2');
    expect([ahead.code, ahead.answers]).toEqual([1, []]);
    expect(ahead.log).toContain('would skip events 2:1 to 2:1');
    expect((await replay('--from-id', '1:1,2:2', '--force')).code).toBe(0);
    expect(await consume(2)).toEqual(['0:1', '1:1']);
    await produce(3);
    expect((await replay('--to-latest')).answers).toMatchObject([
      { before: at(2, 2, 2), after: at(3, 3, 3) },
    ]);
  });

  it.each([
    ['an id without a partition', ['--from-id', '1'], 'has no partition; use PARTITION:OFFSET'],
    [
      'a partition that is not there',
      ['--from-id', '3:0'],
      'has no partition 3. Available: 0, 1, 2.',
    ],
    ['a partition named twice', ['--from-id', '1:0,1:1'], 'contains a partition twice'],
    [
      'an offset that is not there yet',
      ['--from-id', '1:3'],
      'at or after 1:3 in p-t. Available: 0:0 to 0:1',
    ],
    ['an offset that no partition has', ['--from-offset', '2'], 'No event in this range'],
    ['a time to come', ['--from-time', '2286-11-20T00:00:00Z'], 'No event in this range'],
    ['an end before the begin', ['--from-id', '1:1', '--until', '1:0', '--dry-run'], 'No event'],
    ['two places', ['--from-offset', '0', '--to-latest'], 'exactly one of'],
    ['an end without a begin', ['--to-latest', '--until', '1:1'], '--to-latest'],
  ])('%s is a usage error, and nothing moves', async (_name, options, text) => {
    await produce(6);
    await consume(6);
    const { code, answers, log } = await replay(...options, '--force');
    expect([code, answers]).toEqual([2, []]);
    expect(log).toContain(text);
    const { answers: after } = await replay('--to-latest', '--dry-run');
    expect(after).toMatchObject([{ before: at(2, 2, 2) }]);
  });
});

describe('consume-events with offset_time', () => {
  const reset = (time: string) =>
    run(['consume-events', ...GROUP, '--extra', JSON.stringify({ offset_time: time })]);

  it('moves the group once and ends, whatever lies at the time (C-01)', async () => {
    await produce(4);
    const between = await now();
    await produce(2);
    await consume(6);
    const after = await now();
    for (const [time, place] of [
      ['1971-01-01', at(0, 0, 0)],
      [between, at(2, 1, 1)],
      [after, at(2, 2, 2)],
      ['2286-11-20T00:00:00+00:00', at(2, 2, 2)],
    ] as const) {
      const { code, answers } = await reset(time);
      expect([code, answers]).toEqual([
        0,
        [{ topic: 't', group: 'g', before: expect.anything(), after: place }],
      ]);
    }
    await reset(between);
    expect(await consume(2)).toEqual(['1:1', '2:1']);
  });

  it('makes a group, and reads a time without offset in the time zone of the machine (C-01)', async () => {
    await produce(3);
    const soon = new Date(Date.now() + 60_000);
    const local = new Date(soon.getTime() - soon.getTimezoneOffset() * 60_000);
    const { answers } = await reset(local.toISOString().slice(0, -1));
    expect(answers).toMatchObject([{ before: null, after: at(1, 1, 1) }]);
    await produce(3);
    expect(await consume(3)).toEqual(['0:1', '1:1', '2:1']);
  });

  it('is refused while the group has members (C-01)', async () => {
    await produce(3);
    let refused: Awaited<ReturnType<typeof run>> | undefined;
    let asked = false;
    await cli(['consume-events', ...GROUP, '--timeout', '10'], {
      transport: memoryTransport({ broker }),
      env: { EVENT_BUS_TOPIC_PREFIX: 'p' },
      onOutput: (out, stop) => {
        if (asked || out.split('\n').length < 4) return;
        asked = true;
        void reset('1971-01-01').then((end) => {
          refused = end;
          stop();
        });
      },
    });
    expect([refused!.code, refused!.answers]).toEqual([1, []]);
    expect(refused!.log).toContain('active members');
  });
});
