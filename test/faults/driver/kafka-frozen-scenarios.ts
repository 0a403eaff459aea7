import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultRun } from './fault-run.js';
import type { RunningKafka } from './kafka-fault-bus.js';
import type { Scenario } from './scenario.interface.js';

/** In any case longer than a session. */
const FROZEN_MS = { long: 20_000, short: 8_000 };
const LONG_OUTAGE_MS = 240_000;

type Run = FaultRun<RunningKafka>;

const freeze = (run: Run): Promise<void> =>
  run.broker.freeze(run.events > 10_000 ? FROZEN_MS.long : FROZEN_MS.short);

const allFrozen = {
  ordered: true,
  brokerFails: true,
  broker: () => ({ servers: 1 as const }),
};

const twoMembers = (
  name: string,
  times: Scenario['times'],
  freezing: (run: Run) => Promise<void>,
): Scenario<RunningKafka> => ({
  ...{ name, times, ...allFrozen },
  faults: async (run, count) => {
    await run.join();
    await run.times(count, () => freezing(run));
  },
});

/** What a group on Kafka must survive when its brokers stand still, as on a machine that swaps or is moved. */
export const KAFKA_FROZEN_SCENARIOS: readonly Scenario<RunningKafka>[] = [
  twoMembers('all brokers frozen for 20 s (SIGSTOP), two members', { long: 50, short: 1 }, freeze),
  {
    name: 'all brokers frozen for 20 s while a member joins',
    times: { long: 10, short: 1 },
    ...allFrozen,
    faults: async (run, times) => {
      const guest = await run.join();
      await run.times(times, async (i) => {
        await run.leave(guest);
        const started = guest.startAgain().catch(() => guest.startAgain());
        // An application needs about a second until it joins, and a rebalance some more.
        await sleep(700 + ((i * 390) % 3_000));
        await freeze(run);
        await started;
      });
    },
  },
  // Longer than a subscription without a broker lasts, and than the time in which it must be made anew where there is one.
  twoMembers('all brokers frozen for four minutes, two members', { long: 1, short: 0 }, (run) =>
    run.broker.freeze(LONG_OUTAGE_MS),
  ),
];
