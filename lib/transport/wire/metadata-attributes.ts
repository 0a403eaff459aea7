import { isPlainDatetime, isPlainUuid, type QuickCheck } from '../../events/text/quick-checks.js';
import type { EventMetadata } from '../../events/event-metadata.js';
import { canonicalDatetime, datetimeFromDate } from '../../events/text/datetime.js';
import { canonicalUuid, decimalDigit, withoutOuterSpace } from '../../events/text/uuid.js';
import { asBuffer, decodeUtf8, sameBytes } from '../../common/bytes.js';
import { systemNow } from '../../common/clocks.js';
import { hostname } from 'node:os';
import { OPENEDX_EVENTS_SOURCELIB } from '../../events/catalog/open-edx-events.js';
import type { IncomingRecord } from '../transport.interface.js';
import type { EventBusErrorPlace } from '../../errors/index.js';

export type MetadataField = keyof EventMetadata;

/**
 * The name of each metadata field on a wire, in the order in which Python writes them
 * (behaviour of its Redis and Kafka producers; the two share the text forms, not the names).
 */
export type AttributeNames = Readonly<Record<MetadataField, string>>;

export const STREAM_FIELD_NAMES: AttributeNames = {
  type: 'type',
  id: 'id',
  source: 'source',
  time: 'time',
  minorversion: 'minorversion',
  sourcehost: 'sourcehost',
  sourcelib: 'sourcelib',
};

type Attribute = readonly [string, Uint8Array];

/** Writes the attributes of events' metadata: UTF-8 texts as Python writes them. */
export class MetadataWriter {
  private readonly fields: readonly MetadataField[];
  /** Of each field that most events share, what was written last. */
  private readonly last: ({ readonly text: string; readonly attribute: Attribute } | undefined)[];

  constructor(private readonly names: AttributeNames) {
    this.fields = Object.keys(names) as MetadataField[];
    this.last = this.fields.map(() => undefined);
  }

  /** Adds them to `attributes`. Their bytes are shared by events, and not to be changed. */
  write(metadata: EventMetadata, attributes: (readonly [string, Uint8Array | null])[]): void {
    const { fields, names, last } = this;
    for (let slot = 0; slot < fields.length; slot++) {
      const field = fields[slot]!;
      const value = metadata[field];
      const text = typeof value === 'object' ? value.join('.') : String(value);
      const before = last[slot];
      if (before?.text === text) {
        attributes.push(before.attribute);
        continue;
      }
      const attribute: Attribute = [names[field], Buffer.from(text)];
      attributes.push(attribute);
      if (!EACH_ITS_OWN.has(field) && text.length <= LONGEST_SHARED)
        last[slot] = { text, attribute };
    }
  }
}

/** In bytes or characters: what is longer is not kept. */
const LONGEST_SHARED = 1_000;

/** Fields that no two events share. */
const EACH_ITS_OWN: ReadonlySet<MetadataField> = new Set(['id', 'time']);

/**
 * The value of a metadata field from its text. Takes what Python takes (Python's `UUID`, `int`
 * and `fromisoformat`); undefined when the text is none of these, when an integer is too large to be
 * exact, and for a time that is not UTC.
 */
export function parseMetadataText<F extends MetadataField>(
  field: F,
  text: string,
): EventMetadata[F] | undefined {
  return PARSERS[field](text);
}

const PARSERS: { readonly [F in MetadataField]: (text: string) => EventMetadata[F] | undefined } = {
  type: (text) => text,
  id: canonicalUuid,
  source: (text) => text,
  time: (text) => {
    const time = canonicalDatetime(text);
    return time?.endsWith('+00:00') ? time : undefined;
  },
  minorversion: parsePythonInt,
  sourcehost: (text) => text,
  sourcelib: (text) => {
    const texts = text.split('.');
    const parts = new Array<number>(texts.length);
    for (let i = 0; i < texts.length; i++) {
      const number = parsePythonInt(texts[i]!);
      if (number === undefined) return undefined;
      parts[i] = number;
    }
    return parts;
  },
};

const UTC = Buffer.from('+00:00');
const isUtc: QuickCheck = (bytes, start, end) => {
  for (let i = 1; i <= UTC.length; i++) if (bytes[end - i] !== UTC[UTC.length - i]) return false;
  return isPlainDatetime(bytes, start, end);
};
const PLAIN: Partial<Readonly<Record<MetadataField, QuickCheck>>> = {
  id: isPlainUuid,
  time: isUtc,
};

