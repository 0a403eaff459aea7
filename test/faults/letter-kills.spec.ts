import { sharedRedisUrl } from '../services/shared-services.js';
import { letterKills } from './driver/letter-kills.js';

/** In the long form: LETTER_KILLS=50. */
const KILLS = Number(process.env.LETTER_KILLS ?? 3);

it(
  'killed between letter and acknowledgement, and in redrives, on Redis: every event has one outcome',
  async () => {
    const result = await letterKills({
      kills: KILLS,
      patienceMs: 15_000,
      transport: {
        ...{ module: 'transport/redis/index.js', factory: 'redisTransport' },
        options: { url: sharedRedisUrl(), consumerName: 'one', pollTimeout: 1 },
      },
      env: { EVENT_BUS_TRANSPORT: 'redis', EVENT_BUS_REDIS_CONNECTION_URL: sharedRedisUrl() },
    });
    expect(result).toMatchObject({ without: [], both: [], doubled: [], unhandled: [], open: 0 });
    expect(result.letters).toBe(result.events / 3);
    expect(result.killed).toEqual({ consuming: KILLS, redriving: KILLS });
    expect(result.again).toBeLessThanOrEqual(KILLS);
  },
  240_000 + KILLS * 60_000,
);
