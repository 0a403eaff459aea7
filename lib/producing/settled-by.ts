import { clearTimeout, setTimeout } from 'node:timers';

/** Resolves when `work` has settled, however, at the latest at `deadline` (epoch ms). */
export async function settledBy(deadline: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, deadline - Date.now()));
  });
  await Promise.race([work.catch(() => undefined), late]);
  clearTimeout(timer);
}
