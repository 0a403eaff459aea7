import { assertEachReceivedOnce } from '../../lib/testing/assertions.js';
import { idOf, ids, keepIt } from '../../lib/testing/conformance/recording-sink.js';
import { until } from '../services/until.js';
import { waitUntil } from '../support/wait-until.js';
import { KafkaWorkbench, textRecord } from './support/kafka-workbench.js';

describe('positions on Kafka', () => {
  const bench = new KafkaWorkbench();
  afterAll(() => bench.close());

  it('K-01: after a crash in the middle of a fetched batch only what was not settled comes again', async () => {
    const [topic, group] = [await bench.topic(), bench.newName('group')];
    const crashing = await bench.open();
    await bench.publish(crashing, topic, ids(50));
    const { sink, handle } = await bench.read(crashing, { topics: [topic], group }, (delivery) =>
      Number(idOf(delivery.record)) <= 20 ? delivery.settle() : undefined,
    );
    await waitUntil(() => sink.deliveries.length === 50, 10_000);
    await handle.flush(Date.now() + 5_000);
    await crashing.close(Date.now());
    const after = await bench.read(await bench.open(), { topics: [topic], group });
    await waitUntil(() => after.sink.deliveries.length >= 30, 15_000);
    expect(after.sink.ids).toEqual(ids(50).slice(20));
  });

  it('K-02: commits the offset behind the last record, so an idle topic brings nothing again', async () => {
    const [topic, group] = [await bench.topic(), bench.newName('group')];
    const transport = await bench.open();
    await bench.publish(transport, topic, ids(5));
    const first = await bench.read(transport, { topics: [topic], group });
    await waitUntil(() => first.sink.deliveries.length === 5, 10_000);
    await first.handle.stop(Date.now() + 5_000);
    const committed = await bench.admin((admin) =>
      admin.fetchOffsets({ groupId: group, topics: [topic] }),
    );
    expect(committed[0]!.partitions.map(({ offset }) => offset)).toEqual(['5']);
    const again = await bench.read(transport, { topics: [topic], group });
    expect(again.sink.noticesOf('start').map(({ detail }) => detail)).toEqual([
      'offset 5 (committed)',
    ]);
    await bench.publish(transport, topic, ['6']);
    await waitUntil(() => again.sink.deliveries.length > 0, 10_000);
    expect(again.sink.ids).toEqual(['6']);
  });

  it('never commits past an unsettled record, nor back', async () => {
    const [topic, group] = [await bench.topic(), bench.newName('group')];
    const transport = await bench.open();
    await bench.publish(transport, topic, ids(10));
    const { sink, handle } = await bench.read(transport, { topics: [topic], group }, keepIt);
    await waitUntil(() => sink.deliveries.length === 10, 10_000);
    const position = async (): Promise<string | undefined> => {
      await handle.flush(Date.now() + 5_000);
      return (await transport.admin!.positions(group, topic))[0]?.offset;
    };
    for (const index of [9, 4, 2, 1]) sink.deliveries[index]!.settle();
    expect(await position()).toBe('-1');
    sink.deliveries[0]!.settle();
    expect(await position()).toBe('2');
    sink.deliveries[3]!.settle();
    expect(await position()).toBe('4');
    for (const delivery of sink.deliveries) delivery.settle();
    expect(await position()).toBe('9');
  });

  it('reads tombstones, empty values and repeated headers as they are', async () => {
    const topic = await bench.topic();
    const transport = await bench.open();
    const attributes = [
      ['a', Buffer.from('1')],
      ['a', Buffer.from('2')],
      ['b', Buffer.alloc(0)],
    ] as const;
    const tombstone = { ...textRecord(topic, '1', 'k'), value: null, attributes };
    const empty = { ...textRecord(topic, '2'), value: Buffer.alloc(0) };
    await transport.publish([tombstone, empty], Date.now() + 10_000);
    const { sink } = await bench.read(transport, { topics: [topic], group: null });
    await waitUntil(() => sink.deliveries.length === 2, 10_000);
    const [first, second] = sink.deliveries.map(({ record }) => record);
    expect(first!.value).toBeNull();
    expect(first!.attributes.map(([name, value]) => [name, value && String(value)])).toEqual([
      ['a', '1'],
      ['a', '2'],
      ['b', ''],
    ]);
    expect(second!.value).toHaveLength(0);
    expect(second!.key).toBeNull();
  });

  it('gets past control records and aborted records, and ends a bounded read behind them', async () => {
    const topic = await bench.topic();
    const transport = await bench.open();
    await bench.transaction(topic, 'committed', true);
    await bench.transaction(topic, 'aborted', false);
    // The broker writes the markers behind the records a moment later; until then the topic ends before them.
    const end = async () => (await bench.admin((admin) => admin.fetchTopicOffsets(topic)))[0]!.high;
    await until('the end of both transactions', async () => (await end()) === '4');
    const { sink } = await bench.read(transport, { topics: [topic], group: null, until: 'end' });
    await waitUntil(() => sink.ends.length > 0, 15_000);
    expect(sink.ends).toEqual(['until']);
    assertEachReceivedOnce(
      ['committed'],
      sink.deliveries.map(({ record }) => String(record.value)),
    );
  });
});
