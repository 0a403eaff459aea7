import { monotonicNow } from './clocks.js';

const LONGEST_DELAY_MS = 5_000;
/** Timers above this overflow to 1 ms in Node. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What a timer of Node can wait for of so many ms: at least 0, and no longer than it can. */
export function timerMs(ms: number): number {
  return Math.min(Math.max(0, ms), LONGEST_TIMER_MS);
}

/** How long is waited between tries: `delayMs` after the first one, each time `factor` times as long, up to `maxDelayMs`. */
export interface Backoff {
  readonly delayMs: number;
  readonly factor: number;
  readonly maxDelayMs: number;
  /** The part of a delay that is random, from 0 (none, the default) to 1. */
  readonly jitter?: number;
}

/** The delay in ms before the next try, after `failures` (1, 2, …) of them. */
export function delayAfter(backoff: Backoff, failures: number): number {
  const { delayMs, factor, maxDelayMs, jitter = 0 } = backoff;
  const grown = delayMs * factor ** Math.max(0, failures - 1);
  const delay = Math.min(Number.isNaN(grown) ? 0 : grown, maxDelayMs, LONGEST_TIMER_MS);
  return jitter === 0 ? delay : delay * (1 - jitter * Math.random());
}

/** As `delayAfter`, less up to half of it at random, so that many processes do not come back at once. */
export function jitteredDelayAfter(backoff: Backoff, failures: number): number {
  return delayAfter({ ...backoff, jitter: 0.5 }, failures);
}

/** As `jitteredDelayAfter`, doubled each time: the rule for brokers and registries. */
export function backoffDelay(
  failures: number,
  firstMs: number,
  longestMs = LONGEST_DELAY_MS,
): number {
  return jitteredDelayAfter({ delayMs: firstMs, factor: 2, maxDelayMs: longestMs }, failures);
}

/** Whether it can be awaited. Throws what looking at its `then` throws. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

/** A promise with what resolves it; the first call counts. */
export interface Resolvable<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

export function resolvable<T = void>(): Resolvable<T> {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((resolvePromise) => (resolve = resolvePromise));
  return { promise, resolve };
}

/**
 * Resolves after the delay, at once when the signal is or becomes aborted. Never rejects. `idle`: nobody needs the process
 * to live for it.
 */
export function pauseFor(ms: number, signal?: AbortSignal, { idle = false } = {}): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, timerMs(ms));
    if (idle) timer.unref();
    signal?.addEventListener('abort', done, { once: true });
  });
}

/** True when the work ended in time, whatever its end; false at the deadline (by `monotonicNow`). */
export function endBy(deadline: number, work: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const left = timerMs(deadline - monotonicNow());
    const timer = setTimeout(() => resolve(false), left);
    const end = (): void => {
      clearTimeout(timer);
      resolve(true);
    };
    work.then(end, end);
  });
}

/**
 * The result of the first attempt that succeeds. Rejects with the last failure once `isFinal` says so,
 * or when the next attempt could only begin after the deadline (by `monotonicNow`).
 */
export async function tryUntil<T>(
  deadline: number,
  attempt: () => Promise<T>,
  isFinal: (failure: unknown) => boolean,
): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (failure) {
      const delay = backoffDelay(failures, 100);
      if (isFinal(failure) || monotonicNow() + delay >= deadline) throw failure;
      await pauseFor(delay);
    }
  }
}

/** A function that must not be asynchronous returned this. Where it is a promise, its rejection does not end the process. */
export function ignoreRejection(returned: unknown): void {
  void Promise.resolve()
    .then(() => returned)
    .catch(() => undefined);
}

/**
 * Keeps the process alive until the function that it returns is called. Connections of ours never do so by themselves:
 * of an application whose start failed elsewhere nothing of ours is left that holds the process.
 */
export function holdProcess(): () => void {
  const hold = setInterval(() => undefined, LONGEST_TIMER_MS);
  return () => clearInterval(hold);
}

/** Keeps the process alive as long as the work lasts. */
export async function holdingProcess<T>(work: () => Promise<T>): Promise<T> {
  const release = holdProcess();
  try {
    return await work();
  } finally {
    release();
  }
}
