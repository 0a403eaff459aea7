import { type Broker, type Cluster, Kafka, logLevel } from 'kafkajs';
import {
  anyBroker,
  forEachCluster,
} from '../../lib/transport/kafka/kafkajs/patches/kafkajs-internals.js';
import { topicStates } from '../../lib/transport/kafka/kafkajs/patches/topic-states.js';
import { KafkaWorkbench } from './support/kafka-workbench.js';

describe('what a Kafka broker says of topics', () => {
  const bench = new KafkaWorkbench();
  afterAll(() => bench.close());

  it('is read with ids, and without them as brokers before 2.8 say it', async () => {
    const topic = await bench.topic(3);
    const gone = bench.newName('gone');
    const kafka = new Kafka({ brokers: bench.brokers, logLevel: logLevel.NOTHING });
    let cluster: Cluster | undefined;
    forEachCluster(kafka, (made) => (cluster = made));
    const admin = kafka.admin();
    await admin.connect();
    const broker = (await anyBroker(cluster!))!;
    const states = await topicStates(broker, [topic, gone]);
    expect(states.get(gone)).toBeNull();
    expect(states.get(topic)!.id).toMatch(/^[\w-]{22}$/);
    expect([...states.get(topic)!.epochs].sort()).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
    ]);
    const older = (newest: number): Broker =>
      Object.assign(Object.create(broker) as Broker, {
        versions: { 3: { minVersion: 0, maxVersion: newest } },
      });
    const plain = await topicStates(older(9), [topic, gone]);
    expect(plain.get(gone)).toBeNull();
    expect(plain.get(topic)).toEqual({ ...states.get(topic), id: undefined });
    expect(await topicStates(older(6), [topic])).toEqual(new Map());
    await admin.disconnect();
  });
});
