import { EventBusError, type EventBusErrorOptions } from './event-bus.error.js';

/** One place where event data does not fit the definition. It never holds the value, which may be personal data. */
export interface DataProblem {
  /** Such as `user.pii.email` or `items[2].id`; `data` for the data as a whole. An entry of a map has its number. */
  readonly path: string;
  /** The rule that is broken, such as `expected string, got number` or `missing`. */
  readonly message: string;
}

/** The data does not match the event definition; nothing was sent. */
export class InvalidEventDataError extends EventBusError {
  constructor(
    /** At least one and at most a hundred, in the order of the definition's fields. */
    readonly problems: readonly DataProblem[],
    options: EventBusErrorOptions,
  ) {
    super(
      'INVALID_DATA',
      `Invalid event data: ${problems.map((p) => `${p.path}: ${p.message}`).join('; ')}`,
      options,
    );
  }
}

/** The metadata given for an event is not valid, by the rules of Python's `EventsMetadata`; nothing was sent. */
export class InvalidMetadataError extends EventBusError {
  constructor(
    /** The field of `EventMetadataInput` that is not valid; `metadata` where the object as a whole is not. */
    readonly field: string,
    message: string,
    options: EventBusErrorOptions = {},
  ) {
    super('INVALID_METADATA', `Invalid event metadata: ${field}: ${message}`, options);
  }
}

/** A string is not a valid opaque key of the kind asked for. The message does not hold the string. */
export class InvalidKeyError extends EventBusError {
  constructor(
    /** The kind of key that was asked for, such as `CourseKey`. */
    readonly kind: string,
  ) {
    super('INVALID_KEY', `Not a valid ${kind}`);
  }
}

/** The bus has no definition for the event type: add it with `events` of `forRoot` or with `forFeature`. */
export class UnknownEventError extends EventBusError {
  /** `suggestion` is put behind the message. */
  constructor(eventType: string, options: EventBusErrorOptions = {}, suggestion = '') {
    const message = `Unknown event type: no definition is registered${suggestion}`;
    super('UNKNOWN_EVENT', message, { ...options, eventType });
  }
}

/** The event is in the catalogue but has no Avro schema, so it cannot be sent or received. */
export class UnserializableEventError extends EventBusError {
  constructor(eventType: string, reason: string, options: EventBusErrorOptions = {}) {
    super('UNSERIALIZABLE_EVENT', `This event cannot be sent over the event bus: ${reason}`, {
      ...options,
      eventType,
    });
  }
}
