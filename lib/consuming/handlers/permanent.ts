import { UnusableRecordError } from '../../errors/index.js';

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
