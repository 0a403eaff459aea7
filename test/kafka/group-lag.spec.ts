import { isDeepStrictEqual } from 'node:util';
import type { EventTransport, GroupLag } from '../../lib/transport/transport.interface.js';
import { kafkaTransport } from '../../lib/transport/kafka/index.js';
import { sharedRegistryUrl } from '../services/shared-kafka.js';
import { until } from '../services/until.js';
import { withWaitingEvent } from '../support/waiting-event.js';
import { KafkaWorkbench } from './support/kafka-workbench.js';

describe('the lag of a group is the end of each partition less its committed position', () => {
  const bench = new KafkaWorkbench();
  afterAll(() => bench.close());

  let transport: EventTransport;
  let topic: string;
  let group: string;
  beforeEach(async () => {
    [topic, group] = [await bench.topic(2), bench.newName('group')];
    transport ??= await bench.open();
  }, 60_000);

  const lag = (): Promise<readonly GroupLag[]> => transport.admin!.lag!(group, topic);
  const events = async () => (await lag()).map((one) => one.events);
  /** As `kafka-consumer-groups` shows it; null where that shows a dash. */
  const told = async (of = { topic, group }): Promise<(number | null)[]> => {
    const ends = await bench.end(of.topic);
    const committed = await bench.committed(of.group, of.topic);
    return ends.map((end, i) =>
      committed[i] === '-1' ? null : Number(end) - Number(committed[i]),
    );
  };
  const write = async (partition: number, count: number): Promise<void> => {
    const records = Array.from({ length: count }, (_, n) => ({
      ...{ topic, partition, key: null, attributes: [], value: Buffer.from(String(n)) },
    }));
    const outcomes = await transport.publish(records, Date.now() + 30_000);
    expect(outcomes.map(({ status }) => status)).toEqual(records.map(() => 'sent'));
  };

  it('of a topic that is not there is none, and asking for it disturbs no other question', async () => {
    const missing = bench.newName('missing');
    const wanted = {
      name: bench.newName('made'),
      source: missing,
      create: true,
      retentionMs: null,
    };
    const asked = transport.admin!.lag!(group, missing);
    await transport.deadLetters!.prepare(wanted);
    expect(await asked).toEqual([]);
    expect(await bench.end(wanted.name)).toEqual(['0']);
  }, 60_000);

  it('without members and without a position', async () => {
    await write(0, 2);
    expect(await lag()).toEqual([
      { topic, partition: '0', events: null, oldest: null },
      { topic, partition: '1', events: null, oldest: null },
    ]);
    expect(await told()).toEqual([null, null]);
  }, 60_000);

  it('idle, behind, in hand and paused', async () => {
    const { sink, handle } = await bench.read(
      transport,
      { topics: [topic], group },
      () => undefined,
    );
    await write(0, 3);
    await until('the records', () => sink.deliveries.length === 3);
    // In hand: not settled yet.
    await until('the positions', async () => (await told()).every((one) => one !== null));
    expect(await events()).toEqual([3, 0]);
    expect(await told()).toEqual([3, 0]);
    const [first] = await lag();
    expect(first!.oldest).toBeGreaterThanOrEqual(0);
    expect(first!.oldest).toBeLessThan(60_000);

    for (const delivery of sink.deliveries) delivery.settle();
    await until('the commit', async () => (await told())[0] === 0);
    expect(await lag()).toEqual(
      ['0', '1'].map((partition) => ({ topic, partition, events: 0, oldest: 0 })),
    );

    handle.pause();
    await write(1, 2);
    expect(await events()).toEqual([0, 2]);
    expect(await told()).toEqual([0, 2]);

    await handle.stop(Date.now() + 10_000);
    await write(1, 1);
    expect(await events()).toEqual(await told());
    expect(await events()).toEqual([0, 3]);
  }, 120_000);

  it('after partitions were added, and after a gap', async () => {
    await write(0, 3);
    await transport.admin!.reset(group, [
      { topic, partition: '0', offset: '-1' },
      { topic, partition: '1', offset: '-1' },
    ]);
    expect(await events()).toEqual([3, 0]);
    await bench.admin((admin) =>
      admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] }),
    );
    await until('the new partition', async () => (await bench.end(topic)).length === 3);
    await until('its lag', async () => (await lag()).length === 3);
    expect(await events()).toEqual([3, 0, null]);
    expect(await told()).toEqual([3, 0, null]);

    await bench.admin(async (admin) => {
      // kafkajs deletes only where it knows the leaders.
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '2' }] });
    });
    expect(await events()).toEqual(await told());
    const [gap] = await lag();
    expect(gap!.events).toBe(3);
    expect(gap!.oldest).toBeGreaterThanOrEqual(0);
  }, 120_000);

  it('after the position was moved back', async () => {
    await write(0, 4);
    for (const [offset, left] of [
      ['3', 0],
      ['0', 3],
    ] as const) {
      await transport.admin!.reset(group, [{ topic, partition: '0', offset }]);
      expect(await events()).toEqual([left, null]);
      expect(await told()).toEqual([left, null]);
    }
  }, 60_000);

  it('waiting for a later retry: not in the lag of the topic, and shown apart', async () => {
    const factory = kafkaTransport({
      ...{ brokers: bench.brokers, sessionTimeout: 6 },
      schemaRegistry: { url: sharedRegistryUrl() },
    });
    const waiting = await withWaitingEvent(factory, { topic, group });
    const { app, status, waits, lag: shown } = waiting;
    try {
      await until('the commit', async () => sumOf(await told()) === 0);
      expect(await events()).toEqual(await told());
      const ofWaiting = await transport.admin!.lag!(waits.group, waits.topic);
      expect(ofWaiting.map((one) => one.events)).toEqual(await told(waits));
      expect(sumOf(ofWaiting.map((one) => one.events))).toBe(1);
      const series = { [`${group} ${topic}`]: 0, [`${waits.group} ${waits.topic}`]: 1 };
      await until('the gauges', () => isDeepStrictEqual(shown(), series));
      expect(status.snapshot()).toMatchObject({ state: 'running', stalledRecords: [] });
    } finally {
      await app.close();
    }
  }, 120_000);
});

const sumOf = (lags: readonly (number | null)[]): number =>
  lags.reduce<number>((sum, lag) => sum + (lag ?? 0), 0);
