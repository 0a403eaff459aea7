import fc from 'fast-check';
import { modelRuns } from './model-runs.js';
import { redisScenario, runRedisScenario } from './redis-model.js';

describe('a model of consumers on Redis', () => {
  it('no two read a stream that one may read, nothing unsettled is acknowledged, order holds, nothing is forgotten or left', async () => {
    await fc.assert(
      fc.asyncProperty(redisScenario, async (scenario) => {
        expect(await runRedisScenario(scenario)).toEqual([]);
      }),
      modelRuns(40),
    );
  }, 3_600_000);
});
