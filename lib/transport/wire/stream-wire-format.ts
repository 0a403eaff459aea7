import { UnusableRecordError } from '../../errors/index.js';
import { outsideText } from '../../errors/outside-text.js';
import type { EventMetadata } from '../../events/event-metadata.js';
import { uuidV5 } from '../../events/text/uuid.js';
import type { IncomingRecord, OutgoingRecord, RecordPosition } from '../transport.interface.js';
import type { PreparedEvent, ReceivedEvent, WireFormat } from '../wire-format.interface.js';
import {
  type MetadataField,
  STREAM_FIELD_NAMES,
  MetadataDefaults,
  MetadataParser,
  MetadataWriter,
  recordPlace,
} from './metadata-attributes.js';

const BODY_FIELD = 'event_data';
const URL_NAMESPACE = '6ba7b811-9dad-11d1-80b4-00c04fd430c8';

export interface StreamWireFormatOptions {
  /** Service name for the default `source`. */
  readonly serviceName?: string | undefined;
}

/**
 * An event as a stream entry, as Python's Redis package writes and reads it: the fields
 * `type, id, source, time, minorversion, sourcehost, sourcelib, event_data` in this order, the body
 * bare Avro without framing, then the event's extra attributes.
 *
 * A record's attributes are all its fields, `event_data` included; its `value` is the same bytes.
 */
export class StreamWireFormat implements WireFormat {
  private readonly defaults: MetadataDefaults;
  private readonly parser = new MetadataParser();
  private readonly writer = new MetadataWriter(STREAM_FIELD_NAMES);

  constructor({ serviceName }: StreamWireFormatOptions = {}) {
    this.defaults = new MetadataDefaults(serviceName);
  }

  toRecord(event: PreparedEvent, fullTopic: string): OutgoingRecord {
    const { metadata, body, key, attributes } = event;
    const fields: [string, Uint8Array | null][] = [];
    this.writer.write(metadata, fields);
    fields.push([BODY_FIELD, body]);
    for (const [name, value] of attributes) fields.push([name, value]);
    return {
      topic: fullTopic,
      key: null,
      attributes: fields,
      value: body,
      ...(key === null ? {} : { orderKey: String(key.value) }),
    };
  }

  /**
   * Throws UnusableRecordError when `type` or `event_data` is missing, and for a value that
   * Python rejects. What else is missing or empty takes Python's default (the consumer's
   * own `source`, `sourcehost` and `sourcelib`, minor version 0) with a warning; unlike in
   * Python, `time` is then the broker's where it is known, and `id` a UUID version 5 of topic and
   * position, so that a redelivery is the same event. Of a repeated field the last counts, warned.
   */
  fromRecord(record: IncomingRecord, position: RecordPosition): ReceivedEvent {
    const fields = isUsual(record.attributes) ? record.attributes : inOrder(record.attributes);
    const { defaults } = this;
    const metadata: EventMetadata = {
      type: this.read('type', record, fields)!,
      id: this.read('id', record, fields) ?? idOf(position),
      minorversion: this.read('minorversion', record, fields) ?? defaults.minorversion,
      source: this.read('source', record, fields) ?? defaults.source,
      sourcehost: this.read('sourcehost', record, fields) ?? defaults.sourcehost,
      time: this.read('time', record, fields) ?? defaults.timeOf(record),
      sourcelib: this.read('sourcelib', record, fields) ?? defaults.sourcelib,
    };
    if (record.value === null) throw unusable(`field ${BODY_FIELD} is missing`, record, fields);
    return {
      type: metadata.type,
      metadata,
      sourcelibMissing: isMissing(fields, 'sourcelib'),
      body: record.value,
      warnings: warningsOf(record.attributes, fields),
    };
  }

  /** Undefined where it is missing or empty. */
  private read<F extends MetadataField>(
    field: F,
    record: IncomingRecord,
    fields: Fields,
  ): EventMetadata[F] | undefined {
    if (isMissing(fields, field)) {
      if (field === 'type') throw unusable('field type is missing', record, fields);
      return undefined;
    }
    const value = this.parser.parse(field, fields[SLOT[field]]![1]!);
    if (value === undefined) throw unusable(`field ${field} is not valid`, record, fields);
    return value;
  }
}

const FIELD_ORDER = [...Object.values(STREAM_FIELD_NAMES), BODY_FIELD];
const SLOT = Object.fromEntries(
  Object.keys(STREAM_FIELD_NAMES).map((field, slot) => [field, slot]),
) as Record<MetadataField, number>;
/** In the order in which the warnings name them. */
const OPTIONAL_FIELDS = [
  'id',
  'minorversion',
  'source',
  'sourcehost',
  'time',
  'sourcelib',
] as const satisfies readonly MetadataField[];
const NO_WARNINGS: readonly string[] = Object.freeze([]);

/** The fields of an event, each at its place in `FIELD_ORDER`. */
type Fields = readonly (readonly [string, Uint8Array | null] | undefined)[];

/** As Python writes them, and nothing else. */
function isUsual(attributes: IncomingRecord['attributes']): boolean {
  if (attributes.length !== FIELD_ORDER.length) return false;
  for (let i = 0; i < FIELD_ORDER.length; i++)
    if (attributes[i]![0] !== FIELD_ORDER[i]) return false;
  return true;
}

/** Of a repeated field the last one. */
function inOrder(attributes: IncomingRecord['attributes']): Fields {
  const fields = new Map<string, Fields[number]>();
  for (const attribute of attributes) fields.set(attribute[0], attribute);
  return FIELD_ORDER.map((name) => fields.get(name));
}

function isMissing(fields: Fields, field: MetadataField): boolean {
  return !fields[SLOT[field]]?.[1]?.length;
}

/** Of fields that are repeated, then of those that are missing. */
function warningsOf(attributes: IncomingRecord['attributes'], fields: Fields): readonly string[] {
  let warnings: string[] | undefined;
  if (fields !== attributes) {
    const names = new Set<string>();
    for (const [name] of attributes)
      if (names.has(name))
        (warnings ??= []).push(`field ${outsideText(name)} is repeated; using the last one`);
      else names.add(name);
  }
  for (const field of OPTIONAL_FIELDS)
    if (isMissing(fields, field))
      (warnings ??= []).push(`field ${field} is missing; using the default`);
  return warnings ?? NO_WARNINGS;
}

function unusable(reason: string, { topic }: IncomingRecord, fields: Fields): UnusableRecordError {
  const place = recordPlace(topic, fields[SLOT.type]?.[1], fields[SLOT.id]?.[1]);
  return new UnusableRecordError(reason, place);
}

function idOf({ topic, partition, offset }: RecordPosition): string {
  return uuidV5(URL_NAMESPACE, `openedx-event-bus:${topic}/${partition}/${offset}`);
}
