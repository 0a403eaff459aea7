import { types } from 'node:util';
import { EventBusError } from './event-bus.error.js';
import { outsideText } from '../errors/outside-text.js';

const LONGEST_MESSAGE = 1_000;
const MOST_FRAMES = 50;
const LINE_FEED = '\n';

/** The message of an error, in one line (ours are fit for the log as they are); of a value that is no error, what kind of value it is. */
export function messageText(thrown: unknown): string {
  if (thrown instanceof EventBusError) return thrown.message;
  return readable(() =>
    types.isNativeError(thrown)
      ? outsideText(String(thrown.message), LONGEST_MESSAGE)
      : kindOf(thrown),
  );
}

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
  return [`${outsideText(String(name))}: ${messageText(error)}`, ...framesOf(error)].join(
    LINE_FEED,
  );
}

/** The frames at the end of the stack: the head before them repeats the message, of any number of lines. */
function framesOf({ stack }: Error): string[] {
  const frames: string[] = [];
  if (typeof stack !== 'string') return frames;
  for (let end = stack.length; end > 0 && frames.length < MOST_FRAMES;) {
    const start = stack.lastIndexOf(LINE_FEED, end - 1) + 1;
    const line = stack.slice(start, Math.min(end, start + LONGEST_MESSAGE));
    if (start === 0 || !/^ {1,8}at /.test(line)) break;
    frames.push(`    ${outsideText(line.trim(), LONGEST_MESSAGE)}`);
    end = start - 1;
  }
  return frames.reverse();
}

function kindOf(thrown: unknown): string {
  if (thrown === null) return 'null was thrown';
  if (typeof thrown !== 'object') return `a value of type ${typeof thrown} was thrown`;
  const { name } = (thrown.constructor as { name?: unknown } | undefined) ?? {};
  return `an object of class ${typeof name === 'string' ? outsideText(name) : 'unknown'} was thrown`;
}

/** Getters and proxies among what is thrown may throw themselves. */
function readable(read: () => string): string {
  try {
    return read();
  } catch {
    return 'something that cannot be read was thrown';
  }
}
