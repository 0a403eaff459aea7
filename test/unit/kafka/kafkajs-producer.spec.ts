import {
  KafkajsClients,
  loadKafkajs,
} from '../../../lib/transport/kafka/kafkajs/kafkajs-clients.js';
import { KafkajsProducer } from '../../../lib/transport/kafka/kafkajs/kafkajs-producer.js';
import { kafkaSettings } from '../../../lib/transport/kafka/settings/kafka-settings.js';

it('a producer of kafkajs is made without a warning about its partitioner, which is never asked', async () => {
  const lines: unknown[] = [];
  const note = (line: unknown): void => void lines.push(line);
  const settings = kafkaSettings(
    { brokers: ['localhost:9092'], schemaRegistry: { url: 'http://localhost:8081' } },
    () => undefined,
    undefined,
  );
  const logger = { log: note, warn: note, error: note, debug: note };
  new KafkajsProducer(new KafkajsClients(await loadKafkajs(undefined), settings, logger));
  expect(lines).toEqual([]);
});
