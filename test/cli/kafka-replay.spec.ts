import { Injectable, Module } from '@nestjs/common';
import * as kafkajs from 'kafkajs';
import { ApplicationHost } from '../../lib/cli/application-host.js';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import { kafkaTransport } from '../../lib/transport/kafka/index.js';
import { KafkaWorkbench } from '../kafka/support/kafka-workbench.js';
import { sharedKafka, sharedRegistryUrl } from '../services/shared-kafka.js';
import { cli, type CliRun } from '../support/cli.js';
import { waitUntil } from '../support/wait-until.js';

const TYPE = 'org.openedx.enterprise.subsidy.redeemed.v1';
const bench = new KafkaWorkbench();
afterAll(() => bench.close());

const transport = () =>
  kafkaTransport({
    brokers: sharedKafka().bootstrap.plaintext.split(','),
    schemaRegistry: { url: sharedRegistryUrl() },
    sessionTimeout: 6,
    client: kafkajs,
  });
const run = (argv: string[], more: Parameters<typeof cli>[1] = {}) =>
  cli(argv, { transport: transport(), ...more });

let topic: string;
let group: string;
beforeEach(async () => {
  topic = await bench.topic(3);
  group = bench.newName('group');
});

const place = () => ['-t', topic, '-g', group];
const replay = (...more: string[]) => run(['replay-events', ...place(), ...more]);
const consume = (max: number, ...more: string[]) =>
  run(['consume-events', ...place(), '--max', String(max), '--timeout', '40', ...more]);
const resetTo = (time: string) =>
  run(['consume-events', ...place(), '--extra', JSON.stringify({ offset_time: time })]);
const positions = ({ answers }: CliRun): string[] => answers.map(({ position }) => position).sort();
const committed = async () => (await bench.committed(group, topic)).map(Number);

/** The positions of so many more events; one key is one partition. */
async function produce(count: number, keyOf = (n: number) => `key ${n}`): Promise<string[]> {
  const lines = Array.from({ length: count }, (_, n) => ({
    redemption: { subsidy_identifier: `s${n}`, content_key: keyOf(n), lms_user_id: n },
  }));
  const sent = await run(
    [
      ...['produce-event', '--type', TYPE, '--topic', topic, '--data', '-'],
      ...['--key-field', 'redemption.content_key'],
    ],
    { stdin: lines.map((line) => JSON.stringify(line)).join('\n') },
  );
  expect(sent.code).toBe(0);
  return sent.answers.map(({ position }) => position);
}

/** A moment behind all that was produced, and before all that will be. */
async function betweenTwo(): Promise<string> {
  const last = Date.now();
  await waitUntil(() => Date.now() > last + 1, 1_000);
  const moment = new Date().toISOString();
  await waitUntil(() => Date.now() > last + 3, 1_000);
  return moment;
}

/** The fullest partition and the second: where a key lies hangs on the id that the registry gave its schema. */
function fullest(ends: Record<string, number>): [number, number] {
  const [first, second] = Object.keys(ends).sort((a, b) => ends[b]! - ends[a]!);
  return [Number(first), Number(second)];
}

const nexts = (sent: readonly string[]): Record<string, number> =>
  Object.fromEntries([0, 1, 2].map((p) => [p, sent.filter((at) => at.startsWith(`${p}:`)).length]));

describe('offset_time on Kafka', () => {
  it('moves the group once and ends: before, between, behind, and in empty partitions (C-01)', async () => {
    const oneKey = () => 'same';
    const early = await produce(3, oneKey);
    const between = await betweenTwo();
    const all = [...early, ...(await produce(2, oneKey))];
    expect(new Set(all.map((at) => at.split(':')[0])).size).toBe(1);
    await consume(5);
    const places = [
      ['1971-01-01T00:00:00Z', nexts([])],
      [between, nexts(early)],
      ['2100-01-01 00:00:00', nexts(all)],
    ] as const;
    let before = nexts(all);
    for (const [time, after] of places) {
      const { code, answers } = await resetTo(time);
      expect([code, answers]).toEqual([0, [{ topic, group, before, after }]]);
      expect(await committed()).toEqual(Object.values(after));
      before = after;
    }
  });

  it('is done once: each member that joins and leaves later reads on from there (C-01)', async () => {
    const sent = await produce(12);
    await consume(12);
    expect((await resetTo('1971-01-01')).answers).toMatchObject([{ after: nexts([]) }]);
    const again = [await consume(4), await consume(4), await consume(4)];
    expect(again.flatMap(positions).sort()).toEqual(sent.sort());
  });
});

