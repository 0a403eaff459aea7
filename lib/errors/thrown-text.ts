import { types } from 'node:util';
import { framesOf, kindOf, messageOf } from './foreign-error.js';
import { outsideText } from './outside-text.js';

/**
 * What was thrown, in words; of a value that is no error only its kind. Name and message are in the first
 * line, escaped and cut; the lines behind it are the frames of the stack, each with an indent and `at`, so that
 * no text that was thrown can be taken for a line of the log.
 */
export function thrownText(thrown: unknown): string {
  return readable(() => (types.isNativeError(thrown) ? errorText(thrown) : kindOf(thrown)));
}

/** Anything thrown as an Error: itself where it is one. */
export function asError(thrown: unknown): Error {
  return types.isNativeError(thrown) ? thrown : new Error(thrownText(thrown), { cause: thrown });
}

function errorText(error: Error): string {
  // Most error classes set no name, and the head of a stack does not know one that was set later.
  const name = error.name === 'Error' ? error.constructor.name : error.name;
  return `${outsideText(String(name))}: ${messageOf(error)}${framesOf(error.stack, error.message)}`;
}

/** Getters and proxies among what is thrown may throw themselves. */
function readable(read: () => string): string {
  try {
    return read();
  } catch {
    return 'something that cannot be read was thrown';
  }
}
