import fc from 'fast-check';
import { modelRuns } from './model-runs.js';
import { redisScenario, runRedisScenario, type RedisStep } from './redis-model.js';

const calm = {
  seed: 0,
  concurrency: 1,
  settle: 'coalesced',
  maxInFlight: 3,
  mode: 'work',
} as const;

describe('a model of consumers on Redis', () => {
  it('no two read a stream that one may read, nothing unsettled is acknowledged, order holds, nothing is forgotten or left', async () => {
    await fc.assert(
      fc.asyncProperty(redisScenario, async (scenario) => {
        expect(await runRedisScenario(scenario)).toEqual([]);
      }),
      modelRuns(30),
    );
  }, 3_600_000);

  it('a read that waits on a connection that is gone, which Redis does not know, is given nothing more', async () => {
    const steps: RedisStep[] = [
      { do: 'halfOpen', member: 'a' },
      { do: 'advance', ms: 300 },
      { do: 'produce', count: 5 },
      { do: 'advance', ms: 300 },
    ];
    expect(await runRedisScenario({ ...calm, form: 'alone', steps })).toEqual([]);
  });
});
