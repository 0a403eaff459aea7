import { UnserializableEventError } from '../../errors/index.js';
import type { EventDefinition } from '../../events/event-definition.js';
import {
  type AnyOptional,
  type AnyRecord,
  bodyOf,
  fieldsOf,
  isNullable,
  isPrimitive,
  isText,
  type Shape,
  shapeOf,
} from './shape.js';

/** Avro schema JSON. Members stand in the order in which Python makes them. */
export type AvroSchema =
  | string
  | readonly AvroSchema[]
  | AvroRecordSchema
  | { readonly type: 'array'; readonly items: AvroSchema }
  | { readonly type: 'map'; readonly values: AvroSchema };

export interface AvroRecordSchema {
  readonly name: string;
  readonly type: 'record';
  readonly doc?: string;
  readonly fields: readonly AvroFieldSchema[];
  readonly namespace?: string;
}

export interface AvroFieldSchema {
  readonly name: string;
  readonly type: AvroSchema;
  readonly default?: null;
}

// A constant of Python: it is part of the schema text, so it must be the same.
const DOC = 'Avro Event Format for CloudEvents created with openedx_events/schema';
const AVRO_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

const schemas = new WeakMap<EventDefinition, AvroRecordSchema>();
const texts = new WeakMap<EventDefinition, string>();

/**
 * The Avro schema of an event as JSON: the same text that the Python services send to the schema registry
 * (`json.dumps(schema, sort_keys=True)`).
 *
 * Throws UnserializableEventError, which names the field, for an event that the Python services could not send.
 */
export function schemaTextOf(definition: EventDefinition): string {
  let text = texts.get(definition);
  if (text === undefined) texts.set(definition, (text = pythonJson(schemaOf(definition))));
  return text;
}

/** The schema as an object, in the member order of Python's stored `.avsc` files. Throws as `schemaTextOf`. */
export function schemaOf(definition: EventDefinition): AvroRecordSchema {
  let schema = schemas.get(definition);
  if (schema === undefined) schemas.set(definition, (schema = makeSchema(definition)));
  return schema;
}

function makeSchema(definition: EventDefinition): AvroRecordSchema {
  const body = bodyOf(definition);
  const scope = new SchemaScope(definition.type);
  scope.open(body, '');
  return {
    name: body.name,
    type: 'record',
    doc: DOC,
    fields: fieldsOf(body).map(([name, shape]) => scope.argument(name, shape)),
    namespace: definition.type,
  };
}

/**
 * One schema while it is made. The first use of a record name, depth first, holds its definition;
 * later ones are just the name (by name, as in Python).
 */
class SchemaScope {
  private readonly records = new Map<string, AnyRecord>();
  private readonly unfinished = new Set<string>();
  private readonly compared = new Map<AnyRecord, Set<AnyRecord>>();

  constructor(private readonly eventType: string) {}

  open(record: AnyRecord, path: string): void {
    if (!AVRO_NAME.test(record.name))
      this.refuse(path, `${JSON.stringify(record.name)} is not a valid name of an Avro record`);
    this.records.set(record.name, record);
    this.unfinished.add(record.name);
  }

  argument(name: string, shape: Shape): AvroFieldSchema {
    if (isNullable(shape)) this.refuse(name, 'a top-level field of an event cannot be nullable');
    return this.field(name, shape, name);
  }

  private field(name: string, shape: Shape, path: string): AvroFieldSchema {
    if (!AVRO_NAME.test(name))
      this.refuse(path, `${JSON.stringify(name)} is not a valid Avro name`);
    if (shape.kind !== 'optional') return { name, type: this.type(shape, path) };
    const inner = this.optional(shape, path);
    return shape.default === null
      ? { name, type: ['null', inner], default: null }
      : { name, type: inner };
  }

  private optional(shape: AnyOptional, path: string): AvroSchema {
    const inner = shapeOf(shape.of);
    if (inner.kind === 'optional') this.refuse(path, 'nested optional fields are not supported');
    return this.type(inner, path);
  }

