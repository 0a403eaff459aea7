import * as kafkajs from 'kafkajs';
import { describeTransport } from '../../lib/testing/index.js';
import { kafkaTransport } from '../../lib/transport/kafka/index.js';
import { type KafkaCluster, startKafka } from '../services/kafka.js';
import { sharedRegistryUrl } from '../services/shared-kafka.js';

const host = {
  bus: 'conformance',
  setting: () => undefined,
  logger: { log() {}, warn() {}, error() {}, debug() {} },
};
let kafka: KafkaCluster;
beforeAll(async () => (kafka = await startKafka({ version: '3.9' })), 120_000);
afterAll(() => kafka?.stop());

describeTransport('kafka 3.9, kafkajs 2 (K-13)', {
  capabilities: {
    order: 'key',
    groups: true,
    partitions: true,
    persistent: true,
    countsDeliveries: false,
  },
  create: async () => {
    const factory = kafkaTransport({
      brokers: kafka.bootstrap.plaintext.split(','),
      sessionTimeout: 6,
      schemaRegistry: { url: sharedRegistryUrl() },
      client: kafkajs,
    });
    return { ...(await factory(host)), dispose: async () => undefined };
  },
});
