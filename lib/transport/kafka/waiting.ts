const LONGEST_MS = 5_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Delay before try number `failures + 1`: doubled each time, at most 5 s, half of it by chance. */
export function backoffDelay(failures: number, firstMs: number): number {
  const full = Math.min(LONGEST_MS, firstMs * 2 ** Math.min(failures - 1, 20));
  return full / 2 + Math.random() * (full / 2);
}

export function pauseFor(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, Math.min(Math.max(0, ms), LONGEST_TIMER_MS));
  });
}

/** True when the work ended in time, whatever its end; false at the deadline (epoch ms). */
export async function endBy(deadline: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    const left = Math.min(LONGEST_TIMER_MS, Math.max(0, deadline - Date.now()));
    timer = setTimeout(() => resolve(false), left);
  });
  const ended = work.then(
    () => true,
    () => true,
  );
  const inTime = await Promise.race([ended, late]);
  clearTimeout(timer);
  return inTime;
}
