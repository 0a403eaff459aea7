import { setTimeout as sleep } from 'node:timers/promises';
import type { BrokerPath } from '../driver/broker-path.js';
import type { FaultKind, PlannedFault } from './chaos-plan.js';
import type { ChaosRun } from './chaos-run.js';

/** How soon events flow again after faults of each sort, in seconds: what a transport promises. */
export interface Recoveries {
  /** A member was killed, or frozen. */
  readonly death: number;
  /** A member left by itself. */
  readonly leave: number;
  /** Connections died without a word. */
  readonly silence: number;
  /** Connections were closed. */
  readonly cut: number;
}

const ms = (fault: PlannedFault): Promise<void> => sleep(fault.seconds * 1_000);

/** Faults of processes: members die, leave and stand still. */
export function processFaults({ death, leave }: Recoveries): FaultKind[] {
  return [
    {
      ...{ kind: 'kill', weight: 3, seconds: [0, 8], recovery: death },
      act: async (run, fault) => {
        const process = run.processOfParty(fault.target);
        await process.end('SIGKILL');
        await ms(fault);
        await process.start();
      },
    },
    {
      ...{ kind: 'terminate', weight: 2, seconds: [0, 6], recovery: leave },
      act: async (run, fault) => {
        const process = run.processOfParty(fault.target);
        run.left(fault.target, await process.end('SIGTERM'));
        await ms(fault);
        await process.start();
      },
    },
    {
      ...{ kind: 'freeze', weight: 3, seconds: [0.5, 14], recovery: death },
      act: frozen,
    },
  ];
}

async function frozen(run: ChaosRun, fault: PlannedFault): Promise<void> {
  const process = run.processOfParty(fault.target);
  process.signal('SIGSTOP');
  await ms(fault);
  process.signal('SIGCONT');
}

/** The process of members and sender stands still. */
export const FREEZE_ALL: FaultKind = {
  ...{ kind: 'freeze', weight: 2, targets: ['all'], seconds: [0.5, 8], recovery: 2 },
  act: frozen,
};

/** Faults of the network between members or sender and the broker. */
export function networkFaults(
  { silence, cut }: Recoveries,
  members: readonly string[],
): FaultKind[] {
  const targets = [...members, ...members, 'sender'];
  const on = (act: (path: BrokerPath) => void) => async (run: ChaosRun, fault: PlannedFault) => {
    const path = run.stage.path(fault.target)!;
    act(path);
    await ms(fault);
    path.heal();
  };
  return [
    {
      ...{ kind: 'half-open', weight: 2, targets, seconds: [0, 1], recovery: silence },
      act: on((path) => path.blackHole()),
    },
    {
      ...{ kind: 'partition', weight: 2, targets, seconds: [1, 15], recovery: silence },
      act: on((path) => path.blackHole({ newToo: true })),
    },
    {
      ...{ kind: 'swallow-replies', weight: 2, targets, seconds: [0, 1], recovery: silence },
      act: on((path) => path.swallowReplies()),
    },
    {
      ...{ kind: 'lose-reply', weight: 2, targets, seconds: [0.5, 2], recovery: cut },
      act: on((path) => path.loseNextReply(/./s)),
    },
    {
      ...{ kind: 'cut', weight: 1, targets, seconds: [0, 1], recovery: cut },
      act: on((path) => path.cut()),
    },
    {
      ...{
        kind: 'delay',
        weight: 2,
        targets,
        seconds: [3, 20],
        amounts: [5, 50, 300],
        recovery: cut,
      },
      act: (run, fault) =>
        on((path) => path.slow({ delayMs: fault.amount, bytesPerSecond: 10_000_000 }))(run, fault),
    },
    {
      ...{ kind: 'narrow', weight: 1, targets, seconds: [3, 20], recovery: cut },
      amounts: [64_000, 256_000],
      act: (run, fault) =>
        on((path) => path.slow({ delayMs: 1, bytesPerSecond: fault.amount }))(run, fault),
    },
  ];
}

/** Clocks that are set, and handlers that misbehave. */
export function memberFaults({
  clocks,
}: {
  readonly clocks: readonly string[] | undefined;
}): FaultKind[] {
  const hours = [1_000, 60_000, 3_600_000, 86_400_000];
  const told =
    (what: string) =>
    async (run: ChaosRun, fault: PlannedFault): Promise<void> => {
      const process = run.processOfParty(fault.target);
      process.tell(`${fault.target} ${what} ${fault.amount}`);
      await ms(fault);
      process.tell(`${fault.target} work`);
    };
  return [
    {
      ...{ kind: 'clock', weight: 2, seconds: [2, 25], recovery: 0 },
      ...(clocks && { targets: clocks }),
      amounts: [...hours, ...hours.map((amount) => -amount)],
      act: async (run, fault) => {
        const process = run.processOfParty(fault.target);
        process.tell(`clock ${fault.amount}`);
        await ms(fault);
        process.tell('clock 0');
      },
    },
    {
      ...{ kind: 'slow-handlers', weight: 2, seconds: [2, 12], amounts: [20, 200, 2_000] },
      ...{ recovery: 5, act: told('wait') },
    },
    {
      ...{ kind: 'blocking-handlers', weight: 2, seconds: [2, 10], amounts: [20, 150, 700] },
      ...{ recovery: 5, act: told('block') },
    },
    {
      ...{ kind: 'failing-handlers', weight: 2, seconds: [1, 10], recovery: 5 },
      act: told('fail'),
    },
  ];
}
