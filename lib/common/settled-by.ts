import { monotonicNow } from './clocks.js';
import { clearTimeout, setTimeout } from 'node:timers';

/** Resolves when `work` has settled, however, at the latest at `deadline` (by `monotonicNow`). */
export async function settledBy(deadline: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, deadline - monotonicNow()));
  });
  await Promise.race([work.catch(() => undefined), late]);
  clearTimeout(timer);
}
