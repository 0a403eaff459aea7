import { KAFKA_USER } from '../services/kafka-properties.js';
import type { KafkaAddresses } from '../services/kafka.js';
import { sharedKafka, sharedRegistryUrl } from '../services/shared-kafka.js';

/** The bus of a Python driver on Kafka's plaintext listener: the shared Kafka and registry unless told. */
export function kafkaBus(
  kafka: KafkaAddresses = sharedKafka(),
  registryUrl: string = sharedRegistryUrl(),
  settings: Readonly<Record<string, unknown>> = {},
): string {
  return JSON.stringify({
    EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: kafka.bootstrap.plaintext,
    EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: registryUrl,
    ...settings,
  });
}

/** As `kafkaBus` with an API key: SASL_SSL and PLAIN. */
export function secureKafkaBus(kafka: KafkaAddresses = sharedKafka()): string {
  return kafkaBus(kafka, sharedRegistryUrl(), {
    EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: kafka.bootstrap.saslSsl,
    EVENT_BUS_KAFKA_API_KEY: KAFKA_USER.username,
    EVENT_BUS_KAFKA_API_SECRET: KAFKA_USER.password,
    TESTS_KAFKA_CA_FILE: kafka.certificates.caFile,
  });
}
