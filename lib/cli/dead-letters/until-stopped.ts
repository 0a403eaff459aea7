/**
 * Gives each item until the signal fires. Then `end` is called: what comes until it resolves is still given, and what has
 * not come by then is not waited for.
 */
export async function* untilStopped<T>(
  items: AsyncIterable<T>,
  signal: AbortSignal,
  end: () => Promise<void> = () => Promise.resolve(),
): AsyncIterable<T> {
  const iterator = items[Symbol.asyncIterator]();
  let stop!: () => void;
  const ended = new Promise<undefined>((resolve) => {
    stop = () => void end().then(() => resolve(undefined));
  });
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  let isWaiting = false;
  try {
    for (;;) {
      isWaiting = true;
      const next = iterator.next();
      next.catch(() => undefined);
      const found = await Promise.race([next, ended]);
      if (!found) return;
      isWaiting = false;
      if (found.done) return;
      yield found.value;
    }
  } finally {
    signal.removeEventListener('abort', stop);
    if (!isWaiting) await iterator.return?.();
  }
}
