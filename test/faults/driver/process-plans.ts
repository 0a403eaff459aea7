import { join } from 'node:path';
import type { ProgramPlan, TransportPlan } from './fault-bus.interface.js';
import { KEYS, NUMBERED_TYPE } from './numbered-events.js';

interface ProcessConfig {
  /** Address of the built library. */
  readonly lib: string;
  readonly transport: TransportPlan;
  readonly topic: string;
}

/** How long a handler takes, and how many events are handled at the same time. */
export interface Handling {
  readonly ms: number;
  readonly concurrency: number;
}

/** An application of ours that handles numbered events. */
export function consumerPlan(
  config: ProcessConfig & {
    readonly group: string;
    readonly blockMs?: number;
    readonly handling?: Handling | undefined;
    /** Further options of its bus. */
    readonly bus?: Readonly<Record<string, unknown>>;
    /** Each event whose number is a multiple of this fails in its first tries. */
    readonly failing?: number | undefined;
  },
): ProgramPlan {
  return planOf('consumer.mjs', { ...config, type: NUMBERED_TYPE });
}

export interface SenderExtras {
  /** Every so many-th event goes to these topics too. */
  readonly beside?: { readonly topics: readonly string[]; readonly every: number };
  /** Events that are sent at once when it is told so. */
  readonly burst?: number;
}

/** An application of ours that sends numbered events. */
export function senderPlan(
  config: ProcessConfig & SenderExtras & { readonly count: number; readonly perSecond: number },
): ProgramPlan {
  return planOf('sender.mjs', { ...config, type: NUMBERED_TYPE, keys: KEYS });
}

function planOf(file: string, config: object): ProgramPlan {
  const program = join(import.meta.dirname, '..', 'processes', file);
  return { program: process.execPath, args: [program, JSON.stringify(config)] };
}
