import { EventBusError, type EventBusErrorOptions } from './event-bus.error.js';
import { applicationError } from './foreign-error.js';

/** The framing, metadata or body of a record is invalid, so no retry can turn it into an event. */
export class UnusableRecordError extends EventBusError {
  constructor(reason: string, options: EventBusErrorOptions = {}) {
    super('UNUSABLE_RECORD', `Unusable record: ${reason}`, options);
  }
}

/**
 * The body fits no schema version that this package knows, and may still be valid: the record comes from a newer
 * release of openedx-events, or does not say from which. A newer version of this package, or the schema that the
 * record was written with, may read it.
 */
export class UnsupportedSchemaError extends EventBusError {
  constructor(reason: string, options: EventBusErrorOptions = {}) {
    super('UNSUPPORTED_SCHEMA', `Record with an unsupported schema: ${reason}`, options);
  }
}

/**
 * The broker or the schema registry is unavailable, slow, or rejects requests. It is taken as temporary whatever
 * the cause: no record is acknowledged because of it.
 */
export class ServiceUnavailableError extends EventBusError {
  constructor(service: string, reason: string, options: EventBusErrorOptions = {}) {
    super('SERVICE_UNAVAILABLE', `${service}: ${reason}`, options);
  }
}

/** One handler that failed. */
export interface HandlerFailure {
  /** `Class.method`, or `@EventPattern(type)`. */
  readonly handler: string;
  /** What the handler threw or rejected with: the same value, of whatever type. */
  readonly error: unknown;
}

/**
 * At least one handler of an event failed; every handler ran to its end first. `cause` is what the first one
 * threw, or, where that error of a client library quotes what the library was given, a copy without it.
 */
export class HandlersFailedError extends EventBusError {
  /** One entry for each handler that failed, at least one. */
  readonly failures: readonly HandlerFailure[];

  constructor(
    failures: readonly HandlerFailure[],
    /** How many handlers the event has in the group, those that succeeded included. */
    readonly total: number,
    options: EventBusErrorOptions,
  ) {
    super(
      'HANDLERS_FAILED',
      `${failures.length} of ${total} handlers failed: ${failures.map((f) => f.handler).join(', ')}`,
      { cause: applicationError(failures[0]?.error), ...options },
    );
    this.failures = failures.map(printable);
  }
}

/** With the very error that was thrown, which no print shows where it holds what a client was given. */
function printable(failure: HandlerFailure): HandlerFailure {
  const { handler, error } = failure;
  if (applicationError(error) === error) return failure;
  return Object.defineProperty({ handler }, 'error', { get: () => error }) as HandlerFailure;
}

/** A handler did not end within `handlerTimeout`; its AbortSignal was fired. */
export class HandlerTimeoutError extends EventBusError {
  constructor(handler: string, ms: number, options: EventBusErrorOptions = {}) {
    super('HANDLER_TIMEOUT', `${handler} timed out after ${ms} ms (handlerTimeout)`, options);
  }
}

/** The failure policy `halt` stopped consuming at a record that failed; the record is not acknowledged. */
export class HaltedError extends EventBusError {
  /** Where on `topic` the record is: on Redis partition `0` and the id of the entry. Absent where it is not known. */
  readonly position?: { readonly partition: string; readonly offset: string };

  constructor({ position, ...options }: EventBusErrorOptions & Pick<HaltedError, 'position'>) {
    super(
      'HALTED',
      `Consuming stopped at a failed record${position ? ` (partition=${position.partition}, offset=${position.offset})` : ''}, which is not acknowledged. Remove the cause before you restart: the record is then redelivered`,
      options,
    );
    if (position) this.position = { partition: position.partition, offset: position.offset };
  }
}

/** As many records failed in a row as `consecutiveErrorsLimit` allows, so consuming stopped. */
export class TooManyErrorsError extends EventBusError {
  constructor(
    /** The value of `consecutiveErrorsLimit`. */
    readonly limit: number,
    options: EventBusErrorOptions = {},
  ) {
    super(
      'TOO_MANY_ERRORS',
      `${limit} records in a row failed (consecutiveErrorsLimit), so consuming stops. They were acknowledged and will not be redelivered`,
      options,
    );
  }
}
