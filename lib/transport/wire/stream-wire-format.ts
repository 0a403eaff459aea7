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
    const warnings: string[] = [];
    const fields = fieldsOf(record, warnings);
    const unusable = (reason: string): UnusableRecordError =>
      new UnusableRecordError(reason, recordPlace(record.topic, fields.type, fields.id));
    const read = <F extends MetadataField>(field: F): EventMetadata[F] | undefined => {
      const bytes = fields[field];
      if (!bytes?.length) {
        if (field === 'type') throw unusable('field type is missing');
        warnings.push(`field ${field} is missing; using the default`);
        return undefined;
      }
      const value = this.parser.parse(field, bytes);
      if (value === undefined) throw unusable(`field ${field} is not valid`);
      return value;
    };
    const { defaults } = this;
    const metadata: EventMetadata = {
      type: read('type')!,
      id: read('id') ?? idOf(position),
      minorversion: read('minorversion') ?? defaults.minorversion,
      source: read('source') ?? defaults.source,
      sourcehost: read('sourcehost') ?? defaults.sourcehost,
      time: read('time') ?? defaults.timeOf(record),
      sourcelib: read('sourcelib') ?? defaults.sourcelib,
    };
    if (record.value === null) throw unusable(`field ${BODY_FIELD} is missing`);
    return {
      type: metadata.type,
      metadata,
      sourcelibMissing: !fields.sourcelib?.length,
      body: record.value,
      warnings,
    };
  }
}

type Fields = { [F in MetadataField]: Uint8Array | null | undefined };

function fieldsOf({ attributes }: IncomingRecord, warnings: string[]): Fields {
  if (isUsual(attributes)) return valuesOf((slot) => attributes[slot]![1]);
  const fields = new Map<string, Uint8Array | null>();
  for (const [name, value] of attributes) {
    if (fields.has(name))
      warnings.push(`field ${outsideText(name)} is repeated; using the last one`);
    fields.set(name, value);
  }
  return valuesOf((slot) => fields.get(FIELD_ORDER[slot]!));
}

/** As Python writes them, and nothing else. */
function isUsual(attributes: IncomingRecord['attributes']): boolean {
  if (attributes.length !== FIELD_ORDER.length) return false;
  for (let i = 0; i < FIELD_ORDER.length; i++)
    if (attributes[i]![0] !== FIELD_ORDER[i]) return false;
  return true;
}

const FIELD_ORDER = [...Object.values(STREAM_FIELD_NAMES), BODY_FIELD];

/** `valueOf` gives the value at a place of `FIELD_ORDER`. */
function valuesOf(valueOf: (slot: number) => Uint8Array | null | undefined): Fields {
  return {
    type: valueOf(0),
    id: valueOf(1),
    source: valueOf(2),
    time: valueOf(3),
    minorversion: valueOf(4),
    sourcehost: valueOf(5),
    sourcelib: valueOf(6),
  };
}

function idOf({ topic, partition, offset }: RecordPosition): string {
  return uuidV5(URL_NAMESPACE, `openedx-event-bus:${topic}/${partition}/${offset}`);
}
