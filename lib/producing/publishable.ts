import { types } from 'node:util';
import { codecFor } from '../codec/event-codec.js';
import { EventBusError, InvalidEventDataError, ConfigurationError } from '../errors/index.js';
import { isEventBusError, UNREADABLE } from '../errors/thrown-values.js';
import type { EventCatalog } from '../events/event-catalog.js';
import type { EventDefinition } from '../events/event-definition.js';
import { makeMetadata } from '../events/make-metadata.js';
import type { PreparedEvent } from '../transport/wire-format.interface.js';
import { assertUnmistakable } from './event-preparer.js';
import { outsideText } from '../errors/outside-text.js';
import type { SendOptions } from './event-bus-producer.js';

/**
 * A prepared event that is about to be published, each part of it read once and checked: it may have
 * been stored, come back changed or without its bytes, or have been put together by hand. The body of an
 * event that the bus knows is read as a reader would.
 *
 * Throws InvalidEventDataError and InvalidMetadataError.
 */
export function publishableOf(
  given: PreparedEvent,
  catalog: Pick<EventCatalog, 'get'>,
): PreparedEvent {
  try {
    return new Check(given).run(catalog);
  } catch (error) {
    throw refusalOf(error, typeNamed(given));
  }
}

class Check {
  constructor(private readonly given: PreparedEvent) {}

  run(catalog: Pick<EventCatalog, 'get'>): PreparedEvent {
    const { type, topic, metadata, key, body, schema, attributes } = this.given;
    this.need('type', isName(type), 'must be an event type');
    this.need('topic', isName(topic), 'must be a topic name');
    this.need(
      'body',
      types.isUint8Array(body),
      'must be a Uint8Array; convert the stored value back to bytes before publishing it',
    );
    this.need('schema', typeof schema === 'string', 'must be an Avro schema as a string');
    this.need('attributes', Array.isArray(attributes), 'must be an array');
    const event = {
      type,
      topic,
      metadata: this.metadata(type, metadata),
      key: this.key(key),
      body,
      schema,
      attributes: Array.from(attributes, (attribute) => this.attribute(attribute)),
    };
    const definition = catalog.get(type);
    if (definition) this.assertReadable(event, definition);
    return event;
  }

  private metadata(type: string, given: PreparedEvent['metadata']): PreparedEvent['metadata'] {
    this.need('metadata', typeof given === 'object' && given !== null, 'must be an object');
    const { id, minorversion, source, sourcehost, time, sourcelib, type: named } = given;
    const members = { id, minorversion, source, sourcehost, time, sourcelib };
    for (const [name, value] of Object.entries({ ...members, type: named }))
      this.need(`metadata.${name}`, value !== undefined && value !== null, 'missing');
    this.need('metadata.type', named === type, 'belongs to another event');
    return makeMetadata({ type, minorVersion: 0, data: {} }, members, { hostname: sourcehost });
  }

  private key(given: PreparedEvent['key']): PreparedEvent['key'] {
    if (given === null) return null;
    this.need('key', typeof given === 'object', 'must be an object or null');
    const { value, schema } = given;
    const kinds = ['string', 'number', 'bigint', 'boolean'];
    this.need('key.value', kinds.includes(typeof value), 'must be a string, a number or a boolean');
    this.need('key.schema', typeof schema === 'string', 'must be an Avro schema as a string');
    return { value, schema };
  }

  private attribute(
    given: PreparedEvent['attributes'][number],
  ): readonly [string, Uint8Array | null] {
    const [name, value] = given;
    this.need('attributes', isName(name), 'must each have a name');
    this.need(
      'attributes',
      value === null || types.isUint8Array(value),
      'must each have bytes or null as value',
    );
    return [name, value];
  }

  private assertReadable(event: PreparedEvent, definition: EventDefinition): void {
    const codec = codecFor(definition);
    try {
      codec.decode(event.body, event.schema);
    } catch (cause) {
      if (!(cause instanceof EventBusError) || cause.code === 'UNUSABLE_RECORD')
        this.refuse('body', 'does not match its schema, or cannot be read as this event', cause);
      throw cause;
    }
    if (event.schema === codec.schema)
      assertUnmistakable(definition, event.body, event.metadata.sourcelib);
  }

  private need(path: string, holds: boolean, message: string): void {
    if (!holds) this.refuse(path, message);
  }

  private refuse(path: string, message: string, cause?: unknown): never {
    const { topic } = this.given;
    throw new InvalidEventDataError([{ path, message }], {
      eventType: typeNamed(this.given),
      ...(typeof topic === 'string' ? { topic } : {}),
      cause,
    });
  }
}

const isName = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && !/\p{Cs}/u.test(value);

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
  if (isEventBusError(thrown)) return thrown;
  const problems = [{ path: 'data', message: UNREADABLE }];
  return new InvalidEventDataError(problems, { eventType, cause: thrown });
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
