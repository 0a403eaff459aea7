import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer } from './consumer.js';
import type { BusOptions } from './fault-bus.interface.js';
import type { FaultRun } from './fault-run.js';

export interface Scenario {
  readonly name: string;
  /** How often in the long form, and in the short one. */
  readonly times: { readonly long: number; readonly short: number };
  /** Whether one member reads at a time, so that order per key must hold. */
  readonly ordered: boolean;
  readonly broker?: (events: number) => Partial<BusOptions>;
  /** Options of the consumers' bus. */
  readonly consumerBus?: Readonly<Record<string, unknown>>;
  faults(run: FaultRun, times: number): Promise<void>;
}

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
    faults: (run, times) => run.times(times, () => run.broker.restart()),
  },
  {
    name: 'half-open sockets',
    times: { long: 10, short: 1 },
    ordered: true,
    faults: (run, times) =>
      run.times(times, async () => {
        for (const proxy of Object.values(run.proxies)) proxy.blackHole();
      }),
  },
  {
    name: 'replies swallowed, connection cut',
    times: { long: 30, short: 6 },
    ordered: true,
    faults: async (run, times) => {
      const { read, settled, published } = run.broker.replies;
      const kinds = [read, settled, published];
      await run.times(times, async (i) => {
        const kind = kinds[i % kinds.length]!;
        const proxies = Object.values(run.proxies);
        const lost = (): number => proxies.reduce((sum, proxy) => sum + proxy.repliesLost, 0);
        const before = lost();
        if (kind === published) run.proxies.sender.loseNextReply(kind);
        else {
          run.proxies.consumers.loseNextReply(kind);
          run.proxies.reference.loseNextReply(kind);
        }
        for (let waited = 0; lost() === before && waited < 2_000; waited += 20) await sleep(20);
      });
    },
  },
  {
    name: 'replies swallowed, connection open',
    times: { long: 5, short: 1 },
    ordered: true,
    faults: (run, times) =>
      run.times(times, async () => {
        for (const proxy of Object.values(run.proxies)) proxy.swallowReplies();
      }),
  },
  { ...joinsAndLeaves(), name: 'members join, leave and die', ordered: false },
];

/** What the usual settings cost: the broker itself gives up what it confirmed. */
export const USUAL_DEFAULTS: readonly Scenario[] = [
  {
    name: 'power failure with the consumer away, fsync every second',
    times: { long: 3, short: 1 },
    ordered: true,
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
    broker: (events) => ({ keep: events / 10 }),
    faults: (run, times) =>
      run.times(times, () =>
        away(run, () => run.confirms(run.sent.confirmed.size + run.events / 4)),
      ),
  },
];

async function away(run: FaultRun, meanwhile: () => Promise<void>): Promise<void> {
  await Promise.all(run.members.map((member) => member.kill()));
  await meanwhile();
  await Promise.all(run.members.map((member) => member.start()));
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
          await guest.start();
          guests.push(guest);
        } else await run.leave(guest);
      });
    },
  };
}
