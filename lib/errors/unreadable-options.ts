import { ConfigurationError } from './configuration.errors.js';
import { EventBusError } from './event-bus.error.js';
import { kindOf } from './foreign-error.js';

/**
 * What was thrown while options were read, as a ConfigurationError: a getter, a proxy or a value of another
 * kind than is asked for may throw anything. An error of ours stays itself.
 */
export function unreadable(setting: string, thrown: unknown): EventBusError {
  if (thrown instanceof EventBusError) return thrown;
  const found = `what cannot be read (${kindOf(thrown)})`;
  return new ConfigurationError([{ setting, found, allowed: 'values that can be read' }], {
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
