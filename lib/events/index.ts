// `export *` for the map: declaration merging does not reach a name that is exported alone.
export * from './open-edx-event-map.js';
export * from './catalog/index.js';
export * from './keys/index.js';
export type {
  EventData,
  EventDataOptions,
  EventInput,
  EventType,
  KnownEvent,
  WidenLongs,
} from './event-types.js';
export { EventCatalog } from './event-catalog.js';
export { PLATFORM_TOPICS } from './platform-topics.js';
export {
  canonicalDatetime,
  dateFromDatetime,
  datetimeFromDate,
  microsecondOf,
} from './text/datetime.js';
