import type { LogFields } from '../common/log-fields.js';
import { EventBusError, type EventBusErrorCode } from './event-bus.error.js';

/** The code of an error of this package. Other errors have none: their `code` may be anything, data of an event too. Never throws. */
export function codeOf(error: unknown): EventBusErrorCode | undefined {
  try {
    return error instanceof EventBusError ? error.code : undefined;
  } catch {
    // A proxy may refuse to say of what class it is.
    return undefined;
  }
}

/** The fields of a log line about what an error of this package is about. Never throws. */
export function errorFields(error: unknown): LogFields {
  const code = codeOf(error);
  if (code === undefined) return {};
  const { topic, group, eventType, eventId } = error as EventBusError;
  return { group, topic, eventType, eventId, code };
}
