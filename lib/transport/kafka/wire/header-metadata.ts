import { UnusableRecordError } from '../../../errors/index.js';
import type { EventMetadata } from '../../../events/event-metadata.js';
import type { EventRecord, IncomingRecord } from '../../transport.interface.js';
import {
  type AttributeNames,
  decodeUtf8,
  metadataAttributes,
  type MetadataField,
  parseMetadataText,
} from '../../wire/metadata-attributes.js';
import { MetadataDefaults } from '../../wire/metadata-defaults.js';
import { recordPlace } from '../../wire/record-place.js';

/** In the order in which the reference writes them. The last two bear no prefix, as there. */
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

/** The ten headers of the reference, in its order. */
export function metadataHeaders(metadata: EventMetadata): (readonly [string, Uint8Array])[] {
  return [...(CONSTANT as [string, Uint8Array][]), ...metadataAttributes(metadata, NAMES)];
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

const EACH_ITS_OWN: ReadonlySet<MetadataField> = new Set(['id', 'time']);

export interface ReadHeaders {
  readonly metadata: EventMetadata;
  readonly sourcelibMissing: boolean;
  readonly warnings: readonly string[];
}

const FIELDS = new Map(
  Object.entries(NAMES).map(([field, name]) => [name, field as MetadataField]),
);

/** The metadata headers by field. */
function headersOf(record: EventRecord): Map<MetadataField, Uint8Array | null> {
  const headers = new Map<MetadataField, Uint8Array | null>();
  for (const [name, value] of record.attributes) {
    const field = FIELDS.get(name);
    if (field === undefined) continue;
    if (headers.has(field)) throw unusable(record, `header ${name} is repeated`);
    headers.set(field, value);
  }
  return headers;
}

/**
 * Reads event metadata from the headers of Kafka records by the rules of the reference: names are
 * compared exactly; a header that is missing takes its default with a warning, except `ce_type` and
 * `ce_id`; empty source and host stay empty; other headers and their number do not matter.
 */
export class HeaderReader {
  private readonly defaults: MetadataDefaults;
  /** The last value of each field that is the same in most records. */
  private readonly last = new Map<MetadataField, { bytes: Buffer; value: unknown }>();

  constructor(serviceName: string | undefined) {
    this.defaults = new MetadataDefaults(serviceName);
  }

  /**
   * Throws UnusableRecordError when `ce_type` or `ce_id` is missing, `ce_type` is empty, and for a
   * metadata header that is repeated, null, not UTF-8 or without a value of its kind.
   */
  read(record: IncomingRecord): ReadHeaders {
    const headers = headersOf(record);
    const warnings: string[] = [];
    const read = <F extends MetadataField>(
      field: F,
      missing: () => EventMetadata[F],
    ): EventMetadata[F] => {
      const name = NAMES[field];
      const bytes = headers.get(field);
      if (bytes === undefined) return missing();
      if (bytes === null) throw unusable(record, `header ${name} is null`);
      const last = this.last.get(field);
      if (last?.bytes.equals(bytes)) return last.value as EventMetadata[F];
      const text = decodeUtf8(bytes);
      if (text === undefined) throw unusable(record, `header ${name} is not UTF-8`);
      const value = parseMetadataText(field, text);
      if (value === undefined) throw unusable(record, `header ${name} is not valid`);
      // A copy of the bytes: they lie in the memory of a whole fetch.
      if (!EACH_ITS_OWN.has(field))
        this.last.set(field, { bytes: Buffer.from(bytes), value: Object.freeze(value) });
      return value;
    };
    const required = (field: 'type' | 'id'): string =>
      read(field, () => {
        throw unusable(record, `header ${NAMES[field]} is missing`);
      });
    const optional = <F extends MetadataField>(
      field: F,
      byDefault: () => EventMetadata[F],
    ): EventMetadata[F] =>
      read(field, () => {
        warnings.push(`header ${NAMES[field]} is missing; the default was taken`);
        return byDefault();
      });
    const type = required('type');
    if (type === '') throw unusable(record, `header ${NAMES.type} is empty`);
    const metadata: EventMetadata = {
      type,
      id: required('id'),
      minorversion: optional('minorversion', () => this.defaults.minorversion),
      source: optional('source', () => this.defaults.source),
      sourcehost: optional('sourcehost', () => this.defaults.sourcehost),
      time: optional('time', () => this.defaults.timeOf(record)),
      sourcelib: optional('sourcelib', () => this.defaults.sourcelib),
    };
    return {
      metadata,
      sourcelibMissing: !headers.has('sourcelib'),
      warnings,
    };
  }
}
