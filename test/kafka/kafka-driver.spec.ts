import { KafkajsClients, loadKafkajs } from '../../lib/transport/kafka/kafkajs/kafkajs-clients.js';
import { KafkajsDriver } from '../../lib/transport/kafka/kafkajs/kafkajs-driver.js';
import { kafkaSettings } from '../../lib/transport/kafka/settings/kafka-settings.js';
import { describeKafkaDriver } from './support/describe-kafka-driver.js';
import { throughProxies } from './support/proxied-kafkajs.js';

const quiet = () => undefined;
const logger = { log: quiet, warn: quiet, error: quiet, debug: quiet };

describeKafkaDriver('kafkajs', async ({ portOf, sessionTimeoutMs, ...options }) => {
  const settings = kafkaSettings(
    { ...options, kafkajs: { client: { retry: { retries: 0 } } } },
    () => undefined,
    undefined,
  );
  const module = await loadKafkajs(throughProxies(portOf));
  return new KafkajsDriver(new KafkajsClients(module, { ...settings, sessionTimeoutMs }, logger));
});
