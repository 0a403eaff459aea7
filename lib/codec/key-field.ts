import { didYouMean } from '../common/names.js';
import { EventBusError, InvalidEventDataError } from '../errors/index.js';
import type { EventDefinition } from '../events/event-definition.js';
import { type AvroFieldSchema, type AvroSchema, schemaOf, pythonJson } from './avro/avro-schema.js';
import { explainData } from './avro/explain-data.js';
import { fieldReaderOf } from './avro/partial-reader.js';
import { interpretRecord } from './avro/interpreted-records.js';
import { bytesOf } from './avro/record-functions.js';
import { type AnyRecord, bodyOf, isText, type Shape, shapeOf } from './avro/shape.js';
import { formatOf } from './avro/text-formats.js';

/** The part of an event that its records are keyed by, named by a dotted path (`user.pii.username`). */
export interface KeyField {
  readonly path: string;
  /** Python's schema text of the key on Kafka; null where the field cannot be a key there. */
  readonly schema: string | null;
  /** Why the field cannot be a key on Kafka; null where it can. */
  readonly problem: string | null;
  /**
   * The value in data of the event, sent or received: the default where it was left out, the form
   * on the wire for a Date, UUID or date text and for a field type of your own (as it is where that
   * rejects it); undefined where it is absent or null. Never throws.
   */
  read(data: unknown): unknown;
  /** The same value in a body of the event's own schema version. Only where `schema` is not null. */
  readBody?(body: Buffer): unknown;
  /** The Avro body of the key, without framing. Only where `schema` is not null. Throws InvalidEventDataError. */
  encodeKey?(value: unknown): Buffer;
}

const KEY_TYPES: readonly AvroSchema[] = ['string', 'long', 'boolean', 'double'];

/** Looks up a key field. Never throws: a path that leads nowhere is told in `problem`. */
export function keyFieldOf(definition: EventDefinition, path: string): KeyField {
  const steps = path.split('.');
  const body = bodyOf(definition);
  const read = (data: unknown) => valueAt(body, steps, data);
  const found = keySchemaAt(definition, steps);
  if (typeof found === 'string') return { path, schema: null, problem: found, read };

  const shape = wireShape(shapeAt(body, steps)!);
  const record: AnyRecord = { kind: 'record', name: 'Key', fields: { [path]: shape } };
  const functions = interpretRecord(record);
  return {
    path,
    schema: pythonJson(found),
    problem: null,
    read,
    readBody: fieldReaderOf(body, steps),
    encodeKey(value) {
      try {
        return bytesOf(functions, { [path]: value });
      } catch (cause) {
        const problems = explainData(record, { [path]: value });
        throw new InvalidEventDataError(problems, { eventType: definition.type, cause });
      }
    },
  };
}

/** The schema of the field, or why there is none: the walk of Python. */
function keySchemaAt(
  definition: EventDefinition,
  steps: readonly string[],
): AvroFieldSchema | string {
  let node: AvroSchema;
  try {
    node = schemaOf(definition);
  } catch (error) {
    return error instanceof EventBusError ? error.message : String(error);
  }
  let field: AvroFieldSchema | undefined;
  for (const step of steps) {
    const fields = fieldsIn(node);
    if (fields === undefined)
      return `${nameOf(field)} is ${describe(node)}; a key field cannot be inside it`;
    field = fields.find(({ name }) => name === step);
    if (field === undefined)
      return `there is no field ${JSON.stringify(step)}${didYouMean(
        step,
        fields.map(({ name }) => name),
      )}`;
    node = field.type;
  }
  if (field === undefined || !KEY_TYPES.includes(field.type))
    return `${nameOf(field)} is ${describe(node)}: only a required string, long, boolean or double can be a key`;
  return field;
}

const nameOf = (field: AvroFieldSchema | undefined): string => field?.name ?? 'the event';

const fieldsIn = (schema: AvroSchema): readonly AvroFieldSchema[] | undefined =>
  typeof schema === 'object' && 'fields' in schema ? schema.fields : undefined;

function describe(schema: AvroSchema): string {
  if (typeof schema === 'string')
    return schema === 'bytes' || KEY_TYPES.includes(schema)
      ? `a ${schema} field`
      : `the record ${schema}, which an earlier field uses too`;
  if (!('type' in schema)) return 'nullable';
  return schema.type === 'record'
    ? `the record ${schema.name}`
    : `a ${schema.type === 'array' ? 'list' : 'map'}`;
}

/** The shape of one step, without what makes it optional. */
function stepInto(shape: Shape, step: string): { shape: Shape; default?: unknown } | undefined {
  if (shape.kind !== 'record' || !Object.hasOwn(shape.fields, step)) return undefined;
  const field = shapeOf(shape.fields[step]!);
  return field.kind === 'optional'
    ? { shape: shapeOf(field.of), default: field.default }
    : { shape: field };
}

function shapeAt(body: Shape, steps: readonly string[]): Shape | undefined {
  let shape: Shape | undefined = body;
  for (const step of steps) shape = shape && stepInto(shape, step)?.shape;
  return shape;
}

function valueAt(body: Shape, steps: readonly string[], data: unknown): unknown {
  let shape = body;
  let value = data;
  for (const step of steps) {
    const next = stepInto(shape, step);
    if (next === undefined || typeof value !== 'object' || value === null) return undefined;
    value = memberOf(value, step) ?? next.default;
    shape = next.shape;
  }
  if (shape.kind === 'custom') return wireValue(shape, value);
  return isText(shape) ? wireText(shape, value) : (value ?? undefined);
}

type CustomShape = Extract<Shape, { kind: 'custom' }>;

function wireShape(shape: Shape): Shape {
  return shape.kind === 'custom' ? { kind: shape.base } : shape;
}

function wireValue(shape: CustomShape, value: unknown): unknown {
  try {
    return (shape.toWire as (value: unknown) => unknown)(value) ?? undefined;
  } catch {
    return value ?? undefined;
  }
}

function memberOf(value: object, name: string): unknown {
  try {
    return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
  } catch {
    return undefined;
  }
}

function wireText(shape: Extract<Shape, { kind: Parameters<typeof formatOf>[0] }>, value: unknown) {
  const format = formatOf(shape.kind);
  if (typeof value === 'string' && format.recent?.has(value)) return value;
  const text = typeof value === 'string' ? value : format.textOf(value);
  return (text === undefined ? undefined : format.canonical(text)) ?? value ?? undefined;
}
