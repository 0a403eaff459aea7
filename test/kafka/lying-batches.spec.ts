import { gzipSync } from 'node:zlib';
import {
  batchBytes,
  type MadeBatch,
  type MadeRecord,
  recordBytes,
  recordsBytes,
} from '../unit/kafka/support/hand-made-batches.js';
import { until } from '../services/until.js';
import { type AppOptions, KafkaApps } from './support/kafka-apps.js';
import { KafkaWorkbench } from './support/kafka-workbench.js';
import { produceBatch } from './support/raw-produce.js';

const GZIP = 1;
const HUGE = 100_000_000;

const packed = (records: readonly MadeRecord[], change: MadeBatch = {}) =>
  batchBytes({
    ...{ attributes: GZIP, body: gzipSync(recordsBytes(records)), count: records.length },
    ...change,
  });

/** The record says that it ends within its value, where one with that many headers begins. */
const intoItself = () =>
  packed([
    {
      value: Buffer.concat([recordBytes({ delta: 1, says: { headers: HUGE } }), Buffer.alloc(60)]),
      says: { length: 6 },
    },
    { value: 'b' },
  ]);
const tooLong = () => packed([{ value: 'x', says: { length: 8_000 } }]);
const bomb = () =>
  packed([], { body: gzipSync(recordBytes({ value: Buffer.alloc(140_000_000) })), count: 1 });

describe('batches that a broker stores, and that lie', () => {
  const bench = new KafkaWorkbench();
  const apps = new KafkaApps();
  let topic: string;
  let group: string;

  beforeAll(async () => {
    topic = await bench.topic();
    group = bench.newName('group');
    // Offsets: 0, 1-2, 3, 4, 5, 6, 7.
    await apps.send(topic, [1]);
    await produceBatch(bench.brokers, topic, intoItself());
    await apps.send(topic, [2]);
    await produceBatch(bench.brokers, topic, tooLong());
    await apps.send(topic, [3]);
    await produceBatch(bench.brokers, topic, bomb());
    await apps.send(topic, [4]);
    expect(await bench.end(topic)).toEqual(['8']);
  }, 60_000);
  afterAll(async () => {
    await apps.close();
    await bench.close();
  });

  const start = (options: Partial<AppOptions> = {}) => apps.start({ topic, group, ...options });
  const failures = (lines: readonly string[]) =>
    lines.filter((line) => /^error (Unusable record|Lost records)/.test(line));

  it('cost no event around them; each is told of with its place, and none comes again at the next start', async () => {
    const first = await start();
    await until('all events', () => first.handled.length >= 4);
    expect(first.attempts.map(({ n, offset }) => [n, offset])).toEqual([
      [1, '0'],
      [2, '3'],
      [3, '5'],
      [4, '7'],
    ]);
    await until('the commit', async () => (await bench.committed(group, topic))[0] === '8');
    const { state, counts } = first.status.snapshot();
    expect({ state, ...counts }).toMatchObject({
      state: 'running',
      handled: 4,
      unusable: 3,
      lost: 1,
    });
    const told = failures(first.log.lines);
    expect(told.map((line) => [line.split(':', 1)[0], /offset=(\d+)/.exec(line)?.[1]])).toEqual([
      ['error Unusable record. The record is acknowledged and will not be redelivered', '1'],
      ['error Unusable record. The record is acknowledged and will not be redelivered', '2'],
      ['error Unusable record. The record is acknowledged and will not be redelivered', '4'],
      ['error Lost records. They are acknowledged and will not be redelivered', '6'],
    ]);
    expect(told[3]).toContain(
      '1 records, up to offset 6, cannot be read: larger than 134217728 bytes',
    );
    await first.close();

    const next = await start();
    await apps.send(topic, [5]);
    await until('the next event', () => next.handled.length >= 1);
    expect(next.handled).toEqual([5]);
    expect(next.status.snapshot().counts).toMatchObject({ unusable: 0, lost: 0 });
    await next.close();
  }, 60_000);

  it('halt the consumer where it is told to halt, at each start again', async () => {
    const other = bench.newName('group');
    for (const [at, from, starts] of [
      ['1', undefined, 2],
      ['6', 5, 1],
    ] as const) {
      if (from !== undefined)
        await bench.admin((admin) =>
          admin.setOffsets({
            groupId: other,
            topic,
            partitions: [{ partition: 0, offset: String(from) }],
          }),
        );
      for (let i = 0; i < starts; i++) {
        const app = await start({ group: other, bus: { onFailure: 'halt' } });
        await until('the halt', () => app.status.snapshot().state === 'failed');
        const [line] = failures(app.log.lines);
        expect(line).toContain('Consuming stops at this record, which is not acknowledged');
        expect(line).toContain(`offset=${at}`);
        expect(app.status.snapshot().counts.lost).toBe(0);
        await app.close();
        expect(await bench.committed(other, topic)).toEqual([at]);
      }
    }
  }, 60_000);

  it('are read where the option allows them to become as large', async () => {
    const large = await start({
      group: bench.newName('group'),
      transport: { maxDecompressedBytes: 150_000_000 },
    });
    await until('all events', () => large.handled.length >= 4);
    expect(large.status.snapshot().counts).toMatchObject({ unusable: 4, lost: 0 });
    await large.close();
  }, 60_000);
});
