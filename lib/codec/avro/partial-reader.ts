import { BodyReader } from './body-reader.js';
import { interpretRecord } from './interpreted-records.js';
import { type RawBuffer, MalformedBody } from './raw-bytes.js';
import { type AnyRecord, fieldsOf, type Shape, shapeOf, bodyOf } from './shape.js';
import type { EventDefinition } from '../../events/event-definition.js';

type Skip = (reader: BodyReader) => void;

/**
 * Reads one required plain field from a body, and nothing else of it. `steps` leads to it through records;
 * a field type of somebody's own gives its value on the wire.
 */
export function fieldReaderOf(
  body: AnyRecord,
  steps: readonly string[],
): (body: Buffer) => unknown {
  const before: Skip[] = [];
  const known = new Map<AnyRecord, Skip>();
  let shape: Shape = body;
  for (const step of steps) {
    if (shape.kind !== 'record') throw new TypeError(`no record contains the field ${step}`);
    for (const [name, field] of fieldsOf(shape)) {
      const inner: Shape = field.kind === 'optional' ? shapeOf(field.of) : field;
      if (name === step) {
        shape = inner;
        break;
      }
      before.push(skipOf(field, known));
    }
  }
  const value: Shape = shape.kind === 'custom' ? { kind: shape.base } : shape;
  const field = interpretRecord({ kind: 'record', name: 'Field', fields: { value } });
  const reader = new BodyReader();
  return (bytes) => {
    reader.open(bytes as RawBuffer);
    for (const skip of before) skip(reader);
    const found = field.read(reader)['value'];
    reader.close();
    return found;
  };
}

function skipOf(shape: Shape, known: Map<AnyRecord, Skip>): Skip {
  switch (shape.kind) {
    case 'boolean':
      return (reader) => reader.skip(1);
    case 'double':
      return (reader) => reader.skip(8);
    case 'long':
      return (reader) => void reader.long();
    case 'custom':
      return skipOf({ kind: shape.base }, known);
    case 'optional': {
      const present = skipOf(shapeOf(shape.of), known);
      if (shape.default !== null) return present;
      return (reader) => {
        if (reader.present()) present(reader);
      };
    }
    case 'list':
      return blocks(skipOf(shapeOf(shape.items), known));
    case 'map': {
      const value = skipOf(shapeOf(shape.values), known);
      return blocks((reader) => {
        reader.skipBytes();
        value(reader);
      });
    }
    case 'record':
      return known.get(shape) ?? recordOf(shape, known);
    default:
      return (reader) => reader.skipBytes();
  }
}

const blocks =
  (item: Skip): Skip =>
  (reader) => {
    for (let count = reader.count(); count > 0; count = reader.count())
      for (; count > 0; count--) item(reader);
  };

function recordOf(record: AnyRecord, known: Map<AnyRecord, Skip>): Skip {
  const fields = fieldsOf(record).map(([, field]) => skipOf(field, known));
  const skip: Skip = (reader) => {
    for (const field of fields) field(reader);
  };
  known.set(record, skip);
  return skip;
}

/** The value at the beginning of a body. */
export interface BodyPrefix {
  readonly data: unknown;
  /** Bytes behind it, that nothing is known of. */
  readonly bytesLeft: number;
}

/** Reads what a body begins with by the definition; undefined where that is no whole, valid value. */
export function readPrefix(definition: EventDefinition, body: Uint8Array): BodyPrefix | undefined {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength) as RawBuffer;
  const reader = new BodyReader();
  reader.open(bytes);
  try {
    const data = interpretRecord(bodyOf(definition)).read(reader);
    return { data, bytesLeft: reader.end - reader.at };
  } catch (error) {
    if (error instanceof MalformedBody) return undefined;
    throw error;
  }
}
