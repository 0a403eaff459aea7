import type { DataProblem } from '../../errors/index.js';
import { NOT_OWN } from './explain-data.js';
import { absentBytes, interpretRecord } from './interpreted-records.js';
import { bytesOf, isInherited, isOwnEnumerable, setEntry } from './record-functions.js';
import { type AnyOptional, type AnyRecord, isNullable, type Shape, shapeOf } from './shape.js';
import { isListLength, isMapLike } from './write-values.js';

/** Data for an earlier schema version, and what of it the schema version could not hold. */
export interface WritableData {
  readonly data: unknown;
  readonly problems: readonly DataProblem[];
}

/**
 * Leaves out of `data` the fields that the earlier definition lacks. Only what is the default anyway
 * may be left out, because that is what a reader of today puts in its place: anything else is a problem.
 * Everything that the earlier definition has is passed on unchecked.
 */
export function dataForEarlier(earlier: AnyRecord, today: AnyRecord, data: unknown): WritableData {
  const problems: DataProblem[] = [];
  return { data: new Reduction(problems).value(earlier, today, data, ''), problems };
}

class Reduction {
  constructor(private readonly problems: DataProblem[]) {}

  value(earlier: Shape, today: Shape, value: unknown, path: string): unknown {
    if (value === null || typeof value !== 'object') return value;
    if (earlier.kind === 'record' && today.kind === 'record')
      return this.record(earlier, today, value, path);
    if (earlier.kind === 'list' && today.kind === 'list' && Array.isArray(value))
      return this.list(bareOf(earlier.items), bareOf(today.items), value, path);
    if (earlier.kind === 'map' && today.kind === 'map' && isMapLike(value)) {
      const entries = Object.entries(value).map(([key, entry], i): [string, unknown] => [
        key,
        this.value(bareOf(earlier.values), bareOf(today.values), entry, `${path}[entry ${i + 1}]`),
      ]);
      const result = {};
      for (const [key, entry] of entries) setEntry(result, key, entry);
      return result;
    }
    return value;
  }

  private list(earlier: Shape, today: Shape, list: readonly unknown[], path: string): unknown {
    const { length } = list;
    if (!isListLength(length)) return list;
    const result: unknown[] = [];
    for (let i = 0; i < length; i++) {
      const item = list[i];
      // Never an item: to be rejected as it is, however long the list.
      if (item === undefined) return list;
      result.push(this.value(earlier, today, item, `${path}[${i}]`));
    }
    return result;
  }

  private record(earlier: AnyRecord, today: AnyRecord, data: object, path: string): unknown {
    if (Array.isArray(data)) return data;
    const at = (name: string) => (path === '' ? name : `${path}.${name}`);
    for (const name of new Set([...Object.keys(earlier.fields), ...Object.keys(today.fields)]))
      if (name in data && !isInherited(name) && !isOwnEnumerable(data, name))
        this.say(at(name), NOT_OWN);
    const result = {};
    for (const [name, member] of Object.entries(data)) {
      const now = Object.hasOwn(today.fields, name) ? shapeOf(today.fields[name]!) : undefined;
      if (Object.hasOwn(earlier.fields, name)) {
        const then = shapeOf(earlier.fields[name]!);
        const kept: unknown = now
          ? this.value(bareOf(then), bareOf(now), member, at(name))
          : member;
        setEntry(result, name, kept);
      } else if (now === undefined) {
        setEntry(result, name, member);
      } else if (member !== undefined && !isDefault(now, member)) {
        this.say(
          at(name),
          'the field does not exist in the release given as writeAs, so it must have its default value',
        );
      }
    }
    return result;
  }

  private say(path: string, message: string): void {
    this.problems.push({ path, message });
  }
}

const bareOf = (field: Parameters<typeof shapeOf>[0]): Shape => {
  const shape = shapeOf(field);
  return shape.kind === 'optional' ? shapeOf(shape.of) : shape;
};

function isDefault(shape: Shape, value: unknown): boolean {
  if (shape.kind !== 'optional') return false;
  if (isNullable(shape)) return value === null;
  try {
    return absentBytes(shape).equals(bytesAs(shape, value));
  } catch {
    return false;
  }
}

const bytesAs = (shape: AnyOptional, value: unknown): Buffer =>
  bytesOf(interpretRecord({ kind: 'record', name: 'Default', fields: { value: shape.of } }), {
    value,
  });
