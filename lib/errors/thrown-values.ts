import { types } from 'node:util';
import { EventBusError } from './event-bus.error.js';
import { framesOf, kindOf, reasonsBehind, foreignText } from './foreign-error.js';
import { outsideText } from './outside-text.js';
import { ConfigurationError } from './configuration.errors.js';

/** Of a value that threw when it was read. */
export const UNREADABLE = 'could not be read: a getter or proxy threw an error';

const LONGEST_MESSAGE = 1_000;

/**
 * What was thrown, in words; of a value that is no error only its kind. Name and message are in the first
 * line, escaped and cut; the lines behind it are the frames of the stack, each with an indent and `at`, so that
 * no text that was thrown can be taken for a line of the log.
 */
export function thrownText(thrown: unknown): string {
  return readable(() => (types.isNativeError(thrown) ? errorText(thrown) : kindOf(thrown)));
}

/** Whether it is an error, of any realm or made by inheritance. Never throws. */
export function isError(thrown: unknown): thrown is Error {
  try {
    return types.isNativeError(thrown) || thrown instanceof Error;
  } catch {
    // A proxy may throw when it is asked what it is.
    return false;
  }
}

/** Whether it is an error of this package. Never throws. */
export function isEventBusError(thrown: unknown): thrown is EventBusError {
  try {
    return thrown instanceof EventBusError;
  } catch {
    return false;
  }
}

/** Anything thrown as an Error: itself where it is one. */
export function asError(thrown: unknown): Error {
  return isError(thrown) ? thrown : new Error(thrownText(thrown), { cause: thrown });
}

function errorText(error: Error): string {
  // Most error classes set no name, and the head of a stack does not know one that was set later.
  const name = error.name === 'Error' ? error.constructor.name : error.name;
  const message = String(error.message);
  const own =
    error instanceof EventBusError ? message : foreignText(String(name), message, LONGEST_MESSAGE);
  const said = own + outsideText(reasonsBehind(error, own), LONGEST_MESSAGE);
  return `${outsideText(String(name))}: ${said}${framesOf(error.stack, message)}`;
}

/** Getters and proxies among what is thrown may throw themselves. */
function readable(read: () => string): string {
  try {
    return read();
  } catch {
    return 'something that cannot be read was thrown';
  }
}

const READABLE = 'values that can be read (no getter or proxy that throws)';

/**
 * What was thrown while options were read, as a ConfigurationError: a getter, a proxy or a value of another
 * kind than is asked for may throw anything. An error of ours stays itself.
 */
export function unreadable(setting: string, thrown: unknown): EventBusError {
  if (isEventBusError(thrown)) return thrown;
  const found = `a value that cannot be read (${kindOf(thrown)})`;
  return new ConfigurationError([{ setting, found, allowed: READABLE }], {
    cause: thrown,
  });
}

/** What `read` makes of options. Throws only errors of ours. */
export function readOptions<T>(setting: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw unreadable(setting, error);
  }
}