describe('replay-events on Kafka', () => {
  it('moves what is named, counts in a dry run, and skips to the end', async () => {
    const sent = await produce(12);
    const ends = nexts(sent);
    const none = await replay('--from-offset', '0');
    expect([none.code, none.log]).toEqual([1, expect.stringContaining('use --force to create it')]);
    await consume(12);
    const [one, two] = fullest(ends);
    const from = ['--from-id', `${one}:1,${two}:0`];
    const dry = await replay(...from, '--until', `${one}:2,${two}:0`, '--dry-run');
    const after = { ...ends, [one]: 1, [two]: 0 };
    const events = sent.filter((at) => [`${one}:1`, `${one}:2`, `${two}:0`].includes(at)).length;
    expect([dry.code, dry.answers]).toMatchObject([
      0,
      [{ events, before: ends, after, members: [] }],
    ]);
    expect(await committed()).toEqual(Object.values(ends));
    const moved = await replay(...from);
    expect(moved.answers).toEqual([{ topic, group, before: ends, after }]);
    const rest = sent.filter(
      (at) => at.startsWith(`${two}:`) || (at.startsWith(`${one}:`) && at !== `${one}:0`),
    );
    expect(positions(await consume(rest.length))).toEqual(rest.sort());
    await replay('--from-offset', '0');
    expect((await replay('--to-latest')).answers).toMatchObject([
      { before: nexts([]), after: ends },
    ]);
    const beyond = await replay('--from-time', '2100-01-01T00:00:00Z');
    expect([beyond.code, beyond.log]).toEqual([2, expect.stringContaining(`${one}:0 to `)]);
  });

  it('names a topic that is not there, and makes none', async () => {
    const missing = bench.newName('missing');
    const { code, answers, log } = await run([
      ...['replay-events', '-t', missing, '-g', group, '--from-offset', '0'],
    ]);
    expect([code, answers]).toEqual([1, []]);
    expect(log).toMatch(new RegExp(`topic does not exist.*${missing}`));
    expect(await bench.admin((admin) => admin.listTopics())).not.toContain(missing);
  });

  it('refuses while a member is alive; forced, it moves the group under it, once (C-01)', async () => {
    const sent = await produce(6);
    let [seen, stop] = ['', (): void => undefined];
    const living = run(['consume-events', ...place(), '--timeout', '55'], {
      onOutput: (out, end) => ([seen, stop] = [out, end]),
    });
    const count = (): number => seen.split('\n').length - 1;
    await waitUntil(() => count() === 6, 30_000);
    const refusals = [await replay('--from-offset', '0'), await resetTo('1971-01-01')];
    for (const { code, answers, log } of refusals) {
      expect([code, answers]).toEqual([1, []]);
      expect(log).toContain('active members');
    }
    expect((await replay('--from-offset', '0', '--force')).answers).toMatchObject([
      { after: nexts([]) },
    ]);
    await waitUntil(() => count() === 12, 30_000);
    stop();
    expect(positions(await living)).toEqual([...sent, ...sent].sort());
    expect(await committed()).toEqual(Object.values(nexts(sent)));
  });
});

describe('replay-events --handlers on Kafka', () => {
  it('gives the range of all partitions to the handlers, up to the ends at the start, and moves nobody', async () => {
    const sent = await produce(9);
    await consume(9);
    const handled: number[] = [];
    let goOn = (): void => undefined;
    const late = new Promise<void>((resolve) => (goOn = resolve));
    let begun = false;
    @Injectable()
    class Redemptions {
      @OnOpenEdxEvent(TYPE, { topic })
      async take({ redemption }: { redemption: { lms_user_id: number } }) {
        begun = true;
        await late;
        handled.push(redemption.lms_user_id);
      }
    }
    @Module({})
    class App {}
    const bus = EventBusModule.forRoot({ transport: transport(), group, retry: { attempts: 1 } });
    const inApp = (...more: string[]) =>
      run(['replay-events', ...place(), '--handlers', ...more], {
        host: (io) =>
          new ApplicationHost({ module: App, imports: [bus], providers: [Redemptions] }, io),
      });
    const replaying = inApp('--from-offset', '0');
    await waitUntil(() => begun, 20_000);
    await produce(9);
    goOn();
    const { code, answers } = await replaying;
    expect(code).toBe(0);
    expect(handled.sort()).toEqual(Array.from({ length: 9 }, (_, n) => n));
    expect(
      answers
        .slice(0, 9)
        .map(({ position }) => position)
        .sort(),
    ).toEqual(sent.sort());
    const [before, after] = [nexts(sent), nexts(sent)];
    expect(answers[9]).toMatchObject({ replayed: { handled: 9, failed: 0 }, before, after });
    const first = `${fullest(before)[0]}:0`;
    expect((await inApp('--from-id', first, '--until', first)).answers).toMatchObject([
      { position: first, result: 'handled' },
      { replayed: { handled: 1 } },
    ]);
  });
});
