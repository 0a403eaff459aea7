import { waitUntil } from '../support/wait-until.js';

/** As `waitUntil`, for what a service does: it takes longer, and asking costs more. */
export function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  ms = 30_000,
): Promise<void> {
  return waitUntil(holds, ms, { what, everyMs: 20 });
}
