import { decodeUtf8 } from '../../../common/bytes.js';
import { UnusableRecordError } from '../../../errors/index.js';
import type { EventMetadata } from '../../../events/event-metadata.js';
import type { EventRecord, IncomingRecord } from '../../transport.interface.js';
import {
  type AttributeNames,
  type MetadataField,
  MetadataDefaults,
  MetadataParser,
  MetadataWriter,
  recordPlace,
} from '../../wire/metadata-attributes.js';

/** In the order in which Python writes them. The last two bear no prefix, as there. */
const NAMES: AttributeNames = {
  type: 'ce_type',
  id: 'ce_id',
  source: 'ce_source',
  time: 'ce_time',
  minorversion: 'ce_minorversion',
  sourcehost: 'sourcehost',
  sourcelib: 'sourcelib',
};
const AVRO = Buffer.from('application/avro');
const CONSTANT: EventRecord['attributes'] = [
  ['ce_specversion', Buffer.from('1.0')],
  ['content-type', AVRO],
  ['ce_datacontenttype', AVRO],
];

const WRITER = new MetadataWriter(NAMES);

/** The ten headers of Python, in its order. */
export function metadataHeaders(metadata: EventMetadata): (readonly [string, Uint8Array | null])[] {
  const headers = [...CONSTANT];
  WRITER.write(metadata, headers);
  return headers;
}

/** The error of a record that can never be turned into an event; its headers say which event it is. */
export function unusable(
  record: EventRecord,
  reason: string,
  cause?: unknown,
): UnusableRecordError {
  const first = (name: string) => record.attributes.find((header) => header[0] === name)?.[1];
  const place = recordPlace(record.topic, first(NAMES.type), first(NAMES.id));
  return new UnusableRecordError(reason, { ...place, cause });
}

export interface ReadHeaders {
  readonly metadata: EventMetadata;
  readonly sourcelibMissing: boolean;
  readonly warnings: readonly string[];
}

const FIELDS = Object.keys(NAMES) as MetadataField[];
const SLOTS = new Map(FIELDS.map((field, slot) => [NAMES[field], slot]));
const SLOT = Object.fromEntries(FIELDS.map((field, slot) => [field, slot])) as Record<
  MetadataField,
  number
>;
const NO_WARNINGS: readonly string[] = Object.freeze([]);

/**
 * Reads event metadata from the headers of Kafka records by the rules of Python: names are
 * compared exactly; a header that is missing takes its default with a warning, except `ce_type` and
 * `ce_id`; empty source and host stay empty; other headers and their number do not matter.
 */
export class HeaderReader {
  private readonly defaults: MetadataDefaults;
  private readonly parser = new MetadataParser();
  /** By slot, where the values of the record at hand lie: undefined where it has none. */
  private readonly found = new Array<Uint8Array | null | undefined>(FIELDS.length);
  private readonly starts = new Array<number>(FIELDS.length).fill(0);
  private readonly ends = new Array<number>(FIELDS.length).fill(0);
  private repeated = '';

  constructor(serviceName: string | undefined) {
    this.defaults = new MetadataDefaults(serviceName);
  }

  /**
   * Throws UnusableRecordError when `ce_type` or `ce_id` is missing, `ce_type` is empty, and for a
   * metadata header that is repeated, null, not UTF-8 or without a value of its kind.
   */
  read(record: IncomingRecord): ReadHeaders {
    this.find(record);
    const type = this.required(record, 'type');
    if (type === '') throw unusable(record, `header ${NAMES.type} is empty`);
    const metadata: EventMetadata = {
      type,
      id: this.required(record, 'id'),
      minorversion: this.value(record, 'minorversion') ?? this.defaults.minorversion,
      source: this.value(record, 'source') ?? this.defaults.source,
      sourcehost: this.value(record, 'sourcehost') ?? this.defaults.sourcehost,
      time: this.value(record, 'time') ?? this.defaults.timeOf(record),
      sourcelib: this.value(record, 'sourcelib') ?? this.defaults.sourcelib,
    };
    const { found } = this;
    return {
      metadata,
      sourcelibMissing: found[SLOT.sourcelib] === undefined,
      warnings: found.includes(undefined) ? warningsOf(found) : NO_WARNINGS,
    };
  }

  private find(record: IncomingRecord): void {
    this.found.fill(undefined);
    this.repeated = '';
    eachHeader(record, this.note);
    if (this.repeated !== '') throw unusable(record, `header ${this.repeated} is repeated`);
  }

  private readonly note = (
    name: string,
    bytes: Uint8Array | null,
    start: number,
    end: number,
  ): void => {
    const slot = SLOTS.get(name);
    if (slot === undefined) return;
    if (this.found[slot] !== undefined) this.repeated ||= name;
    this.found[slot] = bytes;
    this.starts[slot] = start;
    this.ends[slot] = end;
  };

  private required(record: EventRecord, field: 'type' | 'id'): string {
    const value = this.value(record, field);
    if (value === undefined) throw unusable(record, `header ${NAMES[field]} is missing`);
    return value;
  }

  /** Undefined when the header is missing. */
  private value<F extends MetadataField>(
    record: EventRecord,
    field: F,
  ): EventMetadata[F] | undefined {
    const slot = SLOT[field];
    const bytes = this.found[slot];
    if (bytes === undefined) return undefined;
    if (bytes === null) throw unusable(record, `header ${NAMES[field]} is null`);
    const [start, end] = [this.starts[slot]!, this.ends[slot]!];
    const value = this.parser.parse(field, bytes, start, end);
    if (value !== undefined) return value;
    const isText = decodeUtf8(bytes, start, end) !== undefined;
    throw unusable(record, `header ${NAMES[field]} is not ${isText ? 'valid' : 'UTF-8'}`);
  }
}

/** In the order in which the fields are read. */
function warningsOf(found: readonly unknown[]): string[] {
  return (['minorversion', 'source', 'sourcehost', 'time', 'sourcelib'] as const)
    .filter((field) => found[SLOT[field]] === undefined)
    .map((field) => `header ${NAMES[field]} is missing; using the default`);
}

/** Gets a header's name and where its value lies: from `start` to `end` of the bytes, null where it is null. */
export type HeaderVisitor = (
  name: string,
  bytes: Uint8Array | null,
  start: number,
  end: number,
) => void;

/** A record of which headers can be read where they lie, without a piece of memory for each. */
export interface RecordInPlace extends IncomingRecord {
  /** In the order of the wire, repeats too. */
  eachHeader(visit: HeaderVisitor): void;
}

export function eachHeader(record: IncomingRecord, visit: HeaderVisitor): void {
  if ('eachHeader' in record) (record as RecordInPlace).eachHeader(visit);
  else
    for (const [name, value] of record.attributes) visit(name, value, 0, value ? value.length : 0);
}
