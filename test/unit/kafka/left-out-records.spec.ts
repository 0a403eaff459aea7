import * as kafkajs from 'kafkajs';
import { kafkaSettings } from '../../../lib/transport/kafka/kafka-settings.js';
import { KafkajsClients } from '../../../lib/transport/kafka/kafkajs/kafkajs-clients.js';
import { KafkajsProducer } from '../../../lib/transport/kafka/kafkajs/kafkajs-producer.js';
import type { OutgoingRecord } from '../../../lib/transport/transport.interface.js';

const TOPIC = 'topic';
const PARTITIONS = [0, 1].map((partitionId) => ({ partitionId, leader: 1 }));
const RECORDS: readonly OutgoingRecord[] = ['a', 'b', 'c', 'd', 'e', 'f'].map((key) => ({
  ...{ topic: TOPIC, key: Buffer.from(key), attributes: [] },
  body: Buffer.from(key),
}));

/** A producer of ours on kafkajs whose requests answer for some partitions only. */
function producerThatAnswers(...answers: readonly (readonly number[])[]) {
  const requests: string[][] = [];
  class Kafka extends kafkajs.Kafka {
    override producer(config: kafkajs.ProducerConfig): kafkajs.Producer {
      const choose = config.createPartitioner!();
      const sendBatch = async ({ topicMessages = [] }: kafkajs.ProducerBatch) => {
        const messages = topicMessages.flatMap((one) => one.messages);
        for (const message of messages)
          choose({ topic: TOPIC, message, partitionMetadata: PARTITIONS as never });
        requests.push(messages.map(({ value }) => String(value)));
        return (answers[requests.length - 1] ?? []).map((partition) => ({
          ...{ topicName: TOPIC, partition, errorCode: 0, baseOffset: '10' },
        }));
      };
      return Object.assign(super.producer(config), { sendBatch });
    }
  }
  const settings = kafkaSettings({ brokers: ['127.0.0.1:9'] }, () => undefined, undefined);
  const say = (): void => undefined;
  const logger = { log: say, warn: say, error: say, debug: say };
  const clients = new KafkajsClients({ ...kafkajs, Kafka }, settings, logger);
  return { producer: new KafkajsProducer(clients), requests };
}

describe('records that kafkajs left out of a request, and called sent', () => {
  it('are sent again, those alone, in their order, and get their places (P-02)', async () => {
    const { producer, requests } = producerThatAnswers([0], [1]);
    const sent = await producer.send(RECORDS);
    const onSecond = RECORDS.filter((_, i) => sent[i]!.partition === 1).map(({ body }) =>
      String(body),
    );
    expect(onSecond.length).toBeGreaterThan(0);
    expect(onSecond.length).toBeLessThan(RECORDS.length);
    expect(requests).toEqual([['a', 'b', 'c', 'd', 'e', 'f'], onSecond]);
    for (const partition of [0, 1])
      expect(sent.filter((one) => one.partition === partition).map(({ offset }) => offset)).toEqual(
        Array.from(
          { length: partition === 1 ? onSecond.length : 6 - onSecond.length },
          (_, i) => 10 + i,
        ),
      );
  });

  it('are never called sent: with no answer for any of them the send fails', async () => {
    const { producer, requests } = producerThatAnswers([0], []);
    await expect(producer.send(RECORDS)).rejects.toThrow('No broker answered for the records');
    expect(requests).toHaveLength(2);
  });
});
