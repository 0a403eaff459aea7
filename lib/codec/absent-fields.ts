import type { ForeignSchema } from './foreign-schema.js';
import { defaultOf } from './layout-change.js';
import { type AnyRecord, fieldsOf, type Shape, shapeOf } from './shape.js';

/** A fresh default for each field that has one, by record and field. */
export type FieldDefaults = ReadonlyMap<string, ReadonlyMap<string, () => unknown>>;

/** The defaults but null of an event: the reference keeps them in its classes and writes them into no schema. */
export function classDefaultsOf(body: AnyRecord): FieldDefaults {
  const found = new Map<string, Map<string, () => unknown>>();
  const look = (shape: Shape): void => {
    if (shape.kind === 'optional') look(shapeOf(shape.of));
    else if (shape.kind === 'list') look(shapeOf(shape.items));
    else if (shape.kind === 'map') look(shapeOf(shape.values));
    else if (shape.kind === 'record') {
      const defaults = new Map<string, () => unknown>();
      found.set(shape.name, defaults);
      for (const [name, field] of fieldsOf(shape)) {
        if (field.kind === 'optional' && field.default !== null)
          defaults.set(name, () => defaultOf(field)(undefined));
        look(field);
      }
    }
  };
  look(body);
  return found;
}

/** Those of the defaults whose fields the writer's record of that name does not have. */
export function absentFrom(writer: ForeignSchema, defaults: FieldDefaults): FieldDefaults {
  const found = new Map<string, ReadonlyMap<string, () => unknown>>();
  const look = (schema: ForeignSchema): void => {
    if (schema.kind === 'union') schema.branches.forEach(look);
    else if (schema.kind === 'array' || schema.kind === 'map') look(schema.of);
    else if (schema.kind === 'record') {
      const written = new Set(schema.fields.map(({ name }) => name));
      const absent = [...(defaults.get(schema.name) ?? [])].filter(([name]) => !written.has(name));
      if (absent.length > 0) found.set(schema.name, new Map(absent));
      for (const { type } of schema.fields) look(type);
    }
  };
  look(writer);
  return found;
}

/** Puts the defaults into a value of the event's own record, in place. */
export function fillAbsent(body: AnyRecord, value: unknown, absent: FieldDefaults): void {
  const fill = (shape: Shape, part: unknown): void => {
    if (part === null || part === undefined) return;
    if (shape.kind === 'optional') fill(shapeOf(shape.of), part);
    else if (shape.kind === 'list')
      for (const item of part as unknown[]) fill(shapeOf(shape.items), item);
    else if (shape.kind === 'map')
      for (const item of Object.values(part)) fill(shapeOf(shape.values), item);
    else if (shape.kind === 'record') {
      const members = part as Record<string, unknown>;
      const defaults = absent.get(shape.name);
      for (const [name, field] of fieldsOf(shape)) {
        const missing = defaults?.get(name);
        if (missing) members[name] = missing();
        else fill(field, members[name]);
      }
    }
  };
  fill(body, value);
}
