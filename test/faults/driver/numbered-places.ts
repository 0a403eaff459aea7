import { makeTopics } from '../../services/kafka-topics.js';
import { sharedKafka, sharedRegistryUrl } from '../../services/shared-kafka.js';
import { sharedRedisUrl } from '../../services/shared-services.js';
import type { NumberedPlace } from './numbered-application.js';

/** On the Redis that the tests share; `options` are further ones of the transport. */
export function onRedis(options: Readonly<Record<string, unknown>>): NumberedPlace {
  const url = sharedRedisUrl();
  return {
    env: { EVENT_BUS_TRANSPORT: 'redis', EVENT_BUS_REDIS_CONNECTION_URL: url },
    transportOf: (consumerName) => ({
      ...{ module: 'transport/redis/index.js', factory: 'redisTransport' },
      options: { url, consumerName, pollTimeout: 1, ...options },
    }),
  };
}

/** On the Kafka that the tests share. */
export function onKafka(numPartitions: number): NumberedPlace {
  const { plaintext } = sharedKafka().bootstrap;
  const brokers = plaintext.split(',');
  const registry = sharedRegistryUrl();
  return {
    env: {
      EVENT_BUS_TRANSPORT: 'kafka',
      EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: plaintext,
      EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: registry,
    },
    makeTopic: (topic) => makeTopics(brokers, [{ topic, numPartitions }]),
    transportOf: () => ({
      ...{ module: 'transport/kafka/index.js', factory: 'kafkaTransport' },
      options: { brokers, sessionTimeout: 6, schemaRegistry: { url: registry } },
    }),
  };
}
