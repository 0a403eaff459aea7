import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monotonicNow } from '../../../lib/common/clocks.js';
import { MemoryBroker, memoryTransport } from '../../../lib/transport/memory/index.js';
import { cli, type CliRunOptions } from '../../support/cli.js';

const TYPE = 'org.openedx.enterprise.subsidy.redeemed.v1';
const data = (n: number) => ({
  redemption: { subsidy_identifier: `s${n}`, content_key: 'c', lms_user_id: n },
});
const produceTo = (topic: string, ...more: string[]) => [
  'produce-event',
  '--type',
  TYPE,
  '--topic',
  topic,
  ...more,
];
const consumeFrom = (topic: string, ...more: string[]) => [
  'consume-events',
  '-t',
  topic,
  '-g',
  'g',
  ...more,
];

let run: (argv: readonly string[], options?: CliRunOptions) => ReturnType<typeof cli>;
let broker: MemoryBroker;
beforeEach(() => {
  broker = new MemoryBroker();
  run = (argv, options) => cli(argv, { transport: memoryTransport({ broker }), ...options });
});

describe('produce-event', () => {
  it('answers each event sent with type, topic, id and position', async () => {
    const id = '11111111-2222-3333-4444-555555555555';
    const { code, answers, log } = await run(
      produceTo(
        't',
        '--data',
        JSON.stringify(data(1)),
        '--id',
        id,
        '--key-field',
        'redemption.content_key',
      ),
      { env: { EVENT_BUS_TOPIC_PREFIX: 'dev' } },
    );
    expect(code).toBe(0);
    expect(answers).toEqual([{ event_type: TYPE, topic: 't', id, position: '0:0' }]);
    expect(log).toContain('topic=dev-t');
  });

  it('sends --count events of their own ids, and data of a file', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'data-')), 'data.json');
    writeFileSync(file, JSON.stringify(data(1)));
    const { code, answers } = await run(produceTo('t', '--data-file', file, '--count', '700'));
    expect(code).toBe(0);
    expect(answers.map((a) => a.position)).toEqual(Array.from({ length: 700 }, (_, i) => `0:${i}`));
    expect(new Set(answers.map((a) => a.id)).size).toBe(700);
  });

  it('reads JSON lines; a bad one is answered in its place and the exit code is 1', async () => {
    const stdin = [JSON.stringify(data(1)), '{', '{"redemption":{}}', JSON.stringify(data(2))].join(
      '\n',
    );
    const { code, answers } = await run(produceTo('t', '--data', '-'), { stdin });
    expect(code).toBe(1);
    expect(answers.map((a) => a.error?.code ?? a.position)).toEqual([
      '0:0',
      'INVALID_DATA',
      'INVALID_DATA',
      '0:1',
    ]);
    expect(answers[2].error).toMatchObject({
      event_type: TYPE,
      topic: 't',
      problems: expect.any(Array),
    });
  });

  it('takes the event by its signal in Python', async () => {
    const signal = 'openedx_events.enterprise.signals.SUBSIDY_REDEEMED';
    const argv = ['produce-event', '--signal', signal, '--topic', 't', '--data'];
    const { code, answers } = await run([...argv, `\uFEFF${JSON.stringify(data(1))}`]);
    expect([code, answers[0].event_type]).toEqual([0, TYPE]);
    for (const wrong of [
      'SUBSIDY_REDEEMED',
      'openedx_events.enterprise.signals.toString',
      `${signal}.x`,
    ]) {
      const refused = await run([
        'produce-event',
        '--signal',
        wrong,
        '--topic',
        't',
        '--data',
        '{}',
      ]);
      expect(refused.code).toBe(2);
      expect(refused.log).toContain('--signal must be the path of a signal');
    }
    const both = await run(produceTo('t', '--signal', signal, '--data', '{}'));
    expect([both.code, both.log]).toEqual([
      2,
      expect.stringContaining('one of --type and --signal'),
    ]);
  });

  it('with --topic too refuses a producer configuration that cannot work, with all else that is wrong', async () => {
    const route = { t: { event_key_field: 'redemption.nothing', enabled: true } };
    const env = {
      EVENT_BUS_PRODUCER_CONFIG: JSON.stringify({ 'org.example.unknown.v1': route }),
      EVENT_BUS_MEMORY_CONSUMERS_ENABLED: 'maybe',
    };
    const { code, log, answers } = await run(produceTo('t', '--data', JSON.stringify(data(1))), {
      env,
    });
    expect([code, answers]).toEqual([2, []]);
    expect(log).toContain('EVENT_BUS_PRODUCER_CONFIG["org.example.unknown.v1"]');
    expect(log).toContain('EVENT_BUS_MEMORY_CONSUMERS_ENABLED');
  });

  it('warns of a topic that has the prefix already', async () => {
    const env = { EVENT_BUS_TOPIC_PREFIX: 'dev' };
    const sent = await run(produceTo('dev-t', '--data', JSON.stringify(data(1))), { env });
    expect(sent.code).toBe(0);
    expect(sent.log).toContain('topic dev-t already begins with the prefix');
    const read = await run(consumeFrom('dev-t', '--max', '1', '--timeout', '5'), { env });
    expect(read.answers).toHaveLength(1);
    expect(read.log).toContain('topic dev-t already begins with the prefix');
  });

  it('refuses unknown events, bad metadata and an id used again', async () => {
    const unknown = await run([
      'produce-event',
      '--type',
      'org.nope',
      '--topic',
      't',
      '--data',
      '{}',
    ]);
    expect([unknown.code, unknown.answers[0].error.code]).toEqual([1, 'UNKNOWN_EVENT']);
    const time = ['--time', '2023-01-01T14:00:00+02:00'];
    const late = await run(produceTo('t', '--data', JSON.stringify(data(1)), ...time));
    expect([late.code, late.answers[0].error.code]).toEqual([1, 'INVALID_METADATA']);
    const stdin = `${JSON.stringify(data(1))}\n${JSON.stringify(data(2))}\n`;
    const id = '11111111-2222-3333-4444-555555555555';
    const again = await run(produceTo('t', '--data', '-', '--id', id), { stdin });
    expect(again.answers.map((a) => a.error?.code ?? 'sent')).toEqual(['sent', 'INVALID_METADATA']);
  });
});

