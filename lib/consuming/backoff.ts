import type { RetrySettings } from '../settings/event-bus-settings.js';

/** Timers above this overflow to 1 ms in Node. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

export type Backoff = Omit<RetrySettings, 'attempts'>;

/** The delay in ms before the next attempt, after `failures` (1, 2, …) of them. */
export function delayAfter(backoff: Backoff, failures: number): number {
  const delay = backoff.delayMs * backoff.factor ** Math.max(0, failures - 1);
  return Math.min(Number.isNaN(delay) ? 0 : delay, backoff.maxDelayMs, LONGEST_TIMER_MS);
}

/** As `delayAfter`, less up to half of it at random, so that many processes do not come back at once. */
export function jitteredDelayAfter(backoff: Backoff, failures: number): number {
  const delay = delayAfter(backoff, failures);
  return delay - (delay / 2) * Math.random();
}
