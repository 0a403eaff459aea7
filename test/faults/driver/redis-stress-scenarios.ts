import { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { readerKey } from '../../../lib/transport/redis/leases/lease.js';
import type { RunningRedis } from './redis-fault-bus.js';
import type { Scenario } from './scenario.interface.js';

const SINGLE_ACTIVE = { consumerTransport: { singleActive: true }, ordered: true } as const;
const HOUR_S = 3_600;
/** So slow that there is a backlog, and always something in hand. */
const handling = { ms: 100, concurrency: 64 };

const frozen = (name: string, times: Scenario['times'], ms: number): Scenario<RunningRedis> => ({
  ...{ ...SINGLE_ACTIVE, name, times, brokerFails: true },
  faults: async (run, count) => {
    await run.join();
    await run.times(count, () => run.broker.freeze(ms));
  },
});

/** What administrators, clocks and a busy server do to members of which one alone reads. */
export const STRESS_SCENARIOS: readonly Scenario<RunningRedis>[] = [
  {
    ...SINGLE_ACTIVE,
    name: 'the lease to read is deleted (singleActive)',
    handling,
    times: { long: 10, short: 1 },
    faults: async (run, times) => {
      await run.join();
      const redis = new Redis(run.broker.url);
      try {
        const key = readerKey(run.topic, 'ours');
        await run.times(times, async () => {
          const holder = (await redis.get(key))!.split(':')[0]!;
          // Until the other one takes it.
          for (let value = await redis.get(key); value?.startsWith(holder) !== false;) {
            await redis.del(key);
            await sleep(20);
            value = await redis.get(key);
          }
        });
      } finally {
        redis.disconnect();
      }
    },
  },
  frozen('Redis is frozen for 6 s (singleActive)', { long: 5, short: 1 }, 6_000),
  frozen('Redis is frozen for four minutes (singleActive)', { long: 1, short: 0 }, 240_000),
  {
    ...SINGLE_ACTIVE,
    name: 'the clock of our consumers is set an hour ahead, and back (singleActive)',
    times: { long: 10, short: 2 },
    ownClock: true,
    handling,
    faults: async (run, times) => {
      await run.join();
      await run.times(times, async (i) => {
        await run.clock.set(i % 2 === 0 ? HOUR_S : 0);
        await sleep(1_000);
      });
    },
  },
];
