import { kafkaTransport } from '../../lib/transport/kafka/index.js';
import { sharedKafka, sharedRegistryUrl } from '../services/shared-kafka.js';
import { describeDeadLetters } from '../support/dead-letter-cases.js';

describeDeadLetters('Kafka', () =>
  kafkaTransport({
    ...{ brokers: sharedKafka().bootstrap.plaintext.split(','), sessionTimeout: 6 },
    schemaRegistry: { url: sharedRegistryUrl() },
  }),
);
