import { foreignError, isOurs } from './foreign-error.js';
import { outsideText } from './outside-text.js';

const LONGEST_MESSAGE = 10_000;

/** What kind of failure it is. The list is complete, so that a caller may `switch` on it. */
export type EventBusErrorCode =
  | 'CONFIGURATION'
  | 'MISSING_PEER'
  | 'CONNECT_FAILED'
  | 'UNKNOWN_EVENT'
  | 'UNSERIALIZABLE_EVENT'
  | 'INVALID_DATA'
  | 'INVALID_METADATA'
  | 'INVALID_KEY'
  | 'SCHEMA_REJECTED'
  | 'NO_ROUTE'
  | 'LOOP_GUARD'
  | 'BUFFER_FULL'
  | 'SEND_TIMEOUT'
  | 'CLOSED'
  | 'SEND_FAILED'
  | 'UNUSABLE_RECORD'
  | 'UNSUPPORTED_SCHEMA'
  | 'SERVICE_UNAVAILABLE'
  | 'HANDLERS_FAILED'
  | 'HANDLER_TIMEOUT'
  | 'HANDLER_GONE'
  | 'ONCE_UNAVAILABLE'
  | 'HALTED'
  | 'TOO_MANY_ERRORS';

/** Where in the bus an error happened: names and ids only, never event data. Absent is what is not known. */
export interface EventBusErrorPlace {
  /** Full topic, with the environment prefix; without it where the record has not been made yet. */
  readonly topic?: string;
  /** Consumer group. Absent where nothing was being consumed. */
  readonly group?: string;
  /** Such as `org.openedx.learning.course.enrollment.created.v1`. */
  readonly eventType?: string;
  /** `metadata.id` of the event. */
  readonly eventId?: string;
}

/** What the constructors of the errors take besides what is their own. */
export interface EventBusErrorOptions extends EventBusErrorPlace {
  /** What led to the error, of whatever type. See `EventBusError` for what is kept of it. */
  readonly cause?: unknown;
}

/**
 * Base class of every error that this package throws or rejects with.
 *
 * The message names the topic, event type and event id where they are known and never holds event
 * data. It is one line, except that of a ConfigurationError; control characters in names are escaped in it, while
 * `topic`, `group`, `eventType` and `eventId` hold them unchanged. `cause` is the error of this library that led to
 * it, or a copy of an error of a client library or of Node: its name, message, code, stack and causes, without
 * what it quotes or keeps of what the client was given.
 */
export class EventBusError extends Error implements EventBusErrorPlace {
  /** Full topic, with the environment prefix; without it where the record has not been made yet. */
  readonly topic?: string;
  /** Consumer group. Absent where nothing was being consumed. */
  readonly group?: string;
  /** Type of the event. Absent where it is not known. */
  readonly eventType?: string;
  /** `metadata.id` of the event. Absent where it is not known. */
  readonly eventId?: string;

  constructor(
    /** What kind of failure it is. It stays the same when the wording of messages changes. */
    readonly code: EventBusErrorCode,
    message: string,
    options: EventBusErrorOptions = {},
  ) {
    super(
      // A configuration error has a line for each problem.
      (code === 'CONFIGURATION' ? message : outsideText(message, LONGEST_MESSAGE)) +
        placeText(options),
      options.cause === undefined ? {} : { cause: foreignError(options.cause) },
    );
    isOurs(this);
    this.name = new.target.name;
    if (options.topic !== undefined) this.topic = options.topic;
    if (options.group !== undefined) this.group = options.group;
    if (options.eventType !== undefined) this.eventType = options.eventType;
    if (options.eventId !== undefined) this.eventId = options.eventId;
  }
}

function placeText(place: EventBusErrorPlace): string {
  const parts = [
    place.topic && `topic ${outsideText(place.topic)}`,
    place.group && `group ${outsideText(place.group)}`,
    place.eventType && `event ${outsideText(place.eventType)}`,
    place.eventId && `id ${outsideText(place.eventId)}`,
  ].filter(Boolean);
  return parts.length ? ` (${parts.join(', ')})` : '';
}
