import { types } from 'node:util';
import { InvalidMetadataError } from '../errors/index.js';
import { outsideText } from '../errors/outside-text.js';
import { UNREADABLE } from '../errors/thrown-values.js';
import { OPENEDX_EVENTS_SOURCELIB } from './catalog/open-edx-events.js';
import type { EventDefinition } from './event-definition.js';
import type { EventMetadata, EventMetadataInput } from './event-metadata.js';
import { nowDatetime, canonicalDatetime, datetimeFromDate, utcOffsetOf } from './text/datetime.js';
import { canonicalUuid, newUuidV1 } from './text/uuid.js';

export interface MetadataDefaults {
  /** Names the service in `source`; empty or left out: `SERVICE_NAME_UNSET`, as in Python. */
  readonly serviceName?: string | undefined;
  readonly hostname: string;
  /** Default: the openedx-events release of the catalogue. */
  readonly sourcelib?: readonly number[] | undefined;
}

const FIELDS = ['id', 'minorversion', 'source', 'sourcehost', 'time', 'sourcelib'] as const;

/**
 * Metadata of an event about to be sent: what is given, checked, and Python's defaults for what
 * is left out or null (as Python's EventsMetadata). Each property is read once.
 *
 * Throws InvalidMetadataError, which names the field: for a wrong type, a time that is not in UTC (it is
 * rejected, not converted), a name that is no field of metadata, a `type` or `event_type` other than the event's, and
 * what cannot be read.
 */
export function makeMetadata(
  definition: EventDefinition,
  input: EventMetadataInput | undefined,
  defaults: MetadataDefaults,
): EventMetadata {
  const refuse = (field: string, message: string, cause?: unknown): never => {
    throw new InvalidMetadataError(field, message, { eventType: definition.type, cause });
  };
  if (input === undefined || input === null) return metadataOf(definition, {}, defaults, refuse);
  if (typeof input !== 'object') return refuse('metadata', 'must be an object');
  try {
    return metadataOf(definition, givenIn(input, definition.type, refuse), defaults, refuse);
  } catch (error) {
    if (error instanceof InvalidMetadataError) throw error;
    return refuse('metadata', UNREADABLE, error);
  }
}

type Given = { [Field in (typeof FIELDS)[number]]?: unknown };

function givenIn(input: object, type: string, refuse: Refuse): Given {
  const members = input as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(members)) {
    if ((FIELDS as readonly string[]).includes(name)) continue;
    // As Python's JSON of metadata, and ours, calls it.
    if (name !== 'type' && name !== 'event_type')
      refuse(outsideText(name, 80), 'is not a metadata field');
    if (members[name] !== type) refuse(name, 'belongs to another event');
  }
  const given: Given = {};
  for (const field of FIELDS) given[field] = members[field];
  return given;
}

function metadataOf(
  { type, minorVersion }: EventDefinition,
  given: Given,
  defaults: MetadataDefaults,
  refuse: Refuse,
): EventMetadata {
  const { id, time } = given;
  return {
    type,
    id: id == null ? newUuidV1() : (idOf(id) ?? refuse('id', 'must be a UUID')),
    minorversion: integerOf(given.minorversion ?? minorVersion, refuse),
    source: textOf('source', given.source ?? defaultSource(defaults), refuse),
    sourcehost: textOf('sourcehost', given.sourcehost ?? defaults.hostname, refuse),
    time: time == null ? nowDatetime() : timeOf(time, refuse),
    sourcelib:
      given.sourcelib == null
        ? [...(defaults.sourcelib ?? OPENEDX_EVENTS_SOURCELIB)]
        : sourcelibOf(given.sourcelib, refuse),
  };
}

type Refuse = (field: string, message: string, cause?: unknown) => never;

const defaultSource = ({ serviceName }: MetadataDefaults): string =>
  `openedx/${serviceName || 'SERVICE_NAME_UNSET'}/web`;

function idOf(id: unknown): string | undefined {
  return typeof id === 'string' ? canonicalUuid(id) : undefined;
}

function integerOf(value: unknown, refuse: Refuse): number {
  return Number.isSafeInteger(value)
    ? (value as number) + 0
    : refuse('minorversion', 'must be an integer');
}

function textOf(field: string, value: unknown, refuse: Refuse): string {
  if (typeof value !== 'string') return refuse(field, 'must be a string');
  if (/\p{Surrogate}/u.test(value)) refuse(field, 'must be valid Unicode (no unpaired surrogates)');
  return value;
}

function timeOf(time: unknown, refuse: Refuse): string {
  if (types.isDate(time)) return datetimeFromDate(time) ?? refuse('time', 'must be a valid Date');
  const text = typeof time === 'string' ? canonicalDatetime(time) : undefined;
  if (text === undefined) return refuse('time', 'must be a Date or an ISO 8601 string');
  return utcOffsetOf(text) === 0 ? text : refuse('time', 'must be in UTC');
}

/** A release has a handful of parts. */
const MOST_PARTS = 100;

/** A copy: what was checked is what is written. */
function sourcelibOf(value: unknown, refuse: Refuse): readonly number[] {
  const message = `must be an array of 1 to ${MOST_PARTS} non-negative integers`;
  if (!Array.isArray(value)) return refuse('sourcelib', message);
  const { length } = value;
  if (!(length >= 1 && length <= MOST_PARTS)) return refuse('sourcelib', message);
  const parts = new Array<number>(length);
  for (let i = 0; i < length; i++) {
    const part: unknown = value[i];
    if (!Number.isSafeInteger(part) || (part as number) < 0) return refuse('sourcelib', message);
    // Minus zero is an integer, too, but is written as 0.
    parts[i] = (part as number) + 0;
  }
  return parts;
}
