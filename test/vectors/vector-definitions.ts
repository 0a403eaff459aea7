import { EventCatalog } from '../../lib/events/event-catalog.js';
import type { EventDefinition } from '../../lib/events/event-definition.js';
import type { AnyFieldType, Fields, RecordType } from '../../lib/events/field-type.js';
import * as field from '../../lib/events/fields.js';
import { type Described, edgeVectors } from './vector-files.js';

const SIMPLE: Record<string, () => AnyFieldType> = {
  str: field.string,
  int: field.long,
  float: field.double,
  bool: field.boolean,
  bytes: field.bytes,
  datetime: field.datetime,
  uuid: field.uuid,
};

const KEYS: Record<string, () => AnyFieldType> = {
  CourseKey: field.courseKey,
  UsageKey: field.usageKey,
  CCXLocator: field.ccxKey,
  LibraryLocatorV2: field.libraryKey,
  LibraryUsageLocatorV2: field.libraryUsageKey,
  LibraryCollectionLocator: field.libraryCollectionKey,
  LibraryContainerLocator: field.libraryContainerKey,
};

/** The field type of a description (`init_data` of a vector). */
function fieldOf(described: Described): AnyFieldType {
  switch (described['type']) {
    case 'record':
      return recordOf(described);
    case 'list':
      return field.list(fieldOf(described['items']));
    case 'dict':
      return field.map(fieldOf(described['values']));
    case 'key':
      return KEYS[described['class']]!();
    default:
      return SIMPLE[described['type']]?.() ?? field.unsupported(described['type']);
  }
}

function recordOf(described: Described): RecordType<any, any> {
  const fields: Record<string, AnyFieldType> = {};
  for (const { name, value, required, default: fallback } of described['fields']) {
    const type = fieldOf(value);
    if (required) fields[name] = type;
    else if (fallback === null) fields[name] = field.nullable(type);
    else fields[name] = field.withDefault(type, fallback.$class === 'dict' ? {} : fallback);
  }
  return field.record(described['class'], fields);
}

const definitionOf = (type: string, initData: Described): EventDefinition => ({
  type,
  minorVersion: 0,
  data: Object.fromEntries(
    Object.entries(initData).map(([name, described]) => [name, fieldOf(described)]),
  ) as Fields,
});

interface OfAnEvent {
  readonly event_type: string;
  readonly init_data?: Described;
}

const catalog = EventCatalog.openEdx();

/** The definition that a vector is about: that of our catalogue, or for an event made up for the vector, as described. */
export const definitionFor = (vector: OfAnEvent): EventDefinition =>
  catalog.get(vector.event_type) ?? definitionOf(vector.event_type, describedIn(vector));

/** A key vector does not describe the event that it is about; the encode vector of that event does. */
const describedIn = ({ event_type, init_data }: OfAnEvent): Described =>
  init_data ?? edgeVectors('encode').find((other) => other.event_type === event_type)!.init_data!;
