import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningRedis } from './redis-fault-bus.js';
import type { Scenario } from './scenario.interface.js';
import { STRESS_SCENARIOS } from './redis-stress-scenarios.js';
import { away, joinsAndLeaves, SCENARIOS } from './scenarios.js';

/** What a bus on Redis must survive. */
export const REDIS_SCENARIOS: readonly Scenario<RunningRedis>[] = [
  ...SCENARIOS,
  { ...joinsAndLeaves(), name: 'members join, leave and die', ordered: false },
  { ...readerLeaves(), name: 'the reader of three leaves or dies (singleActive)', ordered: true },
  ...STRESS_SCENARIOS,
];

/** Of three members the one that reads leaves or dies, and comes back. */
function readerLeaves(): Pick<Scenario, 'times' | 'consumerTransport' | 'faults'> {
  return {
    times: { long: 10, short: 3 },
    consumerTransport: { singleActive: true },
    faults: async (run, times) => {
      await Promise.all([run.join(), run.join()]);
      await run.times(times, async (i) => {
        const reader = run.atWork;
        if (i % 2 === 0) await reader.kill();
        else await run.leave(reader);
        await reader.startAgain();
      });
    },
  };
}

/** What the usual settings cost: the broker itself gives up what it confirmed. */
export const USUAL_DEFAULTS: readonly Scenario<RunningRedis>[] = [
  {
    name: 'power failure with the consumer away, fsync every second',
    times: { long: 3, short: 1 },
    ordered: true,
    loses: true,
    broker: () => ({ durability: 'everySecond' }),
    faults: (run, times) =>
      run.times(times, async () => {
        await away(run, async () => {
          await sleep(2_000);
          await run.broker.loseUnflushed();
        });
      }),
  },
  {
    name: 'consumer away for a quarter of the events, a tenth kept',
    times: { long: 1, short: 1 },
    ordered: true,
    loses: true,
    broker: (events) => ({ keep: events / 10 }),
    faults: (run, times) =>
      run.times(times, () =>
        away(run, () => run.confirms(run.sent.confirmed.size + run.events / 4)),
      ),
  },
];
