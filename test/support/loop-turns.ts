import { performance } from 'node:perf_hooks';

/** Turns of the event loop of this process since its start. One that waits for timers takes few, however slow the machine is. */
export function loopTurns(): number {
  return performance.nodeTiming.uvMetricsInfo.loopCount;
}
