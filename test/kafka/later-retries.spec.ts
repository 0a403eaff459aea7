import { kafkaTransport } from '../../lib/transport/kafka/index.js';
import { sharedKafka, sharedRegistryUrl } from '../services/shared-kafka.js';
import { describeLaterRetries } from '../support/later-retry-cases.js';

describeLaterRetries('Kafka', () =>
  kafkaTransport({
    ...{ brokers: sharedKafka().bootstrap.plaintext.split(','), sessionTimeout: 6 },
    schemaRegistry: { url: sharedRegistryUrl() },
  }),
);
