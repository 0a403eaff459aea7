const LONGEST_MS = 30_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Delay before try number `failures + 1`: doubled each time, at most 30 s, half of it by chance. */
export function backoffDelay(failures: number, firstMs: number): number {
  const full = Math.min(LONGEST_MS, firstMs * 2 ** Math.min(failures - 1, 20));
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
    const timer = setTimeout(done, Math.min(ms, LONGEST_TIMER_MS));
    signal?.addEventListener('abort', done, { once: true });
  });
}

/** Resolves when the work does, whatever its end, at the latest at the deadline (epoch ms). */
export async function endBy(deadline: number, work: Promise<unknown>): Promise<void> {
  const done = new AbortController();
  const end = (): void => done.abort();
  work.then(end, end);
  await pauseFor(Math.max(0, deadline - Date.now()), done.signal);
}
