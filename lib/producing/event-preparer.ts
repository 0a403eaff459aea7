import { hostname } from 'node:os';
import { keyFieldOf, type KeyField } from '../codec/key-field.js';
import {
  ConfigurationError,
  InvalidEventDataError,
  LoopGuardError,
  NoRouteError,
  InvalidMetadataError,
  UnserializableEventError,
  UnusableRecordError,
} from '../errors/index.js';
import type { EventCatalog } from '../events/event-catalog.js';
import { outsideText } from '../errors/outside-text.js';
import { checkedDefinition, type EventDefinition } from '../events/event-definition.js';
import {
  type EventMetadata,
  compareReleases,
  parseWritableRelease,
  type Release,
  WRITABLE_RELEASES,
} from '../events/event-metadata.js';
import { makeMetadata } from '../events/make-metadata.js';
import type { PreparedEvent } from '../transport/wire-format.interface.js';
import type { AnyEvent, SendOptions } from './event-bus-producer.js';
import type { ProducerRoutes } from './producer-routes.js';
import { AsyncLocalStorage } from 'node:async_hooks';
import { codecFor } from '../codec/event-codec.js';
import { schemaVersionOf, schemaVersionCodecFor } from '../codec/history/schema-version-codec.js';
import { OPENEDX_EVENTS_SOURCELIB } from '../events/catalog/open-edx-events.js';

/** An event that is ready to be published to each of its topics, or to none where all are disabled. */
export interface Preparation {
  readonly id: string;
  readonly type: string;
  readonly events: readonly PreparedEvent[];
  /** Routes that were skipped because they are disabled. */
  readonly disabled: number;
}

interface Destination {
  readonly topic: string;
  readonly keyField: string | undefined;
}

export interface EventPreparerOptions {
  readonly catalog: Pick<EventCatalog, 'require'>;
  readonly routes: ProducerRoutes;
  readonly serviceName: string | undefined;
  /** Release whose schema versions are written; a send's own `writeAs` goes before it. */
  readonly writeAs?: string | undefined;
  /** Records have a key on the wire: a key field that cannot be one is rejected. */
  readonly writesKeys?: boolean | undefined;
}

/** Turns a call of `send` into prepared events: routes, loop guard, metadata, body, key. No I/O. */
export class EventPreparer {
  private readonly host = hostname();
  private readonly keyFields = new WeakMap<EventDefinition, Map<string, KeyField>>();

  constructor(private readonly options: EventPreparerOptions) {}

  /** Throws as `EventBusProducer.send` rejects where nothing was sent. */
  prepare(event: AnyEvent, data: unknown, options: SendOptions = {}): Preparation {
    const definition =
      typeof event === 'string' ? this.options.catalog.require(event) : checkedDefinition(event);
    const type = definition.type;
    const { destinations, disabled } = this.destinationsOf(type, options);
    if (!options.allowLoop && isInsideHandlerOf(type)) throw new LoopGuardError(type);
    const writing = writingOf(definition, options.writeAs ?? this.options.writeAs);
    const { release } = writing;
    const made = makeMetadata(definition, options.metadata, {
      hostname: this.host,
      serviceName: this.options.serviceName,
      sourcelib: release,
    });
    const metadata = release === undefined ? made : assertOfRelease(made, release);
    const body = encode(() => writing.encode(data, metadata), metadata);
    const events = destinations.map(({ topic, keyField }) => ({
      type,
      topic,
      metadata,
      key: keyField === undefined ? null : this.keyOf(definition, keyField, writing, body),
      body,
      schema: writing.schema,
      attributes: [],
    }));
    return { id: metadata.id, type, events, disabled };
  }

  private destinationsOf(
    type: string,
    { topic, keyField }: SendOptions,
  ): { destinations: readonly Destination[]; disabled: number } {
    const { routes } = this.options;
    if (topic !== undefined) {
      if (!isTopic(topic)) refuse('topic', topic, 'a topic name');
      if (keyField !== undefined && typeof keyField !== 'string')
        refuse('keyField', keyField, 'a dotted field path');
      const ofRoute = routes.keyFieldOn(topic, type);
      return { destinations: [{ topic, keyField: keyField ?? ofRoute }], disabled: 0 };
    }
    const known = routes.of(type);
    if (known === undefined) throw new NoRouteError(type);
    return { destinations: known.enabled, disabled: known.disabled.length };
  }

  /** Read from the body: the data may give another value when it is read a second time. */
  private keyOf(
    definition: EventDefinition,
    path: string,
    writing: EventWriting,
    body: Buffer,
  ): PreparedEvent['key'] {
    const field = this.keyFieldFor(definition, path);
    if (field.schema !== null && field.readBody) {
      const value = writing.decode ? field.read(writing.decode(body)) : field.readBody(body);
      return { value, schema: field.schema };
    }
    if (this.options.writesKeys)
      refuse(
        'keyField',
        path,
        `the path of a field that can be the key of ${definition.type} (${field.problem})`,
      );
    return null;
  }

  private keyFieldFor(definition: EventDefinition, path: string): KeyField {
    let known = this.keyFields.get(definition);
    if (!known) this.keyFields.set(definition, (known = new Map<string, KeyField>()));
    let field = known.get(path);
    if (!field) known.set(path, (field = keyFieldOf(definition, path)));
    return field;
  }
}

