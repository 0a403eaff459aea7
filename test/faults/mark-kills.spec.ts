import { sharedRedisUrl } from '../services/shared-services.js';
import { markKills } from './driver/mark-kills.js';
import { onRedis } from './driver/numbered-places.js';

/** In the long form: MARK_KILLS=200. */
const KILLS = Number(process.env.MARK_KILLS ?? 5);
const redis = sharedRedisUrl();
const place = onRedis({ pollTimeout: 0.5, claimIdle: 1 });

it(
  'killed between the confirmation of the mark and the acknowledgement: each event has one effect',
  async () => {
    const result = await markKills(place, { kills: KILLS, redis });
    expect(result).toMatchObject({ without: [], again: [], killed: KILLS });
    expect(result.skipped).toBeGreaterThan(0);
  },
  120_000 + KILLS * 30_000,
);

it('killed between the effect and its mark: the event has its effect again, and the others do not', async () => {
  const result = await markKills(place, { kills: 0, killsBeforeMark: 2, redis });
  expect(result).toMatchObject({ without: [], killed: 2 });
  expect(result.again).toHaveLength(2);
}, 180_000);
