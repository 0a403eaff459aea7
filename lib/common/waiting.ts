import { monotonicNow } from './clocks.js';

const LONGEST_DELAY_MS = 5_000;
/** Timers above this overflow to 1 ms in Node. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Delay before try number `failures + 1`: doubled each time up to the longest, half of it by chance. */
export function backoffDelay(
  failures: number,
  firstMs: number,
  longestMs = LONGEST_DELAY_MS,
): number {
  const full = Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 20));
  return full / 2 + Math.random() * (full / 2);
}

/** Resolves after the delay, at once when the signal is or becomes aborted. Never rejects. */
export function pauseFor(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, Math.min(Math.max(0, ms), LONGEST_TIMER_MS));
    signal?.addEventListener('abort', done, { once: true });
  });
}

/** True when the work ended in time, whatever its end; false at the deadline (by `monotonicNow`). */
export async function endBy(deadline: number, work: Promise<unknown>): Promise<boolean> {
  const done = new AbortController();
  let ended = false;
  const end = (): void => {
    ended = true;
    done.abort();
  };
  work.then(end, end);
  await pauseFor(deadline - monotonicNow(), done.signal);
  return ended;
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
