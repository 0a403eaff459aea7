import { didYouMean } from '../../common/names.js';
import type { DataProblem } from '../../errors/index.js';
import { outsideText } from '../../errors/outside-text.js';
import { TEXT_KIND_WORDS } from '../../events/text/kind-words.js';
import { isOwnEnumerable } from './record-functions.js';
import {
  type AnyCustom,
  type AnyRecord,
  fieldsOf,
  isPrimitive,
  type Primitive,
  type Shape,
  shapeOf,
  type Text,
} from './shape.js';
import { formatOf } from './text-formats.js';
import { isDetached, isListLength, isMapLike, isWellFormed } from './write-values.js';
import { types } from 'node:util';

const MOST = 100;

/** Of a field that only the prototype has, or that is not enumerable. */
export const NOT_OWN =
  'must be a property of the object itself (own and enumerable, not inherited)';

/**
 * Every place where `data` does not fit the record, up to a hundred. Values, and the keys of maps,
 * are left out: they may be personal data.
 */
export function explainData(record: AnyRecord, data: unknown): DataProblem[] {
  const problems: DataProblem[] = [];
  new Explanation(problems).value(record, data, '');
  return problems;
}

class Explanation {
  constructor(private readonly problems: DataProblem[]) {}

  value(shape: Shape, value: unknown, path: string): void {
    if (this.problems.length >= MOST) return;
    switch (shape.kind) {
      case 'record':
        return this.record(shape, value, path);
      case 'list':
        return this.list(shapeOf(shape.items), value, path);
      case 'map':
        return this.map(shapeOf(shape.values), value, path);
      case 'optional':
        if (value === null && shape.default === null) return;
        return this.value(shapeOf(shape.of), value, path);
      case 'custom':
        return this.custom(shape, value, path);
      case 'unsupported':
        return this.say(path, `${shape.pythonType} has no Avro type`);
      default:
        return isPrimitive(shape)
          ? this.primitive(shape, value, path)
          : this.text(shape, value, path);
    }
  }

  private record(record: AnyRecord, value: unknown, path: string): void {
    if (value === null || typeof value !== 'object' || Array.isArray(value))
      return this.say(path, `expected ${record.name}, got ${nameOf(value)}`);
    const data = value as Record<string, unknown>;
    const keys = Object.keys(data);
    if (keys.length === 0 && !isMapLike(value))
      return this.say(path, `expected ${record.name}, got ${nameOf(value)}`);
    const at = (name: string) => (path === '' ? name : `${path}.${name}`);
    for (const [name, shape] of fieldsOf(record)) {
      const own = isOwnEnumerable(data, name);
      if (!own && name in data && !(name in Object.prototype)) this.say(at(name), NOT_OWN);
      else if (own && data[name] !== undefined) this.value(shape, data[name], at(name));
      else if (shape.kind !== 'optional') this.say(at(name), 'missing');
    }
    const names = Object.keys(record.fields);
    for (const key of keys)
      if (!Object.hasOwn(record.fields, key) && data[key] !== undefined)
        this.say(
          at(outsideText(key, 80)),
          `unknown field of ${record.name}${didYouMean(key, names)}`,
        );
  }

  private list(items: Shape, value: unknown, path: string): void {
    if (!Array.isArray(value)) return this.say(path, `expected a list, got ${nameOf(value)}`);
    const { length } = value;
    if (!isListLength(length)) return this.say(path, 'invalid list length');
    for (let i = 0; i < length && this.problems.length < MOST; i++)
      this.value(items, value[i], `${path}[${i}]`);
  }

  private map(values: Shape, value: unknown, path: string): void {
    if (!isMapLike(value)) return this.say(path, `expected a map, got ${nameOf(value)}`);
    let entry = 0;
    for (const key of Object.keys(value)) {
      const at = `${path}[entry ${++entry}]`;
      if (!isWellFormed(key)) this.say(at, 'the key contains an unpaired surrogate');
      this.value(values, value[key], at);
    }
  }

  private custom(shape: AnyCustom, value: unknown, path: string): void {
    if (value === undefined || value === null)
      return this.say(path, `expected ${shape.name}, got ${nameOf(value)}`);
    let wire: unknown;
    try {
      wire = shape.toWire(value);
    } catch (error) {
      const reason = types.isNativeError(error) ? error.message : 'refused';
      return this.say(path, `not a valid ${shape.name}: ${reason}`);
    }
    this.primitive({ kind: shape.base }, wire, path);
  }

  private text(shape: Text, value: unknown, path: string): void {
    const format = formatOf(shape.kind);
    const words = TEXT_KIND_WORDS[shape.kind];
    const text = typeof value === 'string' ? value : format.textOf(value);
    if (text === undefined) this.say(path, `expected ${words}, got ${nameOf(value)}`);
    else if (!isWellFormed(text)) this.say(path, 'contains an unpaired surrogate');
    else if (format.canonical(text) === undefined) this.say(path, `not a valid ${words}`);
  }

  private primitive({ kind }: Primitive, value: unknown, path: string): void {
    const problem = primitiveProblem(kind, value);
    if (problem !== undefined) this.say(path, problem);
  }

  private say(path: string, message: string): void {
    if (this.problems.length < MOST) this.problems.push({ path: path || 'data', message });
  }
}

function primitiveProblem(kind: Primitive['kind'], value: unknown): string | undefined {
  switch (kind) {
    case 'string':
      if (typeof value !== 'string') return `expected string, got ${nameOf(value)}`;
      return isWellFormed(value) ? undefined : 'contains an unpaired surrogate';
    case 'long':
      if (typeof value === 'bigint')
        return BigInt.asIntN(64, value) === value ? undefined : 'does not fit into 64 bits';
      if (typeof value !== 'number') return `expected integer, got ${nameOf(value)}`;
      if (!Number.isInteger(value)) return 'not an integer';
      return Number.isSafeInteger(value) ? undefined : 'beyond 2^53 - 1; pass a bigint';
    case 'double':
      if (typeof value === 'number') return undefined;
      if (typeof value !== 'bigint') return `expected number, got ${nameOf(value)}`;
      return Number.isFinite(Number(value)) ? undefined : 'out of range for a double';
    case 'boolean':
      return typeof value === 'boolean' ? undefined : `expected boolean, got ${nameOf(value)}`;
    case 'bytes':
      if (!types.isUint8Array(value)) return `expected bytes, got ${nameOf(value)}`;
      return isDetached(value) ? 'bytes of a detached ArrayBuffer' : undefined;
  }
}

const nameOf = (value: unknown): string =>
  value === null
    ? 'null'
    : Array.isArray(value)
      ? 'list'
      : typeof value === 'object' && !isMapLike(value)
        ? Object.prototype.toString.call(value).slice(8, -1)
        : typeof value;
