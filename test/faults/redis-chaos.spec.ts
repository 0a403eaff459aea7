import { shortChaos } from './chaos/short-chaos.js';
import { REDIS_SINGLE_ACTIVE } from './chaos/redis-chaos.js';

describe('chaos on Redis, in short', () => {
  it('nothing is lost, order is kept, and nothing stands still for longer than documented', async () => {
    expect(await shortChaos(REDIS_SINGLE_ACTIVE, { seed: 1422, seconds: 20 })).toEqual([]);
  }, 300_000);
});