/** Half a surrogate pair has no bytes of its own: the event would go to another topic. */
const isTopic = (topic: unknown): boolean =>
  typeof topic === 'string' && topic !== '' && !/\p{Cs}/u.test(topic);

/** Names the event in what the codec rejects. */
function encode(run: () => Buffer, { type, id }: EventMetadata): Buffer {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof InvalidEventDataError)) throw error;
    const place = { eventType: type, eventId: id, cause: error };
    throw new InvalidEventDataError(error.problems, place);
  }
}

function refuse(setting: string, value: unknown, allowed: string): never {
  const found = typeof value === 'string' ? `'${outsideText(value)}'` : typeof value;
  throw new ConfigurationError([{ setting: `send option ${setting}`, found, allowed }]);
}

const handledType = new AsyncLocalStorage<string>();

/**
 * Runs a handler of an event of that type. Everything that it starts, however late, is inside: there a send
 * of the same event type is rejected unless it says `allowLoop`.
 */
export function runInsideHandler<T>({ type }: { readonly type: string }, run: () => T): T {
  return handledType.run(type, run);
}

/** Whether the caller runs inside a handler of this event type, on whatever bus. */
export function isInsideHandlerOf(eventType: string): boolean {
  return handledType.getStore() === eventType;
}

/** How the body of an event is written. */
export interface EventWriting {
  readonly schema: string;
  /** The release that its metadata names; undefined: our own, or what the caller gave. */
  readonly release: Release | undefined;
  /** Throws InvalidEventDataError, and InvalidMetadataError for the `sourcelib` of `metadata`. */
  encode(data: unknown, metadata: EventMetadata): Buffer;
  /** Where the schema version is an earlier one: what a reader of today makes of a body. */
  readonly decode?: (body: Buffer) => unknown;
}

/**
 * Writes with the schema version that `writeAs` had, and its `sourcelib`; undefined or `current`: our own.
 *
 * Throws ConfigurationError where `writeAs` is no release that can be written for, and
 * UnserializableEventError where that release has no such event. `encode` rejects a `sourcelib` beside
 * `writeAs` that is another release, and one whose release had another schema version, where the body would
 * be read in that one without any sign.
 */
export function writingOf(definition: EventDefinition, writeAs: string | undefined): EventWriting {
  if (writeAs === undefined || writeAs === 'current') {
    const codec = codecFor(definition);
    const encode = (data: unknown, { sourcelib }: EventMetadata) => {
      const body = codec.encode(data);
      assertUnmistakable(definition, body, sourcelib);
      return body;
    };
    return { schema: codec.schema, release: undefined, encode };
  }
  const release = releaseOf(writeAs);
  const version = schemaVersionOf(definition.type, release);
  if (version.status === 'older-than-history')
    throw new UnserializableEventError(
      definition.type,
      `openedx-events ${writeAs} does not define this event. To send it with the current schema, pass { writeAs: 'current' }`,
    );
  const codec =
    version.status === 'known' ? schemaVersionCodecFor(definition, version) : codecFor(definition);
  const writing = { schema: codec.schema, release, encode: (data: unknown) => codec.encode(data) };
  if (version.status !== 'known') return writing;
  return { ...writing, decode: (body: Buffer) => codec.decode(body) as unknown };
}

function releaseOf(writeAs: unknown): Release {
  const release = typeof writeAs === 'string' ? parseWritableRelease(writeAs) : undefined;
  if (release !== undefined) return release;
  const found = typeof writeAs === 'string' ? `'${writeAs}'` : typeof writeAs;
  const allowed = `${WRITABLE_RELEASES}, or 'current'`;
  throw new ConfigurationError([{ setting: 'send option writeAs', found, allowed }]);
}

/** Throws InvalidMetadataError where readers would take a body in our schema version for one in that of `sourcelib`. */
export function assertUnmistakable(
  definition: EventDefinition,
  body: Uint8Array,
  sourcelib: Release,
): void {
  if (compareReleases(sourcelib, OPENEDX_EVENTS_SOURCELIB) === 0) return;
  const version = schemaVersionOf(definition.type, sourcelib);
  if (version.status !== 'known') return;
  try {
    schemaVersionCodecFor(definition, version).decode(body);
  } catch (error) {
    if (error instanceof UnusableRecordError) return;
    throw error;
  }
  const release = sourcelib.join('.');
  throw new InvalidMetadataError(
    'sourcelib',
    `consumers would decode this event with the schema of openedx-events ${release}, but it is encoded with the current schema. To encode it with the schema of ${release}, pass { writeAs: '${release}' }`,
    { eventType: definition.type },
  );
}

/** Metadata of an event that is written as `release`. Throws InvalidMetadataError where it names another one. */
export function assertOfRelease(metadata: EventMetadata, release: Release): EventMetadata {
  const { type, sourcelib } = metadata;
  if (compareReleases(sourcelib, release) === 0) return { ...metadata, sourcelib: release };
  throw new InvalidMetadataError('sourcelib', 'must be the release given as writeAs', {
    eventType: type,
  });
}
