import type { Observable } from 'rxjs';
import { UnrecoverableError, UnusableRecordError } from '../../errors/index.js';
import { UNRECOVERABLE } from '../../errors/unrecoverable.error.js';

/** The last value of an Observable. Rejects, and unsubscribes, when the signal fires before its end. */
export function lastOf(source: Observable<unknown>, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let last: unknown;
    const aborted = () => {
      subscription.unsubscribe();
      reject(signal.reason as Error);
    };
    const done = () => signal.removeEventListener('abort', aborted);
    const subscription = source.subscribe({
      next: (value) => (last = value),
      error: (error: Error) => {
        done();
        reject(error);
      },
      complete: () => {
        done();
        resolve(last);
      },
    });
    if (signal.aborted) aborted();
    else if (!subscription.closed) signal.addEventListener('abort', aborted, { once: true });
  });
}

/** Marks `error` as one that no retry can cure, and returns it; a thrown value that cannot be marked is wrapped. */
export function markUnrecoverable<E extends object>(error: E): E;
export function markUnrecoverable(error: unknown): object;
export function markUnrecoverable(error: unknown): object {
  if (typeof error === 'object' && error !== null && Object.isExtensible(error)) {
    Object.defineProperty(error, UNRECOVERABLE, { value: true, configurable: true });
    return error;
  }
  return new UnrecoverableError(
    'A pipe or filter of the handler rejected the event, which is therefore not retried (see the cause)',
    { cause: error },
  );
}

/** True for an UnrecoverableError, for what `markUnrecoverable` marked, and for an unusable record. */
export function isUnrecoverable(error: unknown): boolean {
  if (error instanceof UnusableRecordError) return true;
  return (
    typeof error === 'object' &&
    error !== null &&
    (error as { [UNRECOVERABLE]?: unknown })[UNRECOVERABLE] === true
  );
}
