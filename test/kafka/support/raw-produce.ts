import { type Cluster, Kafka, logLevel } from 'kafkajs';
import {
  changeRequests,
  forEachCluster,
} from '../../../lib/transport/kafka/kafkajs/patches/kafkajs-internals.js';
import { int16, int32 } from '../../unit/kafka/support/hand-made-batches.js';

const VERSION = 7;

/** Has the broker store the bytes of a batch in the only partition of a topic. Rejects with the broker's error. */
export async function produceBatch(
  brokers: readonly string[],
  topic: string,
  batch: Buffer,
): Promise<void> {
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
  let cluster: Cluster | undefined;
  forEachCluster(kafka, (made) => (cluster = made));
  kafka.admin();
  await cluster!.connect();
  try {
    await cluster!.addTargetTopic(topic);
    const { leader } = cluster!.findTopicPartitionMetadata(topic)[0]!;
    const broker = await cluster!.findBroker({ nodeId: String(leader) });
    const name = Buffer.from(topic);
    const body = Buffer.concat([
      ...[int16(-1), int16(-1), int32(10_000), int32(1), int16(name.length), name],
      ...[int32(1), int32(0), int32(batch.length), batch],
    ]);
    changeRequests(broker, (asked) => {
      const { apiName, apiVersion } = asked.request;
      if (apiName !== 'Produce') return asked;
      if (apiVersion !== VERSION) throw new Error(`the broker speaks Produce ${apiVersion}`);
      const encode = () => Promise.resolve({ buf: body, buffer: body });
      return { ...asked, request: { ...asked.request, encode } };
    });
    await broker.produce({ topicData: [{ topic, partitions: [] }], acks: -1 });
  } finally {
    await cluster!.disconnect();
  }
}
