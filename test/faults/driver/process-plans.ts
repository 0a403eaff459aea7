import { join } from 'node:path';
import type { ProgramPlan, TransportPlan } from './fault-bus.interface.js';
import { KEYS, NUMBERED_TYPE } from './numbered-events.js';

interface ProcessConfig {
  /** Address of the built library. */
  readonly lib: string;
  readonly transport: TransportPlan;
  readonly topic: string;
}

/** An application of ours that handles numbered events. */
export function consumerPlan(config: ProcessConfig & { readonly group: string }): ProgramPlan {
  return planOf('consumer.mjs', { ...config, type: NUMBERED_TYPE });
}

/** An application of ours that sends numbered events. */
export function senderPlan(
  config: ProcessConfig & { readonly count: number; readonly perSecond: number },
): ProgramPlan {
  return planOf('sender.mjs', { ...config, type: NUMBERED_TYPE, keys: KEYS });
}

function planOf(file: string, config: object): ProgramPlan {
  const program = join(import.meta.dirname, '..', 'processes', file);
  return { program: process.execPath, args: [program, JSON.stringify(config)] };
}
