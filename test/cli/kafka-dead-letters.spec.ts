import * as kafkajs from 'kafkajs';
import { kafkaTransport } from '../../lib/transport/kafka/index.js';
import { sharedKafka, sharedRegistryUrl } from '../services/shared-kafka.js';
import { describeLetterCommands } from '../support/letter-commands.js';

describeLetterCommands(
  'Kafka',
  () =>
    kafkaTransport({
      brokers: sharedKafka().bootstrap.plaintext.split(','),
      schemaRegistry: { url: sharedRegistryUrl() },
      sessionTimeout: 6,
      client: kafkajs,
    }),
  () => ({
    EVENT_BUS_TRANSPORT: 'kafka',
    EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: sharedKafka().bootstrap.plaintext,
    EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: sharedRegistryUrl(),
  }),
);
