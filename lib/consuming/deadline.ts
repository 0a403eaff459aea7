import { LONGEST_TIMER_MS } from '../common/waiting.js';
import { monotonicNow } from '../common/clocks.js';
import type { RetrySettings } from '../settings/event-bus-settings.js';

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

/** A moment after which nobody waits any longer. It may be brought forward, never put off. */
export class Deadline {
  readonly passed: Promise<void>;
  private readonly pass: () => void;
  private timer: NodeJS.Timeout | undefined;

  /** `at` is by `monotonicNow`. */
  constructor(private at: number) {
    let pass: (() => void) | undefined;
    this.passed = new Promise((resolve) => (pass = resolve));
    this.pass = () => pass?.();
    this.arm();
  }

  get epochMs(): number {
    return this.at;
  }

  bringForward(at: number): void {
    if (at >= this.at) return;
    this.at = at;
    this.arm();
  }

  /** Ends the timer; for when the work was done in time. */
  clear(): void {
    clearTimeout(this.timer);
  }

  private arm(): void {
    clearTimeout(this.timer);
    const ms = Math.min(Math.max(0, this.at - monotonicNow()), LONGEST_TIMER_MS);
    this.timer = setTimeout(this.pass, ms);
  }
}

/** The word that nobody waits for handlers any longer. As an AbortSignal, for listeners that come and go with each event. */
export class Abandonment {
  private readonly listeners = new Set<() => void>();
  private why: Error | undefined;

  /** undefined: they are waited for. */
  get reason(): Error | undefined {
    return this.why;
  }

  /** Calls every listener. The first reason counts. */
  give(reason: Error): void {
    if (this.why) return;
    this.why = reason;
    for (const listener of [...this.listeners]) listener();
  }

  on(listener: () => void): void {
    this.listeners.add(listener);
  }

  off(listener: () => void): void {
    this.listeners.delete(listener);
  }
}

/** Resolves after `ms`, or at once when the signal fires. `idle`: nobody needs the process to live for it. */
export function sleep(ms: number, signal: AbortSignal, { idle = false } = {}): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, Math.min(ms, LONGEST_TIMER_MS));
    if (idle) timer.unref();
    signal.addEventListener('abort', done);
  });
}

/** True when `work` settled (either way) within `ms`. */
export async function settledWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
  const timeUp = new AbortController();
  const settled = work.then(
    () => true,
    () => true,
  );
  const result = await Promise.race([settled, sleep(ms, timeUp.signal).then(() => false)]);
  timeUp.abort();
  return result;
}
