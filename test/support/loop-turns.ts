import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** Turns of the event loop of this process since its start. One that waits for timers takes few, however slow the machine is. */
export function loopTurns(): number {
  return performance.nodeTiming.uvMetricsInfo.loopCount;
}

const SAMPLE_MS = 500;

/**
 * How many turns a second this process takes at present, for whatever else is in it: what other test files left behind may take
 * thousands.
 */
export async function turnsOfOthers(): Promise<number> {
  const [turns, began] = [loopTurns(), performance.now()];
  await sleep(SAMPLE_MS);
  return ((loopTurns() - turns) / (performance.now() - began)) * 1_000;
}
