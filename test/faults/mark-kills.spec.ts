import { sharedRedisUrl } from '../services/shared-services.js';
import { markKills } from './driver/mark-kills.js';

/** In the long form: MARK_KILLS=200. */
const KILLS = Number(process.env.MARK_KILLS ?? 5);

const env = () => ({
  EVENT_BUS_TRANSPORT: 'redis',
  EVENT_BUS_REDIS_CONNECTION_URL: sharedRedisUrl(),
});
const transport = (life: number) => ({
  ...{ module: 'transport/redis/index.js', factory: 'redisTransport' },
  options: {
    ...{ url: sharedRedisUrl(), consumerName: `life-${life}` },
    ...{ pollTimeout: 0.5, claimIdle: 1 },
  },
});

it(
  'killed between the confirmation of the mark and the acknowledgement: each event has one effect',
  async () => {
    const redis = sharedRedisUrl();
    const result = await markKills({ kills: KILLS, redis, transport, env: env() });
    expect(result).toMatchObject({ without: [], again: [], killed: KILLS });
    expect(result.skipped).toBeGreaterThan(0);
  },
  120_000 + KILLS * 30_000,
);

it('killed between the effect and its mark: the event has its effect again, and the others do not', async () => {
  const redis = sharedRedisUrl();
  const result = await markKills({ kills: 0, killsBeforeMark: 2, redis, transport, env: env() });
  expect(result).toMatchObject({ without: [], killed: 2 });
  expect(result.again).toHaveLength(2);
}, 180_000);
