import { realProcess } from '../../lib/testing/conformance/bench.js';

/** What Node warns of (`process.emitWarning`) while the work is done, and in the turn of the loop after it. */
export async function warningsOf(work: () => Promise<void>): Promise<string[]> {
  const warnings: string[] = [];
  const note = ({ name, message }: Error): void => {
    // jest's own.
    if (!message.startsWith('VM Modules')) warnings.push(`${name}: ${message}`);
  };
  realProcess.on('warning', note);
  try {
    await work();
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    realProcess.off('warning', note);
  }
  return warnings;
}

/** What nobody took of the promises that were rejected while the work was done, and in the turn of the loop after it. */
export async function rejectionsOf(work: () => void): Promise<unknown[]> {
  const rejections: unknown[] = [];
  const note = (reason: unknown): void => void rejections.push(reason);
  realProcess.on('unhandledRejection', note);
  try {
    work();
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    realProcess.off('unhandledRejection', note);
  }
  return rejections;
}
