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

  it.each(['cut', 'halfOpen'] as const)(
    'a reader that is %s begins nothing of what it has in hand once another reads',
    async (what) => {
      const steps: RedisStep[] = [
        { do: 'handle', member: 'a', mode: 'wait' },
        { do: 'handle', member: 'b', mode: 'wait' },
        { do: 'produce', count: 20 },
        { do: 'advance', ms: 3_000 },
        { do: what, member: 'a' },
        { do: 'handle', member: 'b', mode: 'work' },
        { do: 'advance', ms: 20_000 },
        { do: 'heal', member: 'a' },
      ];
      const scenario = { ...calm, maxInFlight: 20, form: 'singleActive' } as const;
      expect(await runRedisScenario({ ...scenario, steps })).toEqual([]);
    },
  );

  it('no two read a stream when the lease is deleted between two renewals', async () => {
    for (const ms of [100, 350, 600, 850]) {
      const steps: RedisStep[] = [
        { do: 'handle', member: 'a', mode: 'wait' },
        // Both ask for the lease once a second, at moments that are apart.
        { do: 'stop', member: 'b' },
        { do: 'advance', ms: 500 },
        { do: 'start', member: 'b' },
        { do: 'produce', count: 20 },
        { do: 'advance', ms: 2_000 + ms },
        { do: 'deleteLeases' },
        { do: 'advance', ms: 10_000 },
      ];
      const scenario = { ...calm, maxInFlight: 20, form: 'singleActive' } as const;
      expect(await runRedisScenario({ ...scenario, steps })).toEqual([]);
    }
  });
});
