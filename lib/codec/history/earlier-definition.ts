import type { EventDefinition } from '../../events/event-definition.js';
import type { AnyFieldType, Fields } from '../../events/field-type.js';
import { list, map, nullable, record, string, withDefault } from '../../events/fields.js';
import { type LayoutField, type LayoutType, parseLayout } from './layout-notation.js';
import { isText, type Shape, shapeOf } from '../avro/shape.js';

/**
 * The definition that an event had when its layout was `layout`. A text takes the format (a key, a date)
 * that the field has today, and is a plain string where the field is gone or has none; a field that was
 * required keeps the default of today.
 */
export function earlierDefinition(today: EventDefinition, layout: string): EventDefinition {
  const { type, minorVersion, data } = today;
  return { type, minorVersion, data: fieldsIn(parseLayout(layout), data) };
}

function fieldsIn(fields: readonly LayoutField[], today: Fields | undefined): Fields {
  return Object.fromEntries(
    fields.map(({ name, type }) => [
      name,
      fieldIn(type, today && Object.hasOwn(today, name) ? today[name] : undefined),
    ]),
  );
}

function fieldIn(type: LayoutType, today: AnyFieldType | undefined): AnyFieldType {
  const shape = today && shapeOf(today);
  const bare = shape?.kind === 'optional' ? shapeOf(shape.of) : shape;
  if (type.kind === 'nullable') return nullable(valueIn(type.of, bare));
  const value = valueIn(type, bare);
  return shape?.kind === 'optional' && shape.default !== null
    ? withDefault(value, shape.default as never)
    : value;
}

function valueIn(type: LayoutType, today: Shape | undefined): AnyFieldType {
  switch (type.kind) {
    case 'list':
      return list(valueIn(type.of, today?.kind === 'list' ? shapeOf(today.items) : undefined));
    case 'map':
      return map(valueIn(type.of, today?.kind === 'map' ? shapeOf(today.values) : undefined));
    case 'record':
      return record(
        type.name,
        fieldsIn(type.fields, today?.kind === 'record' ? today.fields : undefined),
      );
    case 'nullable':
      return nullable(valueIn(type.of, today));
    case 'primitive':
      return today?.kind === 'custom' && today.base === type.name ? today : { kind: type.name };
    case 'text':
      return today !== undefined && isText(today) ? (today as AnyFieldType) : string();
  }
}
