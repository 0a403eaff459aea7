import { ConfigurationError, EventBusError, InvalidEventDataError } from '../errors/index.js';
import { outsideText } from '../errors/outside-text.js';
import type { SendOptions } from './event-bus-producer.js';

const NONE: SendOptions = Object.freeze({});

/** The options of a send, each read once. Throws ConfigurationError where they are none or cannot be read. */
export function sendOptionsOf(given: SendOptions | null | undefined): SendOptions {
  if (given === undefined || given === null) return NONE;
  try {
    if (typeof given !== 'object') throw new TypeError('not an object');
    const { topic, keyField, metadata, timeout, writeAs, allowLoop } = given;
    return { topic, keyField, metadata, timeout, writeAs, allowLoop };
  } catch (cause) {
    const problem = { setting: 'send options', found: typeof given, allowed: 'an object' };
    throw new ConfigurationError([problem], { cause });
  }
}

/** What went wrong before anything was sent, as one of our own errors: what is none came from the data. */
export function refusalOf(thrown: unknown, eventType: string): EventBusError {
  if (isOurs(thrown)) return thrown;
  const problems = [{ path: 'data', message: 'could not be read' }];
  return new InvalidEventDataError(problems, { eventType, cause: thrown });
}

function isOurs(thrown: unknown): thrown is EventBusError {
  try {
    return thrown instanceof EventBusError;
  } catch {
    // A proxy may throw when it is asked what it is.
    return false;
  }
}

/** The event type that a call is about, for a message, whatever it is given for one. */
export function typeNamed(event: unknown): string {
  if (typeof event === 'string') return outsideText(event);
  try {
    const { type } = event as { type: unknown };
    return typeof type === 'string' ? outsideText(type) : 'unknown';
  } catch {
    return 'unknown';
  }
}
