import { BoundedMap } from '../../../common/bounded-map.js';
import { decodeUtf8 } from '../../../common/bytes.js';
import { readUnsigned, zigzagBytes } from '../../../common/varint.js';
import {
  ClosedError,
  ServiceUnavailableError,
  UnusableRecordError,
  InvalidEventDataError,
} from '../../../errors/index.js';
import type { IncomingRecord, OutgoingRecord, RecordPosition } from '../../transport.interface.js';
import type {
  PreparedEvent,
  ReceivedEvent,
  WireFormat,
  EventSchemas,
  SubjectComparison,
  WrittenBody,
} from '../../wire-format.interface.js';
import type { SchemaRegistry, SchemaRegistryClient } from '../registry/schema-registry.js';
import { frame, unframe, keySubject, valueSchemaName, valueSubject } from './confluent-frame.js';
import { HeaderReader, metadataHeaders, type ReadHeaders, unusable } from './header-metadata.js';
import type { AsyncResource } from 'node:async_hooks';
import { hereContext } from '../../../common/async-contexts.js';

export interface KafkaWireFormatOptions {
  readonly registry: SchemaRegistry;
  /** Service name for the default `source`. */
  readonly serviceName?: string | undefined;
}

/**
 * An event as a Kafka record, as Python's Kafka package writes and reads it: its ten headers
 * and then the event's extra attributes, key and value in Confluent framing, each with the id of its
 * schema in the registry. Without a key field the key is null.
 *
 * Answers at once when the registry's part is known already.
 */
export class KafkaWireFormat implements WireFormat {
  private readonly registry: SchemaRegistry;
  private readonly headers: HeaderReader;

  constructor({ registry, serviceName }: KafkaWireFormatOptions) {
    this.registry = registry;
    this.headers = new HeaderReader(serviceName);
  }

  /**
   * Throws InvalidEventDataError for a key that is not of its type. Rejects with SchemaRejectedError,
   * or with ServiceUnavailableError when the registry gives no id by the deadline (by `monotonicNow`).
   */
  toRecord(
    event: PreparedEvent,
    fullTopic: string,
    deadline: number,
  ): OutgoingRecord | Promise<OutgoingRecord> {
    const key = event.key && { ...event.key, ...encodeKey(event.key) };
    const idOfKey = (): number | Promise<number> | null =>
      key && this.registry.idOf(keySubject(fullTopic, key.avroType), key.schema, deadline);
    const idOfValue = (): number | Promise<number> =>
      this.registry.idOf(valueSubject(fullTopic, event.type), event.schema, deadline);

    // The key's schema first, as Python registers them.
    const keyId = idOfKey();
    if (keyId instanceof Promise)
      return keyId.then(async (id) => outgoing(event, fullTopic, key, id, await idOfValue()));
    const valueId = idOfValue();
    if (valueId instanceof Promise)
      return valueId.then((id) => outgoing(event, fullTopic, key, keyId, id));
    return outgoing(event, fullTopic, key, keyId, valueId);
  }

  keyText(key: Uint8Array): string | undefined {
    return keyText(key);
  }

  /**
   * Throws UnusableRecordError for a null value (a tombstone), a value that is not framed, headers
   * that break the rules of `HeaderReader`, and when the registry confirms that it lacks the schema.
   * Throws ServiceUnavailableError while the registry cannot be asked. It is not asked for the schema of an
   * event that nobody wants.
   */
  fromRecord(
    record: IncomingRecord,
    _position?: RecordPosition,
    isWanted: (type: string) => boolean = () => true,
  ): ReceivedEvent | Promise<ReceivedEvent> {
    if (record.value === null) throw unusable(record, reasonOf(record));
    const read = this.headers.read(record);
    const framed = unframe(record.value);
    if (typeof framed === 'string') throw unusable(record, framed);
    const { schemaId, body } = framed;
    const { type } = read.metadata;
    if (!isWanted(type)) return received(read, body, schemaId);
    const schema = this.registry.schemaOf(
      schemaId,
      valueSubject(record.topic, type),
      valueSchemaName(type),
    );
    if (typeof schema === 'string') return received(read, body, schemaId, schema);
    return schema.then(
      (text) => received(read, body, schemaId, text),
      (error: unknown) => {
        throw placed(error, record);
      },
    );
  }
}

function outgoing(
  { metadata, body, key: prepared, attributes }: PreparedEvent,
  topic: string,
  key: EncodedKey | null,
  keyId: number | null,
  valueId: number,
): OutgoingRecord {
  const headers = metadataHeaders(metadata);
  for (const attribute of attributes) headers.push(attribute);
  return {
    topic,
    key: key && keyId !== null ? frame(keyId, key.body) : null,
    attributes: headers,
    value: frame(valueId, body),
    ...(prepared === null ? {} : { orderKey: String(prepared.value) }),
  };
}

function received(
  { metadata, sourcelibMissing, warnings }: ReadHeaders,
  body: Uint8Array,
  schemaId: number,
  writerSchema?: string,
): ReceivedEvent {
  const { type } = metadata;
  return writerSchema === undefined
    ? { type, metadata, sourcelibMissing, body, schemaId, warnings }
    : { type, metadata, sourcelibMissing, body, schemaId, writerSchema, warnings };
}

function reasonOf({ unreadable }: IncomingRecord): string {
  if (unreadable === undefined) return 'the value is null (a tombstone)';
  const { reason, lost } = unreadable;
  if (lost === undefined) return reason;
  return `${lost.count} records, up to offset ${lost.last}, cannot be read: ${reason}`;
}

