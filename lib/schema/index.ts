// `declare module 'nestjs-openedx-event-bus/events'` also works where this entry alone is imported.
export type {} from '../events/index.js';

export * from '../events/fields.js';
export type * from '../events/field-type.js';
export {
  type DataInputOf,
  type DataOf,
  defineEvent,
  type EventDeclaration,
  type EventDefinition,
} from '../events/event-definition.js';
export { codecFor, type EventCodec } from '../codec/event-codec.js';
export { schemaTextOf } from '../codec/avro/avro-schema.js';
export type { UnknownFields } from '../codec/resolution/unknown-fields.js';
