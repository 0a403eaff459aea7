import type { RunningKafka } from './kafka-fault-bus.js';
import type { Scenario } from './scenario.interface.js';
import { away } from './scenarios.js';

/** What a group on Kafka must survive while its partitions are handled in lanes. */
export const KAFKA_LANES_SCENARIOS: readonly Scenario<RunningKafka>[] = [
  {
    name: 'consumer killed (SIGKILL) while records are retried in lanes',
    times: { long: 10, short: 2 },
    ordered: true,
    consumerBus: { concurrency: 16, retry: { attempts: 20, delayMs: 250, factor: 1 } },
    failing: 97,
    faults: (run, times) => run.times(times, () => away(run, async () => {})),
  },
];