/** The registry knows ids and subjects only; which record it was about is added here. */
function placed(error: unknown, record: IncomingRecord): unknown {
  // It says nothing of the record.
  if (error instanceof ClosedError)
    return new ServiceUnavailableError('Schema registry', 'the bus is being closed', {
      cause: error,
    });
  if (!(error instanceof UnusableRecordError)) return error;
  return unusable(record, error.message.replace(/^Unusable record: /, ''), error);
}

/**
 * The text in a framed key that holds an Avro `string`, as nearly all keys of events do; undefined for
 * other bytes. The registry is not asked: what a key is called must not hold up its record.
 */
export function keyText(key: Uint8Array): string | undefined {
  const framed = unframe(key);
  if (typeof framed === 'string') return undefined;
  const { body } = framed;
  const length = readUnsigned(body, 0, body.length);
  // Zigzag: even numbers are the ones from zero up.
  if (!length?.value || length.value % 2 === 1 || length.end + length.value / 2 !== body.length)
    return undefined;
  return decodeUtf8(body, length.end);
}

export type PreparedKey = NonNullable<PreparedEvent['key']>;

export interface EncodedKey {
  readonly avroType: string;
  /** The Avro body, without framing. */
  readonly body: Buffer;
}

/**
 * The Avro body of a key. Its schema is the definition of the key's field, as Python sends it
 * (`{"name": "username", "type": "string"}`), which bears the primitive types only.
 *
 * Throws InvalidEventDataError, without the value, for a value that is not of the type.
 */
export function encodeKey({ value, schema }: PreparedKey): EncodedKey {
  const { name, type } = fieldIn(schema);
  const write = Object.hasOwn(WRITERS, type) ? WRITERS[type] : undefined;
  const body = write?.(value);
  if (body !== undefined) return { avroType: type, body };
  const message = write ? `is not a valid ${type}` : `a field of type ${type} cannot be a key`;
  throw new InvalidEventDataError([{ path: `key ${name}`, message }], {});
}

interface KeyFieldSchema {
  readonly name: string;
  readonly type: string;
}

const fields = new BoundedMap<string, KeyFieldSchema>({ entries: 10_000 });

function fieldIn(schema: string): KeyFieldSchema {
  let field = fields.get(schema);
  if (field === undefined) {
    field = parseField(schema);
    fields.set(schema, field);
  }
  return field;
}

function parseField(schema: string): KeyFieldSchema {
  try {
    const { name, type } = JSON.parse(schema) as { name?: unknown; type?: unknown };
    return { name: String(name), type: typeof type === 'string' ? type : 'record, list or map' };
  } catch {
    return { name: '(unnamed)', type: 'unknown' };
  }
}

/** Each gives undefined for a value that is not of the type. */
const WRITERS: Readonly<Record<string, (value: unknown) => Buffer | undefined>> = {
  string: (value) => {
    if (typeof value !== 'string' || /\p{Surrogate}/u.test(value)) return undefined;
    const text = Buffer.from(value);
    return Buffer.concat([zigzagBytes(text.length), text]);
  },
  long: (value) => {
    if (!Number.isSafeInteger(value) && typeof value !== 'bigint') return undefined;
    const long = BigInt(value as number | bigint);
    return BigInt.asIntN(64, long) === long ? zigzagBytes(long) : undefined;
  },
  boolean: (value) => (typeof value === 'boolean' ? Buffer.of(Number(value)) : undefined),
  double: (value) => {
    if (typeof value !== 'number') return undefined;
    const bytes = Buffer.allocUnsafe(8);
    bytes.writeDoubleLE(value);
    return bytes;
  },
};

/** Tells of each record the async context of whoever sent its event: records of many are published together. */
export class ContextKeepingWire implements WireFormat {
  constructor(
    private readonly wire: WireFormat,
    private readonly keep: (record: OutgoingRecord, context: AsyncResource) => void,
  ) {}

  toRecord(
    event: PreparedEvent,
    fullTopic: string,
    deadline: number,
  ): OutgoingRecord | Promise<OutgoingRecord> {
    const context = hereContext();
    const kept = (record: OutgoingRecord): OutgoingRecord => {
      this.keep(record, context);
      return record;
    };
    const made = this.wire.toRecord(event, fullTopic, deadline);
    return 'then' in made ? made.then(kept) : kept(made);
  }

  fromRecord(
    record: IncomingRecord,
    position: RecordPosition,
    isWanted?: (type: string) => boolean,
  ): ReceivedEvent | Promise<ReceivedEvent> {
    return this.wire.fromRecord(record, position, isWanted);
  }

  keyText(key: Uint8Array): string | undefined {
    return this.wire.keyText?.(key);
  }
}

/** The registry as a tool asks it: by event and full topic. */
export class KafkaEventSchemas implements EventSchemas {
  constructor(private readonly registry: SchemaRegistryClient) {}

  async read(value: Uint8Array, eventType: string): Promise<WrittenBody> {
    const framed = unframe(value);
    if (typeof framed === 'string') throw new UnusableRecordError(framed, { eventType });
    const { schemaId, body } = framed;
    const subject = `…-${eventType}.CloudEvent`;
    const name = valueSchemaName(eventType);
    return {
      body,
      schemaId,
      writerSchema: await this.registry.schemaById(schemaId, subject, name),
    };
  }

  async compare(
    eventType: string,
    fullTopic: string,
    schema: string,
    deadline: number,
  ): Promise<SubjectComparison> {
    const subject = valueSubject(fullTopic, eventType);
    return { subject, ...(await this.registry.compare(subject, schema, deadline)) };
  }
}
