import * as kafkajs from 'kafkajs';
import { kafkaTransport } from '../../lib/transport/kafka/index.js';
import { sharedKafka, sharedRegistryUrl } from '../services/shared-kafka.js';
import { describeRefusedRetries } from '../support/refused-retries.js';

const brokers = sharedKafka().bootstrap.plaintext.split(',');
const admin = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING }).admin();
beforeAll(() => admin.connect());
afterAll(() => admin.disconnect());

const setLargest = (topic: string, bytes: number) =>
  admin.alterConfigs({
    validateOnly: false,
    resources: [
      {
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name: topic,
        configEntries: [
          { name: 'max.message.bytes', value: String(bytes) },
          { name: 'message.timestamp.type', value: 'LogAppendTime' },
        ],
      },
    ],
  });

describeRefusedRetries(
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
      refuse: (_, waiting) => setLargest(waiting, 2_000),
      cure: (_, waiting) => setLargest(waiting, 1_100_000),
      reason: /Later retries: the record could not be written to topic /,
    },
    {
      name: 'their topic was deleted, and is created again',
      refuse: (_, waiting) => admin.deleteTopics({ topics: [waiting] }),
    },
  ],
);