/** The value of an id or a time in its usual form, which is its text; undefined: it must be parsed. */
export function plainMetadata(
  field: MetadataField,
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): string | undefined {
  return PLAIN[field]?.(bytes, start, end)
    ? asBuffer(bytes).toString('latin1', start, end)
    : undefined;
}

interface Shared {
  readonly bytes: Buffer;
  readonly value: unknown;
}

/** Reads the values of metadata fields from their bytes; those that most events share are decoded once. */
export class MetadataParser {
  private readonly last = new Map<MetadataField, Shared>();

  /** Undefined where the bytes are not UTF-8 or their text is none that Python takes. */
  parse<F extends MetadataField>(
    field: F,
    bytes: Uint8Array,
    start = 0,
    end = bytes.length,
  ): EventMetadata[F] | undefined {
    const last = this.last.get(field);
    if (last !== undefined && sameBytes(last.bytes, bytes, start, end))
      return last.value as EventMetadata[F];
    const plain = plainMetadata(field, bytes, start, end);
    if (plain !== undefined) return plain as EventMetadata[F];
    const text = decodeUtf8(bytes, start, end);
    const value = text === undefined ? undefined : parseMetadataText(field, text);
    if (value === undefined || EACH_ITS_OWN.has(field) || end - start > LONGEST_SHARED)
      return value;
    // A copy of the bytes: they lie in the memory of a whole fetch.
    const copy = Buffer.from(bytes.subarray(start, end));
    this.last.set(field, { bytes: copy, value: Object.freeze(value) });
    return value;
  }
}

/** The usual form, short enough to be exact. */
const PLAIN_INT = /^\d{1,15}$/;
const INTEGER = /^[+-]?\p{Nd}+(?:_\p{Nd}+)*$/u;
/** Python rejects more. */
const MOST_DIGITS = 4_300;
/** A sign, then digits of two code units with `_` between them. */
const LONGEST_INT = 1 + 3 * MOST_DIGITS;

/**
 * The integer that Python's `int(text)` gives: white space around it, `_` between digits and digits
 * of any script are taken. undefined for anything else and beyond 2^53 - 1, where a number would
 * not be exact.
 */
function parsePythonInt(text: string): number | undefined {
  if (PLAIN_INT.test(text)) return Number(text);
  const number = withoutOuterSpace(text);
  if (number.length > LONGEST_INT || !INTEGER.test(number)) return undefined;
  let [value, count] = [0, 0];
  for (const digit of number) {
    if (digit === '_' || digit === '+' || digit === '-') continue;
    if (++count > MOST_DIGITS) return undefined;
    value = value * 10 + decimalDigit(digit);
  }
  if (!Number.isSafeInteger(value)) return undefined;
  return number.startsWith('-') && value !== 0 ? -value : value;
}

/**
 * What a consumer takes for metadata that a record lacks: its own, as Python does.
 * Differently from Python the time is when the broker stored the record, where it is known.
 */
export class MetadataDefaults {
  readonly source: string;
  readonly sourcehost = hostname();
  readonly sourcelib = OPENEDX_EVENTS_SOURCELIB;
  readonly minorversion = 0;

  constructor(serviceName: string | undefined) {
    this.source = `openedx/${serviceName || 'SERVICE_NAME_UNSET'}/web`;
  }

  timeOf({ brokerTime }: IncomingRecord): string {
    return datetimeFromDate(new Date(brokerTime ?? systemNow())) ?? datetimeFromDate(new Date())!;
  }
}

type Bytes = Uint8Array | null | undefined;

/** Where an error in a record is: ids and places only; texts that are no type or id are left out. */
export function recordPlace(topic: string, typeBytes: Bytes, idBytes: Bytes): EventBusErrorPlace {
  const eventType = textOf(typeBytes);
  const eventId = parseMetadataText('id', textOf(idBytes));
  return {
    topic,
    ...(/^[\w.-]{1,200}$/.test(eventType) ? { eventType } : {}),
    ...(eventId === undefined ? {} : { eventId }),
  };
}

const textOf = (bytes: Bytes): string => decodeUtf8(bytes ?? new Uint8Array()) ?? '';
