import type { EventDefinition } from '../../events/event-definition.js';
import type {
  AnyFieldType,
  CustomType,
  ListType,
  MapType,
  OptionalField,
  PrimitiveKind,
  RecordType,
  TextKind,
  UnsupportedType,
} from '../../events/field-type.js';

/* eslint-disable @typescript-eslint/no-explicit-any -- the phantoms are invariant: only any fits all */
export type AnyList = ListType<any, any>;
export type AnyMap = MapType<any, any>;
export type AnyRecord = RecordType<any, any>;
export type AnyOptional = OptionalField<any, any>;
export type AnyCustom = CustomType<any, any>;
/* eslint-enable @typescript-eslint/no-explicit-any */

export interface Primitive {
  readonly kind: PrimitiveKind;
}
export interface Text {
  readonly kind: TextKind;
}

/** A field type as a union that `switch (shape.kind)` narrows. */
export type Shape =
  Primitive | Text | AnyList | AnyMap | AnyRecord | AnyOptional | AnyCustom | UnsupportedType;

export const shapeOf = (field: AnyFieldType): Shape => field as Shape;

/** The record that an event's body is: its arguments in order. */
export const bodyOf = (definition: EventDefinition): AnyRecord => ({
  kind: 'record',
  name: 'CloudEvent',
  fields: definition.data,
});

export const fieldsOf = (record: AnyRecord): (readonly [name: string, shape: Shape])[] =>
  Object.entries(record.fields).map(([name, field]) => [name, shapeOf(field)]);

/** A default of null is the only one that changes the Avro schema. */
export const isNullable = (shape: Shape): shape is AnyOptional =>
  shape.kind === 'optional' && shape.default === null;

export const isPrimitive = (shape: Shape): shape is Primitive =>
  shape.kind === 'string' ||
  shape.kind === 'long' ||
  shape.kind === 'double' ||
  shape.kind === 'boolean' ||
  shape.kind === 'bytes';

const CONTAINERS: readonly string[] = [
  'list',
  'map',
  'record',
  'optional',
  'custom',
  'unsupported',
];

/** A kind that travels as an Avro string with a format of its own. */
export const isText = (shape: Shape): shape is Text =>
  !isPrimitive(shape) && !CONTAINERS.includes(shape.kind);
