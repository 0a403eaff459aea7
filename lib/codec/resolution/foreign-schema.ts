import { outsideText } from '../../errors/outside-text.js';
import { UnusableSchema } from '../avro/raw-bytes.js';

/**
 * Avro schemas that others wrote, reduced to what says how bytes are laid out: no documentation,
 * order, aliases, defaults or logical types. A reference is the type itself that it names, so a type
 * may hold itself and may be in many places: whoever walks a schema remembers where it was.
 */
export type ForeignSchema =
  | { readonly kind: 'primitive'; readonly name: PrimitiveName }
  | { readonly kind: 'union'; readonly branches: readonly ForeignSchema[] }
  | { readonly kind: 'array' | 'map'; readonly of: ForeignSchema }
  | { readonly kind: 'enum'; readonly name: string; readonly symbols: readonly string[] }
  | { readonly kind: 'fixed'; readonly name: string; readonly size: number }
  | ForeignRecord;

export type PrimitiveName =
  'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string';

/** Named types bear their simple name: namespaces are not compared. */
export interface ForeignRecord {
  readonly kind: 'record';
  readonly name: string;
  readonly fields: readonly ForeignField[];
}

export interface ForeignField {
  readonly name: string;
  readonly type: ForeignSchema;
}

const PRIMITIVES = new Map<unknown, ForeignSchema>(
  (['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'] as const).map(
    (name) => [name, { kind: 'primitive', name }],
  ),
);

const MOST_CHARACTERS = 1_000_000;
const MOST_PARTS = 10_000;
const MOST_LEVELS = 100;

/**
 * Throws UnusableSchema where the text is no Avro schema, and for one of more than a million characters,
 * 10,000 parts (types, fields and symbols) or 100 levels.
 */
export function parseSchema(text: string): ForeignSchema {
  if (text.length > MOST_CHARACTERS)
    refuse(`is longer than ${MOST_CHARACTERS.toLocaleString('en')} characters`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return refuse('is not JSON');
  }
  return new SchemaParser().parse(json, '', 0);
}

function refuse(what: string): never {
  throw new UnusableSchema(`the schema of the writer ${what}`);
}

type Members = Readonly<Record<string, unknown>>;

class SchemaParser {
  /** By namespace and simple name: joined, a long namespace would be copied for each of its names. */
  private readonly named = new Map<string, Map<string, ForeignSchema>>();
  private parts = 0;

  parse(schema: unknown, namespace: string, level: number): ForeignSchema {
    this.count(1);
    if (level > MOST_LEVELS) refuse(`is nested more than ${MOST_LEVELS} levels deep`);
    if (typeof schema === 'string')
      return PRIMITIVES.get(schema) ?? this.reference(schema, namespace);
    if (Array.isArray(schema)) {
      const branches = schema.map((branch) => this.parse(branch, namespace, level + 1));
      if (branches.some(({ kind }) => kind === 'union')) refuse('contains a union inside a union');
      return { kind: 'union', branches };
    }
    if (typeof schema !== 'object' || schema === null)
      refuse('contains something that is not an Avro type');
    const members = schema as Members;
    switch (members['type']) {
      case 'array':
        return { kind: 'array', of: this.parse(members['items'], namespace, level + 1) };
      case 'map':
        return { kind: 'map', of: this.parse(members['values'], namespace, level + 1) };
      case 'enum': {
        const symbols = this.list(members['symbols'], 'symbols');
        if (!symbols.every((symbol) => typeof symbol === 'string'))
          refuse('has an enum whose symbols are not strings');
        const [space, name] = this.newName(members, namespace);
        return this.define(space, { kind: 'enum', name, symbols });
      }
      case 'fixed': {
        const size = Number(members['size']);
        if (!Number.isSafeInteger(members['size']) || size < 0)
          refuse('has a fixed type without a valid size');
        const [space, name] = this.newName(members, namespace);
        return this.define(space, { kind: 'fixed', name, size });
      }
      case 'record':
      case 'error':
        return this.record(members, namespace, level);
      default:
        return this.parse(members['type'], namespace, level + 1);
    }
  }

  private record(members: Members, outer: string, level: number): ForeignSchema {
    const [namespace, name] = this.newName(members, outer);
    const fields: ForeignField[] = [];
    const record = this.define(namespace, { kind: 'record', name, fields });
    for (const field of this.list(members['fields'], 'fields')) {
      if (typeof field !== 'object' || field === null) refuse('has an invalid field');
      const { name: fieldName, type } = field as Members;
      if (typeof fieldName !== 'string' || fieldName === '') refuse('has a field without a name');
      fields.push({ name: fieldName, type: this.parse(type, namespace, level + 1) });
    }
    return record;
  }

  private reference(name: string, outer: string): ForeignSchema {
    const [namespace, simple] = splitName(name) ?? [outer, name];
    return (
      this.named.get(namespace)?.get(simple) ??
      refuse(`has no type named ${shownName(namespace, simple)}`)
    );
  }

  private define<T extends ForeignSchema & { name: string }>(namespace: string, type: T): T {
    const { name } = type;
    let names = this.named.get(namespace);
    if (names === undefined) this.named.set(namespace, (names = new Map<string, ForeignSchema>()));
    if (names.has(name)) refuse(`has two types named ${shownName(namespace, name)}`);
    names.set(name, type);
    return type;
  }

  /** The namespace, which holds inside too, and the simple name. */
  private newName(members: Members, outer: string): readonly [namespace: string, name: string] {
    const { name, namespace = outer } = members;
    if (typeof name !== 'string' || name === '' || name.endsWith('.'))
      return refuse('has a type without a name');
    return splitName(name) ?? [typeof namespace === 'string' ? namespace : '', name];
  }

  private list(value: unknown, what: string): unknown[] {
    if (!Array.isArray(value)) return refuse(`has a type without ${what}`);
    this.count(value.length);
    return value;
  }

  private count(parts: number): void {
    this.parts += parts;
    if (this.parts > MOST_PARTS) refuse(`has more than ${MOST_PARTS.toLocaleString('en')} parts`);
  }
}

/** Undefined for a name without a namespace. */
function splitName(name: string): readonly [namespace: string, name: string] | undefined {
  const dot = name.lastIndexOf('.');
  return dot < 0 ? undefined : [name.slice(0, dot), name.slice(dot + 1)];
}

function shownName(namespace: string, name: string): string {
  const shown = outsideText(name);
  return namespace === '' ? shown : `${outsideText(namespace)}.${shown}`;
}

/** Equal for schemas that lay out the same fields in the same way. */
export function canonicalSchema(schema: ForeignSchema): string {
  const seen = new Map<ForeignSchema, number>();
  const canonical = (type: ForeignSchema): unknown => {
    switch (type.kind) {
      case 'primitive':
        return type.name;
      case 'union':
        return type.branches.map(canonical);
      case 'array':
      case 'map':
        return { [type.kind]: canonical(type.of) };
    }
    const known = seen.get(type);
    if (known !== undefined) return known;
    seen.set(type, seen.size);
    if (type.kind !== 'record') return type;
    return {
      name: type.name,
      fields: type.fields.map((field) => [field.name, canonical(field.type)]),
    };
  };
  return JSON.stringify(canonical(schema));
}
