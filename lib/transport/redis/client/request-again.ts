import { monotonicNow } from '../../../common/clocks.js';
import { backoffDelay, pauseFor } from '../../../common/waiting.js';
import { ConfigurationError, EventBusError } from '../../../errors/index.js';
import { faultOf, isForbidden, messageOf, serviceFault } from './redis-errors.js';

const WITHIN_MS = 10_000;
const FIRST_RETRY_MS = 20;
const LONGEST_RETRY_MS = 500;

/**
 * Asks Redis for what may be done any number of times, and again while it fails over or is being reached, for 10 s at most.
 * `request` gets the deadline, by `monotonicNow`. Rejects with ConfigurationError as `request` does, with the reply where a
 * right is missing, else with ServiceUnavailableError.
 */
export async function requestAgain<T>(request: (deadline: number) => Promise<T>): Promise<T> {
  const deadline = monotonicNow() + WITHIN_MS;
  for (let failures = 1; ; failures++) {
    try {
      return await request(deadline);
    } catch (error) {
      if (error instanceof ConfigurationError || isForbidden(error)) throw error;
      const delay = backoffDelay(failures, FIRST_RETRY_MS, LONGEST_RETRY_MS);
      if (!isTransient(error) || monotonicNow() + delay >= deadline)
        throw error instanceof EventBusError ? error : serviceFault(error);
      await pauseFor(delay);
    }
  }
}

function isTransient(error: unknown): boolean {
  const fault = faultOf(error);
  return fault === 'moved' || fault === 'lost' || /READONLY/.test(messageOf(error));
}
