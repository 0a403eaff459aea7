import { types } from 'node:util';

/** What was thrown, as an Error. */
export function asError(thrown: unknown): Error {
  if (isError(thrown)) return thrown;
  return new Error('a value that is not an Error was thrown', { cause: thrown });
}

function isError(thrown: unknown): thrown is Error {
  try {
    return thrown instanceof Error || types.isNativeError(thrown);
  } catch {
    // A proxy may throw when it is asked what it is.
    return false;
  }
}
