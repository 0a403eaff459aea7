import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer } from './consumer.js';
import type { FaultRun } from './fault-run.js';
import type { Scenario } from './scenario.interface.js';

/** What every bus must survive. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'consumer killed (SIGKILL) and restarted',
    times: { long: 10, short: 2 },
    ordered: true,
    faults: (run, times) => run.times(times, () => away(run, async () => {})),
  },
  {
    name: 'broker killed (SIGKILL) and restarted',
    times: { long: 5, short: 1 },
    ordered: true,
    brokerFails: true,
    faults: (run, times) => run.times(times, () => run.broker.restart()),
  },
  {
    name: 'half-open sockets',
    times: { long: 10, short: 1 },
    ordered: true,
    faults: (run, times) =>
      run.times(times, async () => {
        for (const path of Object.values(run.broker.paths)) path.blackHole();
      }),
  },
  {
    name: 'replies swallowed, connection cut',
    times: { long: 30, short: 6 },
    ordered: true,
    faults: async (run, times) => {
      const { paths, replies } = run.broker;
      const { read, settled, published } = replies;
      const kinds = [read, settled, published];
      const all = Object.values(paths);
      const lost = (): number => all.reduce((sum, path) => sum + path.repliesLost, 0);
      await run.times(times, async (i) => {
        const kind = kinds[i % kinds.length]!;
        const before = lost();
        if (kind === published) paths.sender.loseNextReply(kind);
        else {
          paths.consumers.loseNextReply(kind);
          paths.reference.loseNextReply(kind);
        }
        for (let waited = 0; lost() === before && waited < 2_000; waited += 20) await sleep(20);
        for (const path of all) path.heal();
      });
    },
  },
  {
    name: 'replies swallowed, connection open',
    times: { long: 5, short: 1 },
    ordered: true,
    faults: (run, times) =>
      run.times(times, async () => {
        for (const path of Object.values(run.broker.paths)) path.swallowReplies();
      }),
  },
];

/** Our first consumer and the reference's are killed, and start again after `meanwhile`. */
export async function away(run: FaultRun, meanwhile: () => Promise<void>): Promise<void> {
  await Promise.all(run.members.map((member) => member.kill()));
  await meanwhile();
  await Promise.all(run.members.map((member) => member.startAgain()));
}

/** Members come and go while one stays: by SIGTERM, and by SIGKILL. */
export function joinsAndLeaves(): Pick<Scenario, 'times' | 'faults'> {
  return {
    times: { long: 10, short: 3 },
    faults: async (run, times) => {
      const guests: Consumer[] = [];
      await run.times(times, async (i) => {
        if (guests.length < 2) {
          guests.push(await run.join());
          return;
        }
        const guest = guests.shift()!;
        if (i % 3 === 2) {
          await guest.kill();
          await guest.startAgain();
          guests.push(guest);
        } else await run.leave(guest);
      });
    },
  };
}
