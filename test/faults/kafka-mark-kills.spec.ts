import { makeTopics } from '../services/kafka-topics.js';
import { startRedis } from '../services/redis.js';
import { sharedKafka, sharedRegistryUrl } from '../services/shared-kafka.js';
import { markKills } from './driver/mark-kills.js';

/** In the long form: MARK_KILLS=200. */
const KILLS = Number(process.env.MARK_KILLS ?? 2);

it(
  'killed between the confirmation of the mark in Redis and the acknowledgement on Kafka: each event has one effect',
  async () => {
    const brokers = sharedKafka().bootstrap.plaintext;
    const redis = await startRedis();
    try {
      const result = await markKills({
        makeTopic: (topic) => makeTopics(brokers.split(','), [{ topic, numPartitions: 1 }]),
        kills: KILLS,
        redis: redis.url,
        transport: () => ({
          ...{ module: 'transport/kafka/index.js', factory: 'kafkaTransport' },
          options: {
            ...{ brokers: brokers.split(','), sessionTimeout: 6 },
            schemaRegistry: { url: sharedRegistryUrl() },
          },
        }),
        env: {
          EVENT_BUS_TRANSPORT: 'kafka',
          EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: brokers,
          EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: sharedRegistryUrl(),
        },
      });
      expect(result).toMatchObject({ without: [], again: [], killed: KILLS });
      expect(result.skipped).toBeGreaterThan(0);
    } finally {
      await redis.stop();
    }
  },
  180_000 + KILLS * 60_000,
);