describe('consume-events', () => {
  const produced = (topic: string, count: number, ...more: string[]) =>
    run(produceTo(topic, '--data', '-', ...more), {
      stdin: Array.from({ length: count }, (_, i) => JSON.stringify(data(i))).join('\n'),
    });

  it('prints each event with metadata and data, and no more than --max; the next run goes on', async () => {
    const metadata = [
      '--source',
      's',
      '--sourcehost',
      'h',
      '--sourcelib',
      '1.2',
      '--minorversion',
      '3',
    ];
    const sent = await produced('t', 5, '--time', '2023-01-01T14:00:00.5Z', ...metadata);
    const first = await run(consumeFrom('t', '--max', '2'));
    expect(first.code).toBe(0);
    expect(first.answers).toEqual(
      [0, 1].map((n) => ({
        event_type: TYPE,
        topic: 't',
        position: `0:${n}`,
        metadata: {
          event_type: TYPE,
          id: sent.answers[n].id,
          minorversion: 3,
          source: 's',
          sourcehost: 'h',
          time: '2023-01-01T14:00:00.500000+00:00',
          sourcelib: [1, 2],
        },
        data: data(n),
      })),
    );
    const second = await run(consumeFrom('t', '--max', '3', '--timeout', '5'));
    expect(second.answers.map((a) => a.position)).toEqual(['0:2', '0:3', '0:4']);
  });

  it('C-03: an unknown topic: waits until --timeout, exit code 0', async () => {
    const begun = monotonicNow();
    const { code, answers } = await run(consumeFrom('nobody-wrote', '--timeout', '0.2'));
    expect([code, answers]).toEqual([0, []]);
    expect(monotonicNow() - begun).toBeGreaterThanOrEqual(198);
  });

  it('C-03: the prefix comes from the settings, topics are given without it', async () => {
    const env = { EVENT_BUS_TOPIC_PREFIX: 'dev' };
    await run(produceTo('t', '--data', JSON.stringify(data(1))), { env });
    const { answers } = await run(consumeFrom('t', '--max', '1', '--timeout', '5'), { env });
    expect(answers).toMatchObject([{ topic: 't', data: data(1) }]);
    const bare = await run(consumeFrom('dev-t', '--max', '1', '--timeout', '4', '-g', 'other'));
    expect(bare.answers).toMatchObject([{ topic: 'dev-t', data: data(1) }]);
  });

  it('C-03: records that are no event are answered with an error and settled', async () => {
    const field = (name: string, text: string) => [name, Buffer.from(text)] as const;
    const entry = (type: string) => ({
      topic: 't',
      key: null,
      attributes: [field('type', type), field('sourcelib', '11.2.0'), field('event_data', 'xx')],
      value: Buffer.from('xx'),
    });
    broker.topic('t').append(entry(TYPE));
    await produced('t', 1);
    broker.topic('t').append(entry('org.nope'));
    const { code, answers } = await run(consumeFrom('t', '--max', '3', '--timeout', '5'));
    expect(code).toBe(0);
    expect(answers).toMatchObject([
      { error: { code: 'UNUSABLE_RECORD', topic: 't', position: '0:0', event_type: TYPE } },
      { event_type: TYPE, position: '0:1' },
      { error: { code: 'UNKNOWN_EVENT', topic: 't', position: '0:2', event_type: 'org.nope' } },
    ]);
    const more = await run(consumeFrom('t', '--timeout', '0.1'));
    expect(more.answers).toEqual([]);
  });

  it('C-03: exit code 3 at the limit of consecutive errors', async () => {
    for (let i = 0; i < 3; i++)
      broker.topic('t').append({ topic: 't', key: null, attributes: [], value: null });
    const env = { EVENT_BUS_MEMORY_CONSUMER_CONSECUTIVE_ERRORS_LIMIT: '2' };
    const { code, answers } = await run(consumeFrom('t', '--timeout', '5'), { env });
    expect(code).toBe(3);
    expect(answers).toHaveLength(2);
  });

  it('C-03: consumers disabled: says so and ends with 0', async () => {
    await produced('t', 1);
    const env = { EVENT_BUS_MEMORY_CONSUMERS_ENABLED: 'false' };
    const { code, answers, log } = await run(consumeFrom('t', '--timeout', '5'), { env });
    expect([code, answers]).toEqual([0, []]);
    expect(log).toContain('Consumers are not enabled (consumersEnabled');
  });

  it('C-03: check_backlog and last_read_msg_id place a new group only', async () => {
    await produced('t', 4);
    const positions = async (extra: object, group: string, ...limits: string[]) => {
      const argv = ['consume-events', '--topic', 't', '--group_id', group, ...limits];
      const { answers } = await run([...argv, '--extra', JSON.stringify(extra)]);
      return answers.map((a) => a.position);
    };
    const soon = ['--timeout', '0.15'];
    const until = (count: number) => ['--max', `${count}`];
    const all = ['0:0', '0:1', '0:2', '0:3'];
    const backlog = { check_backlog: true, consumer_name: 'c' };
    expect(await positions(backlog, 'a', ...until(4))).toEqual(all);
    expect(await positions({ check_backlog: false }, 'b', ...soon)).toEqual([]);
    expect(await positions({ last_read_msg_id: '1' }, 'c', ...until(2))).toEqual(['0:2', '0:3']);
    expect(await positions({ last_read_msg_id: '0' }, 'c', ...soon)).toEqual([]);
    expect(await positions({}, 'd', ...until(4))).toEqual(all);
  });

  it('ends cleanly with 0 when told to', async () => {
    await produced('t', 3);
    const { code, answers } = await run(consumeFrom('t'), {
      onOutput: (out, stop) => {
        if (out.split('\n').length > 3) stop();
      },
    });
    expect(code).toBe(0);
    expect(answers).toHaveLength(3);
  });
});
