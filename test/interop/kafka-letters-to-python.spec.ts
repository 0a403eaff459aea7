import { kafkaTransport } from '../../lib/transport/kafka/index.js';
import { makeTopics } from '../services/kafka-topics.js';
import { sharedKafka, sharedRegistryUrl } from '../services/shared-kafka.js';
import { REFUSED_BY_REGISTRY } from './catalogue.js';
import { eventSamples } from './event-samples.js';
import { kafkaBus } from './kafka-bus.js';
import {
  describeLettersForPython,
  describeRetriesForPython,
  type LettersForPython,
} from './python-reads-letters.js';

const brokers = sharedKafka().bootstrap.plaintext.split(',');
let keyFields: ReadonlyMap<string, string>;

const bus: LettersForPython = {
  transport: () => kafkaTransport({ brokers, schemaRegistry: { url: sharedRegistryUrl() } }),
  events: async () => {
    const samples = await eventSamples();
    keyFields = samples.keyFields;
    return samples.events.filter(({ type }) => type !== REFUSED_BY_REGISTRY);
  },
  keyFieldOf: (type) => keyFields.get(type),
  pythonBus: kafkaBus,
  makeTopic: (topic) => makeTopics(brokers, [{ topic, numPartitions: 3 }]),
};

describeLettersForPython('Kafka', bus);
describeRetriesForPython('Kafka', bus);
