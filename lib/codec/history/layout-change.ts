import { BodyReader } from '../avro/body-reader.js';
import { absentBytes, interpretRecord } from '../avro/interpreted-records.js';
import { malformed, MalformedBody } from '../avro/malformed.js';
import type { RawBuffer } from '../avro/raw-buffer.js';
import { ownValue, setEntry } from '../avro/record-functions.js';
import {
  type AnyOptional,
  type AnyRecord,
  fieldsOf,
  isPrimitive,
  isText,
  type Shape,
  shapeOf,
  type Text,
} from '../avro/shape.js';
import { formatOf } from '../avro/text-formats.js';

type Change = (value: unknown) => unknown;

const same: Change = (value) => value;

/**
 * Turns data that was read with an earlier definition into data of today's: fields that are gone are
 * left out, new ones take their default (the one of the Python class, which no Avro schema has).
 * The function throws MalformedBody, with the path, where today's definition has no place for a value
 * or the field is new and has no default.
 */
export function changeToToday(earlier: AnyRecord, today: AnyRecord): Change {
  const members = fieldsOf(today).map(([name, shape]): [string, Change] => {
    const known = Object.hasOwn(earlier.fields, name) ? shapeOf(earlier.fields[name]!) : undefined;
    return [name, known === undefined ? newField(shape) : field(known, shape)];
  });
  return (value) => {
    const result = {};
    for (const [name, change] of members)
      setEntry(
        result,
        name,
        inside(name, () => change(ownValue(value as object, name))),
      );
    return result;
  };
}

function newField(shape: Shape): Change {
  if (shape.kind === 'optional') return defaultOf(shape);
  return () => malformed('not in the layout of the writer, and there is no default');
}

/** The default as it would have been read, a fresh one each time. */
export function defaultOf(shape: AnyOptional): Change {
  if (shape.default === null) return () => null;
  const bytes = absentBytes(shape) as RawBuffer;
  const functions = interpretRecord({
    kind: 'record',
    name: 'Default',
    fields: { value: shape.of },
  });
  return () => {
    const reader = new BodyReader();
    reader.open(bytes);
    return functions.read(reader)['value'];
  };
}

function field(earlier: Shape, today: Shape): Change {
  const change = value(bareOf(earlier), bareOf(today));
  const mayBeNull = today.kind === 'optional' && today.default === null;
  if (earlier.kind !== 'optional' || earlier.default !== null) return change;
  return (member) => {
    if (member !== null) return change(member);
    return mayBeNull ? null : malformed('null, which the event definition no longer allows');
  };
}

const bareOf = (shape: Shape): Shape => (shape.kind === 'optional' ? shapeOf(shape.of) : shape);

function value(earlier: Shape, today: Shape): Change {
  if (earlier === today || (isPrimitive(earlier) && earlier.kind === today.kind)) return same;
  if (earlier.kind === 'string' && isText(today)) return textOf(today);
  if (isText(earlier) && today.kind === 'string') return same;
  if (earlier.kind === 'record' && today.kind === 'record') return changeToToday(earlier, today);
  if (earlier.kind === 'list' && today.kind === 'list') {
    const items = value(shapeOf(earlier.items), shapeOf(today.items));
    return (list) => (list as unknown[]).map((item, i) => inside(`[${i}]`, () => items(item)));
  }
  if (earlier.kind === 'map' && today.kind === 'map') {
    const values = value(shapeOf(earlier.values), shapeOf(today.values));
    return (map) => {
      const result = {};
      Object.entries(map as object).forEach(([key, entry], i) =>
        setEntry(
          result,
          key,
          inside(`[entry ${i + 1}]`, () => values(entry)),
        ),
      );
      return result;
    };
  }
  return () => malformed('a type that the event definition no longer has');
}

function textOf({ kind }: Text): Change {
  const format = formatOf(kind);
  return (text) => {
    if (format.canonical(text as string) === undefined) malformed(`not a valid ${kind}`);
    return text;
  };
}

function inside<T>(step: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof MalformedBody) error.path.unshift(step);
    throw error;
  }
}
