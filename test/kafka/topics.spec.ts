import { until } from '../services/until.js';
import { KafkaApps, upTo } from './support/kafka-apps.js';
import { KafkaWorkbench, statuses } from './support/kafka-workbench.js';
import { createTopics } from '../services/kafka-topics.js';

describe('topics that change on Kafka', () => {
  const bench = new KafkaWorkbench();
  const apps = new KafkaApps();
  afterAll(async () => {
    await apps.close();
    await bench.close();
  });

  it('a topic that is missing at the start is named; with `background` it is read once it was created (K-10)', async () => {
    const [topic, group] = [bench.newName('later'), bench.newName('group')];
    const transport = { allowAutoTopicCreation: false };
    const failed = await apps.start({ topic, group, transport }).catch((error: Error) => error);
    expect(failed).toMatchObject({ code: 'SERVICE_UNAVAILABLE', topic, group });
    expect((failed as Error).message).toContain('the topic does not exist on the broker');
    const app = await apps.start({ topic, group, transport, bus: { connect: 'background' } });
    await until('the fault', () => app.status.snapshot().error !== null);
    expect(app.status.snapshot().error!.message).toContain(
      'the topic does not exist on the broker',
    );
    await bench.admin((admin) => createTopics(admin, [{ topic }]));
    await apps.send(topic, upTo(3));
    await until('the events', () => app.handled.length === 3, 60_000);
    expect(app.status.snapshot()).toMatchObject({ state: 'running', error: null });
    await app.close();
  }, 90_000);

  it('partitions that are added are read from their first record, also where new groups start at the end (K-10)', async () => {
    const [topic, group] = [await bench.topic(1), bench.newName('group')];
    const fresh = { kafkajs: { consumer: { metadataMaxAge: 3_000 } } };
    const bus = { startFrom: 'latest' } as const;
    const app = await apps.start({ topic, group, bus, transport: fresh });
    await apps.send(topic, [1]);
    await until('the first event', () => app.handled.length === 1);
    await bench.admin((admin) =>
      admin.createPartitions({ topicPartitions: [{ topic, count: 4 }] }),
    );
    // Another application, which knows of the new partitions.
    const sender = new KafkaApps();
    await sender.send(topic, upTo(40, 2), String);
    await sender.close();
    await until('all', () => app.handled.length === 40, 40_000);
    expect([...app.handled].sort((a, b) => a - b)).toEqual(upTo(40));
    expect(new Set(app.attempts.map(({ partition }) => partition)).size).toBe(4);
    await app.close();
  }, 90_000);

  it('a topic that is deleted shows in the status; made again, it is read from its first record (K-10)', async () => {
    const [topic, group] = [await bench.topic(), bench.newName('group')];
    const transport = { allowAutoTopicCreation: false };
    const app = await apps.start({ topic, group, transport });
    await apps.send(topic, upTo(5));
    await until('the first events', () => app.handled.length === 5);
    await bench.admin((admin) => admin.deleteTopics({ topics: [topic] }));
    await until('the fault', () => app.status.snapshot().error !== null, 40_000);
    await bench.admin((admin) => createTopics(admin, [{ topic }]));
    const sender = new KafkaApps();
    await sender.send(topic, upTo(8, 6));
    await sender.close();
    await until('the new events', () => app.handled.length === 8, 60_000);
    expect(app.handled).toEqual(upTo(8));
    await until('the healing', () => app.status.snapshot().state === 'running');
    await app.close();
  }, 150_000);

  it('a record that the broker finds too large fails alone', async () => {
    const topic = await bench.topic(1);
    const transport = await bench.open();
    const record = (size: number) => ({
      topic,
      key: null,
      attributes: [],
      value: Buffer.alloc(size, 'x'),
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

  it('a topic that is refused does not keep the records of another (P-02)', async () => {
    const good = await bench.topic(2);
    const transport = await bench.open();
    const outcomes = await transport.publish(
      [good, 'no such/name', good].map((topic) => ({
        topic,
        key: null,
        attributes: [],
        value: Buffer.from('x'),
      })),
      Date.now() + 20_000,
    );
    expect(statuses(outcomes)).toBe('sent,notSent,sent');
  });
});
