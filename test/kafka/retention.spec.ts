import { until } from '../services/until.js';
import { latch } from '../support/consuming-bus.js';
import { KafkaApps, upTo } from './support/kafka-apps.js';
import { KafkaWorkbench } from './support/kafka-workbench.js';

describe('records that Kafka no longer keeps', () => {
  const bench = new KafkaWorkbench();
  const apps = new KafkaApps();
  const place = async () => ({ topic: await bench.topic(), group: bench.newName('group') });
  const keepFrom = (topic: string, offset: number) =>
    bench.admin(async (admin) => {
      // kafkajs deletes only where it knows the leaders.
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({
        topic,
        partitions: [{ partition: 0, offset: String(offset) }],
      });
    });
  afterAll(async () => {
    await apps.close();
    await bench.close();
  });

  it('gone while the consumer was down: their number is reported, and it goes on with the first that is kept (K-11)', async () => {
    const { topic, group } = await place();
    const first = await apps.start({ topic, group });
    await apps.send(topic, upTo(5));
    await until('the first events', () => first.handled.length === 5);
    await first.close();
    await apps.send(topic, upTo(20, 6));
    await keepFrom(topic, 12);
    const second = await apps.start({ topic, group, bus: { startFrom: 'latest' } });
    await until('the rest', () => second.handled.length === 8);
    expect(second.handled).toEqual(upTo(20, 13));
    expect(second.log.matching('lost records of')).toEqual([
      `error Group ${group} lost records of ${topic}/0 that were removed before it handled them (7 records). Reading continues with the next record that still exists. To prevent this, make the consumers faster, or keep records for longer (Redis: streamMaxLen in the services that send the events; Kafka: retention of the topic)`,
    ]);
    expect(second.status.snapshot().counts.lost).toBe(7);
    await second.close();
    expect(await bench.committed(group, topic)).toEqual(['20']);
  });

  it('gone while the consumer was behind: their number is reported, what was fetched is handled, and the position never goes back (K-11)', async () => {
    const { topic, group } = await place();
    const gate = latch();
    // What is fetched is bounded in bytes, so that most of the records wait at the broker.
    await apps.send(topic, upTo(800), () => 'k'.repeat(5_000));
    const app = await apps.start({
      ...{ topic, group },
      handle: () => gate.opened,
      bus: { maxInFlight: 10 },
      transport: { kafkajs: { consumer: { maxBytesPerPartition: 100_000 } } },
    });
    await until('the first event', () => app.attempts.length === 1);
    await keepFrom(topic, 700);
    const positions: number[] = [];
    const looking = (async () => {
      for (const end = Date.now() + 40_000; positions.at(-1) !== 800 && Date.now() < end;) {
        const [offset] = await bench.committed(group, topic);
        positions.push(Number(offset));
      }
    })();
    gate.open();
    await until('the last event', () => app.handled.includes(800));
    await looking;
    const fetched = app.handled.length - 100;
    expect(fetched).toBeLessThan(700);
    expect(app.handled).toEqual([...upTo(fetched), ...upTo(800, 701)]);
    expect(app.log.matching('lost records of')).toEqual([
      `error Group ${group} lost records of ${topic}/0 that were removed before it handled them (${700 - fetched} records). Reading continues with the next record that still exists. To prevent this, make the consumers faster, or keep records for longer (Redis: streamMaxLen in the services that send the events; Kafka: retention of the topic)`,
    ]);
    expect(app.status.snapshot()).toMatchObject({
      state: 'running',
      counts: { lost: 700 - fetched },
    });
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
  });

  it('a partition that ends before the position of its group is read from its first record, with a warning (K-10, K-11)', async () => {
    const { topic, group } = await place();
    await apps.send(topic, upTo(3));
    await bench.admin((admin) =>
      admin.setOffsets({ groupId: group, topic, partitions: [{ partition: 0, offset: '50' }] }),
    );
    const app = await apps.start({ topic, group });
    await until('the events', () => app.handled.length === 3);
    expect(app.log.matching('was deleted and recreated, or truncated')).toEqual([
      `warn ${topic}/0, which group ${group} reads, was deleted and recreated, or truncated because a broker lost its last records: the next offset to read, 50, is after the end of the partition, 3; reading from offset 0. Records that were removed before they were handled are lost; after a truncation, records that were handled before may be redelivered`,
    ]);
    await until('the position', async () => (await bench.committed(group, topic))[0] === '3');
  });
});
