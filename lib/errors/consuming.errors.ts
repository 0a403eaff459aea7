import { EventBusError, type EventBusErrorOptions } from './event-bus.error.js';
import { applicationError } from './foreign-error.js';

/** A record that can never be turned into an event (permanent: bad framing, metadata or body). */
export class UnusableRecordError extends EventBusError {
  constructor(reason: string, options: EventBusErrorOptions = {}) {
    super('UNUSABLE_RECORD', `Unusable record: ${reason}`, options);
  }
}

/**
 * The body cannot be read with any schema version that we know, and may be good: the record comes from a newer
 * release of openedx-events than ours, or does not say from which. A newer version of this package,
 * or the record's schema, may read it.
 */
export class UnsupportedSchemaError extends EventBusError {
  constructor(reason: string, options: EventBusErrorOptions = {}) {
    super('UNSUPPORTED_SCHEMA', `Record in an unknown schema version: ${reason}`, options);
  }
}

/** Broker or registry away, slow or refusing us: transient whatever the code; never settles a record. */
export class ServiceUnavailableError extends EventBusError {
  constructor(service: string, reason: string, options: EventBusErrorOptions = {}) {
    super('SERVICE_UNAVAILABLE', `${service}: ${reason}`, options);
  }
}

/** What one failed handler threw. */
export interface HandlerFailure {
  readonly handler: string;
  readonly error: unknown;
}

/**
 * At least one handler of an event failed; every handler ran to its end first. `cause` is what the first one
 * threw, or a copy of it where it holds what a client library was given.
 */
export class HandlersFailedError extends EventBusError {
  /** What each of them threw, itself. */
  readonly failures: readonly HandlerFailure[];

  constructor(
    failures: readonly HandlerFailure[],
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

/** A handler did not settle within `handlerTimeout`; its AbortSignal was fired. */
export class HandlerTimeoutError extends EventBusError {
  constructor(handler: string, ms: number, options: EventBusErrorOptions = {}) {
    super('HANDLER_TIMEOUT', `${handler} did not settle within ${ms} ms`, options);
  }
}

/** The failure policy `halt` stopped the consumer at a record, which stays unsettled. */
export class HaltedError extends EventBusError {
  constructor(options: EventBusErrorOptions) {
    super('HALTED', 'Consumer halted at a failed record, which stays unsettled', options);
  }
}

/** The consecutive error limit was reached (reference: …_CONSUMER_CONSECUTIVE_ERRORS_LIMIT). */
export class TooManyErrorsError extends EventBusError {
  constructor(
    readonly limit: number,
    options: EventBusErrorOptions = {},
  ) {
    super('TOO_MANY_ERRORS', `${limit} consecutive records ended in failure`, options);
  }
}
