import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** Turns of the event loop of this process since its start. One that waits for timers takes few, however slow the machine is. */
export function loopTurns(): number {
  return performance.nodeTiming.uvMetricsInfo.loopCount;
}

const WINDOW_MS = 250;

/**
 * Turns a second that the event loop takes over so many milliseconds: the median of short windows. Each step of a garbage
 * collection of V8 is a turn too, without any code of ours: some thousands for some tenths of a second.
 */
export async function turnsPerSecond(ms: number): Promise<number> {
  const rates: number[] = [];
  for (const end = performance.now() + ms; performance.now() < end;) {
    const [turns, began] = [loopTurns(), performance.now()];
    await sleep(WINDOW_MS);
    rates.push(((loopTurns() - turns) / (performance.now() - began)) * 1_000);
  }
  return rates.sort((a, b) => a - b)[Math.floor(rates.length / 2)]!;
}
