import type { SlowApplication } from './slow-processes.js';

/** An application that would wait very long for the handler at work. */
export const PATIENT = { handlerMs: 600_000, bus: { shutdownTimeout: 600_000 } };

/** A patient application is at work on event 0: it goes on after one SIGTERM and ends soon after another. */
export async function endsAtSecondSigterm(app: SlowApplication): Promise<void> {
  await app.says('begun 0');
  app.process.signal('SIGTERM');
  // Nothing may tell that the first one was not enough but time.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect([app.process.ended, app.said.includes('aborted 0')]).toEqual([false, false]);
  expect(await app.process.end('SIGTERM')).toBe(0);
  expect(app.said).toContain('aborted 0');
}
