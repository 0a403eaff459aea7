import { letterKills } from './driver/letter-kills.js';
import { onRedis } from './driver/numbered-places.js';

/** In the long form: LETTER_KILLS=50. */
const KILLS = Number(process.env.LETTER_KILLS ?? 3);

it(
  'killed between letter and acknowledgement, and in redrives, on Redis: every event has one outcome',
  async () => {
    const result = await letterKills(onRedis({}), KILLS);
    expect(result).toMatchObject({ without: [], both: [], doubled: [], unhandled: [], open: 0 });
    expect(result.letters).toBe(result.events / 3);
    expect(result.killed).toEqual({ consuming: KILLS, redriving: KILLS });
    expect(result.again).toBeLessThanOrEqual(KILLS);
  },
  240_000 + KILLS * 60_000,
);
