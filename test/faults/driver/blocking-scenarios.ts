import type { RunningFaultBus } from './fault-bus.interface.js';
import type { Scenario } from './scenario.interface.js';

/** As many events as two members with such handlers handle within half a minute. */
const SHARE = 0.01;

/** What happens where handlers compute without waiting for anything, with all events in the backlog. */
function blocking(
  blockMs: number,
  of: string,
  more: Partial<Pick<Scenario, 'partitions' | 'consumerTransport' | 'ordered'>>,
): Scenario<RunningFaultBus> {
  return {
    name: `handlers that block for ${blockMs} ms, full backlog, two members${of}`,
    // Only at length: their figures are of interest.
    times: { long: 1, short: 0 },
    ordered: true,
    share: SHARE,
    blockMs,
    ...more,
    faults: async (run, times) => {
      await run.members[0]!.kill();
      await run.confirms(run.events);
      await Promise.all([run.members[0]!.startAgain(), run.join()]);
      await run.times(times, async () => {});
    },
  };
}

const DURATIONS = [20, 40];

export const KAFKA_BLOCKING_SCENARIOS: readonly Scenario<RunningFaultBus>[] = DURATIONS.flatMap(
  (ms) => [
    blocking(ms, ', one partition', { partitions: 1 }),
    blocking(ms, ', four partitions', { partitions: 4 }),
  ],
);

export const REDIS_BLOCKING_SCENARIOS: readonly Scenario<RunningFaultBus>[] = DURATIONS.flatMap(
  (ms) => [
    // Neighbouring entries go to different members.
    blocking(ms, '', { ordered: false }),
    blocking(ms, ' (singleActive)', { consumerTransport: { singleActive: true } }),
  ],
);
