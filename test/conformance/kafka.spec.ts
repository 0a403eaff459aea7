import * as kafkajs from 'kafkajs';
import { describeTransport } from '../../lib/testing/index.js';
import { kafkaTransport } from '../../lib/transport/kafka/index.js';
import { sharedKafka, sharedRegistryUrl } from '../services/shared-kafka.js';

const host = {
  bus: 'conformance',
  setting: () => undefined,
  logger: { log() {}, warn() {}, error() {}, debug() {} },
};

describeTransport('kafka, kafkajs 2', {
  capabilities: {
    order: 'key',
    groups: true,
    persistent: true,
    partitions: true,
    countsDeliveries: false,
  },
  create: async () => {
    const factory = kafkaTransport({
      brokers: sharedKafka().bootstrap.plaintext.split(','),
      sessionTimeout: 6,
      countDeadLetters: true,
      schemaRegistry: { url: sharedRegistryUrl() },
      client: kafkajs,
    });
    return { ...(await factory(host)), dispose: async () => undefined };
  },
});
