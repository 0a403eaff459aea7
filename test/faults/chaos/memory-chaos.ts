import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultKind } from './chaos-plan.js';
import type { ChaosStage, ChaosTransport } from './chaos-stage.interface.js';
import { FREEZE_ALL, memberFaults } from './common-faults.js';

const LEAVE_MS = 30_000;

const leaves: FaultKind = {
  ...{ kind: 'leave', weight: 3, seconds: [0, 6], recovery: 3 },
  act: async (run, { target, seconds }) => {
    const process = run.processOfParty(target);
    await process.ask(`${target} leave`, `left ${target}`, LEAVE_MS);
    await sleep(seconds * 1_000);
    process.tell(`${target} join`);
  },
};

/** The embedded bus: members, sender and broker in one process, which must not end. */
export const MEMORY: ChaosTransport = {
  ...{ name: 'memory', members: [1, 2, 3], perSecond: 200, together: true },
  kinds: [leaves, FREEZE_ALL, ...memberFaults({ clocks: ['all'] })],
  isOrdered: () => true,
  start: async (): Promise<ChaosStage> => ({
    transport: () => ({
      module: 'transport/memory/index.js',
      factory: 'memoryTransport',
      options: { partitions: 3, maxRecords: 1_000_000 },
    }),
    path: () => undefined,
    stop: async () => undefined,
  }),
};
