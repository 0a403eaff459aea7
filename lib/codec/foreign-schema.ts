/**
 * Avro schemas that others wrote, reduced to what says how bytes are laid out: no documentation,
 * order, aliases, defaults or logical types, and names that avsc takes (a hyphen in an event type
 * makes a namespace that it refuses).
 */
export type ForeignSchema =
  | { readonly kind: 'primitive'; readonly name: string }
  | { readonly kind: 'reference'; readonly name: string }
  | { readonly kind: 'union'; readonly branches: readonly ForeignSchema[] }
  | { readonly kind: 'array' | 'map'; readonly of: ForeignSchema }
  | { readonly kind: 'enum'; readonly name: string; readonly symbols: readonly string[] }
  | { readonly kind: 'fixed'; readonly name: string; readonly size: number }
  | { readonly kind: 'record'; readonly name: string; readonly fields: readonly ForeignField[] };

export interface ForeignField {
  readonly name: string;
  readonly type: ForeignSchema;
  /** Only null is kept: the one default that the reference ever writes into a schema. */
  readonly defaultsToNull: boolean;
}

const PRIMITIVES = new Set([
  'null',
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'bytes',
  'string',
]);

/** Throws when the text is no Avro schema. */
export function parseSchema(text: string): ForeignSchema {
  return parse(JSON.parse(text));
}

function parse(schema: unknown): ForeignSchema {
  if (typeof schema === 'string')
    return PRIMITIVES.has(schema)
      ? { kind: 'primitive', name: schema }
      : { kind: 'reference', name: simpleName(schema) };
  if (Array.isArray(schema)) return { kind: 'union', branches: schema.map(parse) };
  if (typeof schema !== 'object' || schema === null) throw new TypeError('not an Avro schema');
  const { type, name, items, values, symbols, size, fields } = schema as Record<string, unknown>;
  switch (type) {
    case 'array':
      return { kind: 'array', of: parse(items) };
    case 'map':
      return { kind: 'map', of: parse(values) };
    case 'enum':
      return { kind: 'enum', name: simpleName(name), symbols: listOf(symbols).map(String) };
    case 'fixed':
      if (!Number.isSafeInteger(size) || Number(size) < 0) throw new TypeError('no size');
      return { kind: 'fixed', name: simpleName(name), size: Number(size) };
    case 'record':
    case 'error':
      return { kind: 'record', name: simpleName(name), fields: listOf(fields).map(parseField) };
    default:
      return parse(type);
  }
}

function parseField(field: unknown): ForeignField {
  if (typeof field !== 'object' || field === null) throw new TypeError('not an Avro field');
  const { name, type, default: value } = field as Record<string, unknown>;
  return { name: simpleName(name), type: parse(type), defaultsToNull: value === null };
}

/** Namespaces are not compared (reference: behaviour 2.5). */
function simpleName(name: unknown): string {
  const simple = typeof name === 'string' ? name.slice(name.lastIndexOf('.') + 1) : '';
  if (simple === '') throw new TypeError('an Avro type without a name');
  return simple;
}

function listOf(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new TypeError('not an Avro schema');
  return value;
}

/** Equal for schemas that lay out the same fields in the same way. */
export function canonicalLayout(schema: ForeignSchema): string {
  return JSON.stringify(schema, (key, value: unknown) =>
    key === 'defaultsToNull' ? undefined : value,
  );
}

/**
 * As avsc takes it. `loosen`: every type may also be null, so that a null can be refused by its value;
 * `mayLack`: which fields of which record a writer need not have, to be null then.
 */
export function toAvsc(
  schema: ForeignSchema,
  loosen = false,
  mayLack: (record: string, field: string) => boolean = () => false,
): unknown {
  const plain = (type: ForeignSchema): unknown => toAvsc(type, loosen, mayLack);
  const loose = (type: ForeignSchema): unknown =>
    loosen && type.kind !== 'union' ? ['null', plain(type)] : plain(type);
  switch (schema.kind) {
    case 'primitive':
    case 'reference':
      return schema.name;
    case 'union':
      return schema.branches.map(plain);
    case 'array':
      return { type: 'array', items: loose(schema.of) };
    case 'map':
      return { type: 'map', values: loose(schema.of) };
    case 'enum':
      return { type: 'enum', name: schema.name, symbols: schema.symbols };
    case 'fixed':
      return { type: 'fixed', name: schema.name, size: schema.size };
    case 'record':
      return {
        type: 'record',
        name: schema.name,
        fields: schema.fields.map(({ name, type, defaultsToNull }) => ({
          name,
          type: loose(type),
          ...((defaultsToNull && type.kind === 'union') || mayLack(schema.name, name)
            ? { default: null }
            : {}),
        })),
      };
  }
}
