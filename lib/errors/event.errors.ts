import { EventBusError, type EventBusErrorOptions } from './event-bus.error.js';

/** One place where event data does not fit the definition: the path and the rule, never the value. */
export interface DataProblem {
  readonly path: string;
  readonly message: string;
}

/** The data given to `send` does not fit the event's definition; nothing was sent. */
export class InvalidEventDataError extends EventBusError {
  constructor(
    readonly problems: readonly DataProblem[],
    options: EventBusErrorOptions,
  ) {
    super(
      'INVALID_DATA',
      `Event data refused: ${problems.map((p) => `${p.path}: ${p.message}`).join('; ')}`,
      options,
    );
  }
}

/** Metadata given for an event is refused (reference: EventsMetadata's validators). */
export class InvalidMetadataError extends EventBusError {
  constructor(
    readonly field: string,
    message: string,
    options: EventBusErrorOptions = {},
  ) {
    super('INVALID_METADATA', `Event metadata refused: ${field}: ${message}`, options);
  }
}

/** A text is not a valid opaque key of the kind asked for. */
export class InvalidKeyError extends EventBusError {
  constructor(readonly kind: string) {
    super('INVALID_KEY', `Not a valid ${kind}`);
  }
}

/** No definition is known for the event type. */
export class UnknownEventError extends EventBusError {
  constructor(eventType: string, options: EventBusErrorOptions = {}) {
    super('UNKNOWN_EVENT', 'No definition is known for this event type', { ...options, eventType });
  }
}

/** The event is in the catalogue, but no Avro schema exists for its data, so it cannot travel. */
export class UnserializableEventError extends EventBusError {
  constructor(eventType: string, reason: string, options: EventBusErrorOptions = {}) {
    super('UNSERIALIZABLE_EVENT', `This event cannot be sent over the event bus: ${reason}`, {
      ...options,
      eventType,
    });
  }
}
