import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningKafka } from './kafka-fault-bus.js';
import type { Scenario } from './scenario.interface.js';
import { away, joinsAndLeaves, SCENARIOS } from './scenarios.js';

const REGISTRY_AWAY_MS = 3_000;

/** What a bus on Kafka must survive. */
export const KAFKA_SCENARIOS: readonly Scenario<RunningKafka>[] = [
  ...SCENARIOS,
  {
    name: 'leaders moved: a broker stopped in order and started, partitions reassigned',
    times: { long: 6, short: 2 },
    ordered: true,
    brokerFails: true,
    faults: (run, times) =>
      run.times(times, (i) =>
        i % 2 === 0 ? run.broker.restartInOrder() : run.broker.moveLeaders(),
      ),
  },
  {
    name: 'registry stopped and started while everybody starts anew',
    times: { long: 5, short: 1 },
    ordered: true,
    brokerFails: true,
    faults: (run, times) =>
      run.times(times, () =>
        away(run, async () => {
          await run.broker.registry.kill();
          run.renewSender();
        }).then(async () => {
          await sleep(REGISTRY_AWAY_MS);
          await run.broker.registry.restart();
        }),
      ),
  },
  {
    name: 'three members restarted in turn',
    times: { long: 12, short: 3 },
    ordered: true,
    faults: async (run, times) => {
      const members = [run.members[0]!, ...(await Promise.all([run.join(), run.join()]))];
      await run.times(times, async (i) => {
        const member = members[i % members.length]!;
        await run.leave(member);
        await member.startAgain();
      });
    },
  },
  { ...joinsAndLeaves(), name: 'members join, leave and die', ordered: true },
];
