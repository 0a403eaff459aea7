/** On a thrown value that no retry can cure; the same symbol in every copy of this package. */
export const UNRECOVERABLE: unique symbol = Symbol.for('nestjs-openedx-event-bus:unrecoverable');

/**
 * Throw it in a handler where another attempt cannot succeed, such as after an HTTP 400: the handler is not
 * retried, and the failure policy (`onFailure`) decides at once. Classes that extend it count too.
 *
 * @example
 * ```ts
 * throw new UnrecoverableError('The CRM rejected the enrollment', { cause: error });
 * ```
 */
export class UnrecoverableError extends Error {
  /** `UnrecoverableError`, unless a class that extends it sets another. */
  override readonly name: string = 'UnrecoverableError';

  /** @internal */
  get [UNRECOVERABLE](): true {
    return true;
  }
}
