import { assertEachReceivedOnce } from '../../lib/testing/assertions.js';
import { ids } from '../../lib/testing/conformance/numbered-records.js';
import { waitUntil } from '../support/wait-until.js';
import { KafkaWorkbench, statuses } from './support/kafka-workbench.js';

describe('topics that change on Kafka', () => {
  const bench = new KafkaWorkbench();
  afterAll(() => bench.close());

  it('K-10: a topic that is missing is named, and read once it was created', async () => {
    const [topic, group] = [bench.newName('later'), bench.newName('group')];
    const transport = await bench.open({ allowAutoTopicCreation: false });
    await expect(bench.read(transport, { topics: [topic], group })).rejects.toMatchObject({
      code: 'SERVICE_FAULT',
      message: expect.stringContaining(`no such topic on the broker`),
      topic,
      group,
    });
    const refused = await bench.publish(transport, topic, ['lost']);
    expect(statuses(refused)).toBe('notSent');
    await bench.admin((admin) => admin.createTopics({ topics: [{ topic }] }));
    const { sink } = await bench.read(transport, { topics: [topic], group });
    expect(statuses(await bench.publish(transport, topic, ids(3)))).toBe('sent,sent,sent');
    await waitUntil(() => sink.deliveries.length === 3, 10_000);
  });

  it('K-10: partitions that are added are read, from their first record', async () => {
    const [topic, group] = [await bench.topic(1), bench.newName('group')];
    const fresh = { metadataMaxAge: 300 };
    const transport = await bench.open({ kafkajs: { consumer: fresh, producer: fresh } });
    const { sink } = await bench.read(transport, { topics: [topic], group });
    await bench.publish(transport, topic, ['before']);
    await waitUntil(() => sink.deliveries.length === 1, 10_000);
    await bench.admin((admin) =>
      admin.createPartitions({ topicPartitions: [{ topic, count: 4 }] }),
    );
    const publisher = await bench.open();
    await bench.publish(publisher, topic, ids(40), (id) => id);
    await waitUntil(() => sink.deliveries.length >= 41, 20_000);
    assertEachReceivedOnce(['before', ...ids(40)], sink.ids);
    expect(new Set(sink.deliveries.map(({ source }) => source)).size).toBe(4);
  });

  it('a record that the broker finds too large fails alone', async () => {
    const topic = await bench.topic(1);
    const transport = await bench.open();
    const record = (size: number) => ({
      topic,
      key: null,
      attributes: [],
      body: Buffer.alloc(size, 'x'),
    });
    const outcomes = await transport.publish(
      [record(10), record(2_000_000), record(10)],
      Date.now() + 20_000,
    );
    expect(statuses(outcomes)).toBe('sent,notSent,sent');
    expect(await transport.admin!.resolve(topic, 'latest')).toEqual([
      { topic, partition: '0', offset: '1' },
    ]);
  });

  it('P-02: a topic that is refused does not keep the records of another', async () => {
    const good = await bench.topic(2);
    const transport = await bench.open();
    const outcomes = await transport.publish(
      [good, 'no such/name', good].map((topic) => ({
        topic,
        key: null,
        attributes: [],
        body: Buffer.from('x'),
      })),
      Date.now() + 20_000,
    );
    expect(statuses(outcomes)).toBe('sent,notSent,sent');
  });
});
