import { startRedis } from '../services/redis.js';
import { markKills } from './driver/mark-kills.js';
import { onKafka } from './driver/numbered-places.js';

/** In the long form: MARK_KILLS=200. */
const KILLS = Number(process.env.MARK_KILLS ?? 2);

it(
  'killed between the confirmation of the mark in Redis and the acknowledgement on Kafka: each event has one effect',
  async () => {
    const redis = await startRedis();
    try {
      const result = await markKills(onKafka(1), { kills: KILLS, redis: redis.url });
      expect(result).toMatchObject({ without: [], again: [], killed: KILLS });
      expect(result.skipped).toBeGreaterThan(0);
    } finally {
      await redis.stop();
    }
  },
  180_000 + KILLS * 60_000,
);
