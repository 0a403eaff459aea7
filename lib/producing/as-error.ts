import { types } from 'node:util';

/** What was thrown, as an Error. */
export function asError(thrown: unknown): Error {
  if (thrown instanceof Error || types.isNativeError(thrown)) return thrown;
  return new Error('a value that is not an Error was thrown', { cause: thrown });
}
