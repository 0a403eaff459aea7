import type { BodyReader } from './body-reader.js';
import { MalformedBody, type RawBuffer } from './raw-bytes.js';
import {
  bytesOf,
  checkIsRecord,
  checkNames,
  copyBytes,
  copyMap,
  fromWire,
  isInherited,
  mayInherit,
  ownValue,
  type RecordFunctions,
  setEntry,
  toWire,
} from './record-functions.js';
import {
  type AnyOptional,
  type AnyRecord,
  fieldsOf,
  isText,
  type Shape,
  shapeOf,
  type Text,
} from './shape.js';
import { formatOf } from './text-formats.js';
import {
  lengthOf,
  putBoolean,
  putBytes,
  putDouble,
  putLength,
  putLong,
  putReady,
  putString,
  putText,
  refuse,
  sortedKeysOf,
} from './write-values.js';

interface ValueFunctions {
  write(bytes: RawBuffer, at: number, value: unknown): number;
  read(reader: BodyReader): unknown;
  copy(value: unknown): unknown;
}

const same = (value: unknown): unknown => value;

const PRIMITIVES: Record<string, ValueFunctions> = {
  string: { write: putString, read: (reader) => reader.string(), copy: same },
  long: { write: putLong, read: (reader) => reader.long(), copy: same },
  double: { write: putDouble, read: (reader) => reader.double(), copy: same },
  boolean: { write: putBoolean, read: (reader) => reader.boolean(), copy: same },
  bytes: {
    write: putBytes,
    read: (reader) => reader.byteString(),
    copy: (value) => copyBytes(value as Uint8Array),
  },
};

/**
 * The functions of a record as closures: for where `new Function` is forbidden, and to find the
 * path at which a body is malformed, which the generated functions do not keep.
 */
export function interpretRecord(record: AnyRecord, known: Known = new Map()): RecordFunctions {
  const names = new Set(Object.keys(record.fields));
  const fields = fieldsOf(record).map(([name, shape]) => ({
    name,
    valueIn: isInherited(name)
      ? (value: object) => ownValue(value, name)
      : (value: object) => (value as Record<string, unknown>)[name],
    absent: shape.kind === 'optional' ? absentBytes(shape) : undefined,
    ...functionsOf(shape, known),
  }));
  const functions: RecordFunctions = {
    write(bytes, at, value) {
      if (value === null || typeof value !== 'object') return refuse();
      let seen = 0;
      for (const field of fields) {
        const member = field.valueIn(value);
        if (member !== undefined) {
          seen++;
          at = field.write(bytes, at, member);
        } else {
          at = putReady(bytes, at, field.absent ?? refuse());
        }
      }
      if (seen === 0) checkIsRecord(value);
      if (Object.keys(value).length !== seen || mayInherit(value)) checkNames(value, names);
      return at;
    },
    read(reader) {
      const result = {};
      for (const field of fields) {
        try {
          setEntry(result, field.name, field.read(reader));
          reader.checkEnd();
        } catch (error) {
          throw within(error, field.name);
        }
      }
      return result;
    },
    copy(value) {
      const result = {};
      for (const field of fields)
        setEntry(result, field.name, field.copy(field.valueIn(value as object)));
      return result;
    },
  };
  known.set(record, functions);
  return functions;
}

/** Records of which a second use needs no second set of functions. */
type Known = Map<AnyRecord, RecordFunctions>;

function functionsOf(shape: Shape, known: Known): ValueFunctions {
  switch (shape.kind) {
    case 'record':
      return known.get(shape) ?? interpretRecord(shape, known);
    case 'list':
      return listFunctions(functionsOf(shapeOf(shape.items), known));
    case 'map':
      return mapFunctions(functionsOf(shapeOf(shape.values), known));
    case 'optional':
      return shape.default === null
        ? nullableFunctions(shape, known)
        : functionsOf(shapeOf(shape.of), known);
    case 'custom': {
      const base = PRIMITIVES[shape.base]!;
      return {
        write: (bytes, at, value) => base.write(bytes, at, toWire(shape, value)),
        read: (reader) => fromWire(shape, base.read(reader)),
        copy: same,
      };
    }
    case 'unsupported':
      throw new TypeError(`${shape.pythonType} has no Avro type`);
    default:
      return isText(shape) ? textFunctions(shape) : PRIMITIVES[shape.kind]!;
  }
}

function textFunctions(shape: Text): ValueFunctions {
  const format = formatOf(shape.kind);
  return {
    write: (bytes, at, value) => putText(bytes, at, value, format),
    read: (reader) => reader.formatted(format),
    copy: same,
  };
}

function nullableFunctions(field: AnyOptional, known: Known): ValueFunctions {
  const inner = shapeOf(field.of);
  const present = functionsOf(inner, known);
  return {
    write(bytes, at, value) {
      bytes[at++] = value === null ? 0 : 2;
      return value === null ? at : present.write(bytes, at, value);
    },
    read: isText(inner)
      ? (reader) => (reader.present() ? reader.formattedOrEmpty(formatOf(inner.kind)) : null)
      : (reader) => (reader.present() ? present.read(reader) : null),
    copy: (value) => (value === null ? null : present.copy(value)),
  };
}

function listFunctions(items: ValueFunctions): ValueFunctions {
  return {
    write(bytes, at, value) {
      const length = lengthOf(value);
      if (length > 0) at = putLength(bytes, at, length);
      for (let i = 0; i < length; i++) at = items.write(bytes, at, (value as unknown[])[i]);
      bytes[at++] = 0;
      return at;
    },
    read(reader) {
      const result: unknown[] = [];
      for (let count = reader.count(); count > 0; count = reader.count())
        for (; count > 0; count--) {
          try {
            result.push(items.read(reader));
            reader.checkEnd();
          } catch (error) {
            throw within(error, `[${result.length}]`);
          }
        }
      return result;
    },
    copy: (value) => (value as unknown[]).map((item) => items.copy(item)),
  };
}

function mapFunctions(values: ValueFunctions): ValueFunctions {
  return {
    write(bytes, at, value) {
      const keys = sortedKeysOf(value);
      if (keys.length > 0) at = putLength(bytes, at, keys.length);
      for (const key of keys) {
        at = putString(bytes, at, key);
        at = values.write(bytes, at, (value as Record<string, unknown>)[key]);
      }
      bytes[at++] = 0;
      return at;
    },
    read(reader) {
      const result = {};
      let entry = 0;
      for (let count = reader.count(); count > 0; count = reader.count())
        for (; count > 0; count--) {
          entry++;
          try {
            setEntry(result, reader.string(), values.read(reader));
            reader.checkEnd();
          } catch (error) {
            throw within(error, `[entry ${entry}]`);
          }
        }
      return result;
    },
    copy: (value) => copyMap(value as Record<string, unknown>, (entry) => values.copy(entry)),
  };
}

/** The Avro bytes of a field that is left out. */
export function absentBytes(field: AnyOptional): Buffer {
  if (field.default === null) return Buffer.of(0);
  const fields = { value: field.of };
  return bytesOf(interpretRecord({ kind: 'record', name: 'Default', fields }), {
    value: field.default,
  });
}

function within(error: unknown, step: string): unknown {
  if (error instanceof MalformedBody) error.path.unshift(step);
  return error;
}
