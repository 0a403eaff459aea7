import type { EventDefinition } from '../events/event-definition.js';
import type { AnyFieldType, Fields } from '../events/field-type.js';
import { list, map, nullable, record, withDefault } from '../events/fields.js';
import { type LayoutField, type LayoutType, parseLayout } from './layout-notation.js';
import { isText, type Shape, shapeOf } from './shape.js';

/**
 * The definition that an event had when its layout was `layout`. A field that today's definition has
 * keeps its format (a key, a date), and its default where it was required; one that is gone since is
 * a plain value.
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
      return today !== undefined && wireNameOf(today) === type.name
        ? (today as AnyFieldType)
        : { kind: type.name };
  }
}

/** The Avro name of a value that is not made of others. */
function wireNameOf(shape: Shape): string {
  if (shape.kind === 'custom') return shape.base;
  return isText(shape) ? 'string' : shape.kind;
}
