/** Resolves when the work does (whatever its end), at the latest at the deadline (epoch ms). */
export async function endsBy(deadline: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.min(Math.max(0, deadline - Date.now()), 2 ** 31 - 1));
  });
  await Promise.race([work.then(ignore, ignore), timeUp]);
  clearTimeout(timer);
}

const ignore = (): void => undefined;
