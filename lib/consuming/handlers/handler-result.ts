import type { Observable } from 'rxjs';
import { UnusableRecordError } from '../../errors/index.js';

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

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

/**
 * Marks an error that no retry can cure: `error[PERMANENT] === true`. The failure policy then makes
 * no further attempt for the handler that threw it.
 */
export const PERMANENT: unique symbol = Symbol.for('nestjs-openedx-event-bus:permanent');

/** Marks `error` as permanent and returns it; a thrown value that cannot be marked is wrapped. */
export function permanent<E extends object>(error: E): E;
export function permanent(error: unknown): object;
export function permanent(error: unknown): object {
  if (typeof error === 'object' && error !== null && Object.isExtensible(error)) {
    Object.defineProperty(error, PERMANENT, { value: true, configurable: true });
    return error;
  }
  return permanent(new Error('A handler refused its event', { cause: error }));
}

/** True for an error marked by `permanent`, and for an unusable record. */
export function isPermanent(error: unknown): boolean {
  if (error instanceof UnusableRecordError) return true;
  return (
    typeof error === 'object' &&
    error !== null &&
    (error as { [PERMANENT]?: unknown })[PERMANENT] === true
  );
}
