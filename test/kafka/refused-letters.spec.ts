import * as kafkajs from 'kafkajs';
import { kafkaTransport } from '../../lib/transport/kafka/index.js';
import { createTopics } from '../services/kafka-topics.js';
import { sharedKafka, sharedRegistryUrl } from '../services/shared-kafka.js';
import { describeRefusedLetters } from '../support/refused-letters.js';

const brokers = sharedKafka().bootstrap.plaintext.split(',');
const admin = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING }).admin();
beforeAll(() => admin.connect());
afterAll(() => admin.disconnect());

/** Bytes of a record that a topic takes. */
const setLargest = (topic: string, bytes: number) =>
  admin.alterConfigs({
    validateOnly: false,
    resources: [
      {
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name: topic,
        configEntries: [
          { name: 'max.message.bytes', value: String(bytes) },
          { name: 'cleanup.policy', value: 'delete' },
        ],
      },
    ],
  });

describeRefusedLetters(
  'Kafka',
  () =>
    kafkaTransport({
      ...{ brokers, sessionTimeout: 6 },
      schemaRegistry: { url: sharedRegistryUrl() },
    }),
  [
    {
      name: 'larger than the topic takes',
      padding: 5_000,
      refuse: (_, letters) => setLargest(letters, 2_000),
      cure: (_, letters) => setLargest(letters, 1_100_000),
      reason:
        /Dead letters: the letter could not be written to topic .*(?:max\.message\.bytes|too large|larger)/,
    },
    {
      name: 'their topic was deleted, and is created again',
      refuse: (_, letters) => admin.deleteTopics({ topics: [letters] }),
      isWritten: true,
    },
    {
      name: 'their topic was deleted, and may not be created',
      options: { create: true },
      refuse: (_, letters) => setLargest(letters, 900),
      padding: 2_000,
      cure: async (topic, letters) => {
        await admin.deleteTopics({ topics: [letters] });
        await createTopics(admin, [{ topic: letters, numPartitions: 1 }]);
        return topic;
      },
      reason: /Dead letters: the letter could not be written to topic/,
    },
  ],
);
