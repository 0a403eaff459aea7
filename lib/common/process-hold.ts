import { LONGEST_TIMER_MS } from './waiting.js';

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
