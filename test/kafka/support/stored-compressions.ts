import { type Cluster, Kafka, logLevel } from 'kafkajs';
import { HEAD, LENGTH_FROM } from '../../../lib/transport/kafka/kafkajs/protocol/read-message.js';
import { ByteReader } from '../../../lib/transport/kafka/kafkajs/protocol/byte-reader.js';
import {
  changeRequests,
  forEachCluster,
} from '../../../lib/transport/kafka/kafkajs/patches/kafkajs-internals.js';

const NAMES = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];
const ATTRIBUTES_AT = 21;
const MUCH = 50_000_000;

/** How each batch of a topic's only partition is compressed at the broker, by its own bytes. */
export async function storedCompressions(
  brokers: readonly string[],
  topic: string,
): Promise<string[]> {
  const bytes = await storedBytes(brokers, topic);
  const found: string[] = [];
  for (let at = 0; bytes.length - at >= HEAD;) {
    found.push(NAMES[bytes.readInt16BE(at + ATTRIBUTES_AT) & 7]!);
    at += LENGTH_FROM + bytes.readInt32BE(at + LENGTH_FROM - 4);
  }
  return found;
}

async function storedBytes(brokers: readonly string[], topic: string): Promise<Buffer> {
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
  let cluster: Cluster | undefined;
  forEachCluster(kafka, (made) => (cluster = made));
  kafka.admin();
  await cluster!.connect();
  try {
    await cluster!.addTargetTopic(topic);
    const { leader } = cluster!.findTopicPartitionMetadata(topic)[0]!;
    const broker = await cluster!.findBroker({ nodeId: String(leader) });
    let answer: Buffer | undefined;
    // kafkajs would decompress, or could not.
    changeRequests(broker, (asked) => {
      if (asked.request.apiName !== 'Fetch') return asked;
      const decode = (bytes: Buffer) => Promise.resolve((answer = bytes));
      const parse = () => Promise.resolve({ responses: [] });
      return { ...asked, response: { decode, parse } };
    });
    const partitions = [{ partition: 0, fetchOffset: '0', maxBytes: MUCH }];
    await broker.fetch({
      ...{ replicaId: -1, isolationLevel: 0, maxWaitTime: 1_000, minBytes: 1, maxBytes: MUCH },
      ...{ topics: [{ topic, partitions }], rackId: '' },
    });
    return recordSet(new ByteReader(answer!));
  } finally {
    await cluster!.disconnect();
  }
}

/** Of the one partition in an answer to Fetch 11. */
function recordSet(reader: ByteReader): Buffer {
  reader.at += 10;
  const [[bytes]] = reader.array(6, () => {
    reader.string();
    return reader.array(42, () => {
      reader.at += 30;
      reader.array(16, () => reader.take(16));
      reader.int32();
      return reader.take(reader.int32());
    });
  }) as [[Buffer]];
  return bytes;
}
