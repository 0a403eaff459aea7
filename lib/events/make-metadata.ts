import { InvalidMetadataError } from '../errors/index.js';
import { OPENEDX_EVENTS_SOURCELIB } from './catalog/open-edx-events.js';
import type { EventDefinition } from './event-definition.js';
import type { EventMetadata, EventMetadataInput } from './event-metadata.js';
import { nowDatetime } from './text/clock.js';
import { canonicalDatetime, datetimeFromDate, utcOffsetOf } from './text/datetime.js';
import { canonicalUuid, newUuidV1 } from './text/uuid.js';

export interface MetadataDefaults {
  /** Names the service in `source`; empty or left out: `SERVICE_NAME_UNSET`, as in the reference. */
  readonly serviceName?: string | undefined;
  readonly hostname: string;
}

const FIELDS = ['id', 'minorversion', 'source', 'sourcehost', 'time', 'sourcelib'];

/**
 * Metadata of an event about to be sent: what is given, checked, and the reference's defaults for what
 * is left out or null (EventsMetadata, behaviour 1.5).
 *
 * Throws InvalidMetadataError, which names the field: for a wrong type, a time that is not in UTC (it is
 * refused, not converted), a name that is no field of metadata, and a `type` other than the event's.
 */
export function makeMetadata(
  definition: EventDefinition,
  input: EventMetadataInput | undefined,
  defaults: MetadataDefaults,
): EventMetadata {
  const refuse = (field: string, message: string): never => {
    throw new InvalidMetadataError(field, message, { eventType: definition.type });
  };
  const given = input ?? {};
  for (const [name, value] of Object.entries(given)) {
    if (name === 'type' && value === definition.type) continue;
    if (!FIELDS.includes(name)) {
      refuse(name, name === 'type' ? 'is that of another event' : 'is no field of metadata');
    }
  }
  return {
    type: definition.type,
    id: given.id == null ? newUuidV1() : (idOf(given.id) ?? refuse('id', 'must be a UUID')),
    minorversion: integerOf(given.minorversion ?? definition.minorVersion, refuse),
    source: textOf('source', given.source ?? defaultSource(defaults), refuse),
    sourcehost: textOf('sourcehost', given.sourcehost ?? defaults.hostname, refuse),
    time: given.time == null ? nowDatetime() : timeOf(given.time, refuse),
    sourcelib: [...sourcelibOf(given.sourcelib ?? OPENEDX_EVENTS_SOURCELIB, refuse)],
  };
}

type Refuse = (field: string, message: string) => never;

const defaultSource = ({ serviceName }: MetadataDefaults): string =>
  `openedx/${serviceName || 'SERVICE_NAME_UNSET'}/web`;

function idOf(id: unknown): string | undefined {
  return typeof id === 'string' ? canonicalUuid(id) : undefined;
}

function integerOf(value: unknown, refuse: Refuse): number {
  return Number.isSafeInteger(value)
    ? (value as number)
    : refuse('minorversion', 'must be an integer');
}

function textOf(field: string, value: unknown, refuse: Refuse): string {
  if (typeof value !== 'string') return refuse(field, 'must be a string');
  if (/\p{Surrogate}/u.test(value)) refuse(field, 'must be text that has a UTF-8 form');
  return value;
}

function timeOf(time: unknown, refuse: Refuse): string {
  if (time instanceof Date || Object.prototype.toString.call(time) === '[object Date]') {
    return datetimeFromDate(time as Date) ?? refuse('time', 'must be a valid Date');
  }
  const text = typeof time === 'string' ? canonicalDatetime(time) : undefined;
  if (text === undefined) return refuse('time', 'must be a Date or an ISO 8601 text');
  return utcOffsetOf(text) === 0 ? text : refuse('time', 'must be in UTC');
}

function sourcelibOf(value: unknown, refuse: Refuse): readonly number[] {
  const valid =
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((part) => Number.isSafeInteger(part) && part >= 0);
  return valid
    ? (value as readonly number[])
    : refuse('sourcelib', 'must be a list of one or more integers from 0');
}