  private type(shape: Shape, path: string): AvroSchema {
    switch (shape.kind) {
      case 'list':
        if (isEmpty(shapeOf(shape.items)))
          this.refuse(
            path,
            'a list whose items are encoded as 0 bytes is not allowed, because nothing would limit its length',
          );
        return { type: 'array', items: this.item(shapeOf(shape.items), `${path}[]`) };
      case 'map':
        return { type: 'map', values: this.item(shapeOf(shape.values), `${path}{}`) };
      case 'record':
        return this.record(shape, path);
      case 'custom':
        return shape.base;
      case 'unsupported':
        return this.refuse(path, `${shape.pythonType} has no Avro type`);
      case 'optional':
        return this.refuse(path, 'only a field of a record can be optional');
      default:
        return isPrimitive(shape) ? shape.kind : 'string';
    }
  }

  private item(shape: Shape, path: string): AvroSchema {
    const type = this.type(shape, path);
    if (type === 'string' && shape.kind !== 'string' && shape.kind !== 'custom')
      this.refuse(
        path,
        `openedx-events does not support ${shape.kind} as a list item or map value`,
      );
    return type;
  }

  private record(record: AnyRecord, path: string): AvroSchema {
    const known = this.records.get(record.name);
    if (known !== undefined) {
      if (this.unfinished.has(record.name))
        this.refuse(path, `${record.name} cannot contain itself`);
      if (!haveSameFields(known, record, this.compared))
        this.refuse(path, `another record is named ${record.name}`);
      return record.name;
    }
    this.open(record, path);
    const fields = fieldsOf(record).map(([name, shape]) =>
      this.field(name, shape, `${path}.${name}`),
    );
    this.unfinished.delete(record.name);
    return { name: record.name, type: 'record', fields };
  }

  private refuse(path: string, reason: string): never {
    throw new UnserializableEventError(this.eventType, path ? `${path}: ${reason}` : reason);
  }
}

const isEmpty = (shape: Shape): boolean =>
  shape.kind === 'record' && fieldsOf(shape).every(([, field]) => isEmpty(field));

/**
 * Whether two records look the same on the wire. Each pair is compared once, however often it comes:
 * `compared` has those that are, or are about to be.
 */
function haveSameFields(
  a: AnyRecord,
  b: AnyRecord,
  compared: Map<AnyRecord, Set<AnyRecord>>,
): boolean {
  const others = compared.get(a) ?? new Set<AnyRecord>();
  compared.set(a, others);
  if (a === b || others.has(b)) return true;
  others.add(b);
  const [left, right] = [fieldsOf(a), fieldsOf(b)];
  const same = (one: Shape, other: Shape): boolean => {
    if (isNullable(one) !== isNullable(other)) return false;
    if (one.kind === 'optional') return same(shapeOf(one.of), bareOf(other));
    if (other.kind === 'optional') return same(one, shapeOf(other.of));
    if (one.kind === 'list')
      return other.kind === 'list' && same(shapeOf(one.items), shapeOf(other.items));
    if (one.kind === 'map')
      return other.kind === 'map' && same(shapeOf(one.values), shapeOf(other.values));
    if (one.kind === 'record')
      return (
        other.kind === 'record' && one.name === other.name && haveSameFields(one, other, compared)
      );
    return typeOf(one) === typeOf(other);
  };
  return (
    left.length === right.length &&
    left.every(([name, shape], i) => right[i]![0] === name && same(shape, right[i]![1]))
  );
}

const bareOf = (shape: Shape): Shape => (shape.kind === 'optional' ? shapeOf(shape.of) : shape);

/** The type on the wire of a shape that has no parts. */
function typeOf(shape: Shape): string {
  if (shape.kind === 'custom') return shape.base;
  if (shape.kind === 'unsupported') return shape.pythonType;
  return isPrimitive(shape) ? shape.kind : isText(shape) ? 'string' : `a ${shape.kind}`;
}

/** JSON text as Python's `json.dumps(value, sort_keys=True)` writes it: sorted keys, `", "`, `": "`, ASCII only. */
export function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([key, member]) => `${ascii(key)}: ${pythonJson(member)}`).join(', ')}}`;
  }
  return typeof value === 'string' ? ascii(value) : JSON.stringify(value);
}

function ascii(text: string): string {
  return JSON.stringify(text).replace(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
