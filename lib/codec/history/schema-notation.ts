import type { PrimitiveKind, AnyFieldType, Fields } from '../../events/field-type.js';
import type { EventDefinition } from '../../events/event-definition.js';
import { list, map, nullable, record, string, withDefault } from '../../events/fields.js';
import { isText, type Shape, shapeOf } from '../avro/shape.js';

/** A type of a schema version in the notation of the schema version history (tools/catalog/README.md). */
export type SchemaType =
  | { readonly kind: 'primitive'; readonly name: PrimitiveKind }
  /** A string with a format: a key, a date or a UUID. */
  | { readonly kind: 'text' }
  | { readonly kind: 'nullable' | 'list' | 'map'; readonly of: SchemaType }
  | { readonly kind: 'record'; readonly name: string; readonly fields: readonly SchemaField[] };

export interface SchemaField {
  readonly name: string;
  readonly type: SchemaType;
}

const PRIMITIVES: readonly string[] = ['string', 'long', 'double', 'boolean', 'bytes'];
const isPrimitive = (name: string): name is PrimitiveKind => PRIMITIVES.includes(name);

/** The arguments of an event, in wire order. Throws SyntaxError for what is no schema version. */
export function parseSchemaNotation(text: string): readonly SchemaField[] {
  return new SchemaNotationParser(text).parse();
}

class SchemaNotationParser {
  private readonly records = new Map<string, SchemaType>();
  private at = 0;

  constructor(private readonly text: string) {}

  parse(): readonly SchemaField[] {
    const fields = this.fields();
    if (this.at < this.text.length) this.refuse();
    return fields;
  }

  private fields(): SchemaField[] {
    const fields: SchemaField[] = [];
    do {
      const name = this.name();
      this.expect(':');
      fields.push({ name, type: this.type() });
    } while (this.take(','));
    return fields;
  }

  private type(): SchemaType {
    if (this.take('?')) return { kind: 'nullable', of: this.type() };
    if (this.take('[')) return this.closed('list', ']');
    if (this.take('{')) return this.closed('map', '}');
    const name = this.name();
    if (isPrimitive(name)) return { kind: 'primitive', name };
    if (name === 'text') return { kind: 'text' };
    if (!this.take('(')) return this.records.get(name) ?? this.refuse();
    const record: SchemaType = { kind: 'record', name, fields: this.fields() };
    this.expect(')');
    this.records.set(name, record);
    return record;
  }

  private closed(kind: 'list' | 'map', end: string): SchemaType {
    const of = this.type();
    this.expect(end);
    return { kind, of };
  }

  private name(): string {
    const name = /^\w+/.exec(this.text.slice(this.at))?.[0] ?? this.refuse();
    this.at += name.length;
    return name;
  }

  private take(sign: string): boolean {
    if (this.text[this.at] !== sign) return false;
    this.at++;
    return true;
  }

  private expect(sign: string): void {
    if (!this.take(sign)) this.refuse();
  }

  private refuse(): never {
    throw new SyntaxError(
      `A schema stored in this package cannot be parsed at character ${this.at}. This is a bug of the package; please report it: ${this.text}`,
    );
  }
}

/**
 * The definition that an event had when its schema version was `schema version`. A string takes the format (a key, a date)
 * that the field has today, and is a plain string where the field is gone or has none; a field that was
 * required keeps the default of today.
 */
export function earlierDefinition(today: EventDefinition, notation: string): EventDefinition {
  const { type, minorVersion, data } = today;
  return { type, minorVersion, data: fieldsIn(parseSchemaNotation(notation), data) };
}

function fieldsIn(fields: readonly SchemaField[], today: Fields | undefined): Fields {
  return Object.fromEntries(
    fields.map(({ name, type }) => [
      name,
      fieldIn(type, today && Object.hasOwn(today, name) ? today[name] : undefined),
    ]),
  );
}

function fieldIn(type: SchemaType, today: AnyFieldType | undefined): AnyFieldType {
  const shape = today && shapeOf(today);
  const bare = shape?.kind === 'optional' ? shapeOf(shape.of) : shape;
  if (type.kind === 'nullable') return nullable(valueIn(type.of, bare));
  const value = valueIn(type, bare);
  return shape?.kind === 'optional' && shape.default !== null
    ? withDefault(value, shape.default as never)
    : value;
}

function valueIn(type: SchemaType, today: Shape | undefined): AnyFieldType {
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
