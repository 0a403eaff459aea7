import { makeTopics } from '../services/kafka-topics.js';
import { sharedKafka, sharedRegistryUrl } from '../services/shared-kafka.js';
import { letterKills } from './driver/letter-kills.js';

/** In the long form: LETTER_KILLS=50. */
const KILLS = Number(process.env.LETTER_KILLS ?? 3);

it(
  'killed between letter and acknowledgement, and in redrives, on Kafka: every event has one outcome',
  async () => {
    const brokers = sharedKafka().bootstrap.plaintext;
    const result = await letterKills({
      makeTopic: (topic) => makeTopics(brokers.split(','), [{ topic, numPartitions: 2 }]),
      kills: KILLS,
      patienceMs: 15_000,
      transport: {
        ...{ module: 'transport/kafka/index.js', factory: 'kafkaTransport' },
        options: {
          ...{ brokers: brokers.split(','), sessionTimeout: 6 },
          schemaRegistry: { url: sharedRegistryUrl() },
        },
      },
      env: {
        EVENT_BUS_TRANSPORT: 'kafka',
        EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: brokers,
        EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: sharedRegistryUrl(),
      },
    });
    expect(result).toMatchObject({ without: [], both: [], doubled: [], unhandled: [], open: 0 });
    expect(result.letters).toBe(result.events / 3);
    expect(result.killed).toEqual({ consuming: KILLS, redriving: KILLS });
    expect(result.again).toBeLessThanOrEqual(KILLS);
  },
  240_000 + KILLS * 60_000,
);
