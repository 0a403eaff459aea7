import { foreignError, isOurs } from './foreign-error.js';
import { outsideText } from './outside-text.js';

const LONGEST_MESSAGE = 10_000;

/** Why an operation of the event bus failed: the closed list that callers may switch on. */
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
  | 'HALTED'
  | 'TOO_MANY_ERRORS';

/** Where in the bus an error happened: places and ids only, never event data. */
export interface EventBusErrorPlace {
  readonly topic?: string;
  readonly group?: string;
  readonly eventType?: string;
  readonly eventId?: string;
}

export interface EventBusErrorOptions extends EventBusErrorPlace {
  readonly cause?: unknown;
}

/**
 * Base of every error that this library throws or rejects with.
 *
 * The message names the topic, event type and event id where they are known and never holds event
 * data. It is one line, but for that of a ConfigurationError, whatever texts came from outside; `topic`,
 * `group`, `eventType` and `eventId` are as they came. `cause` is the error of ours that led to it, or a copy of
 * one of a client library or of Node: its name, message, code, stack and causes, without what it quotes or keeps
 * of what the client was given.
 */
export class EventBusError extends Error implements EventBusErrorPlace {
  readonly topic?: string;
  readonly group?: string;
  readonly eventType?: string;
  readonly eventId?: string;

  constructor(
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
