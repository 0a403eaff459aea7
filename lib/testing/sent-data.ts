import type { AnyCustom } from '../codec/avro/shape.js';
import { type Shape, shapeOf } from '../codec/avro/shape.js';
import { formatOf } from '../codec/avro/text-formats.js';
import { ownValue, setEntry } from '../codec/avro/record-functions.js';
import { isPlainObject } from './plain-object.js';

/** A matcher in place of a value, such as `expect.any(Number)` of jest or vitest. */
export interface ValueMatcher {
  /** Whether the value matches. */
  asymmetricMatch(value: unknown): boolean;
}

/**
 * Data of which any part may be left out, or have a matcher such as `expect.any(Number)` in its place, at any depth. The items
 * of a list are given all or none.
 */
export type ExpectedData<T> = 0 extends 1 & T
  ? // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a part of any data is any
    any
  : T extends string | number | bigint | boolean | null | undefined | Date | Uint8Array
    ? T | ValueMatcher
    : T extends readonly (infer Item)[]
      ? readonly ExpectedData<Item>[] | ValueMatcher
      : { [K in keyof T]?: ExpectedData<T[K]> | undefined } | ValueMatcher;

const isMatcher = (value: unknown): boolean =>
  typeof (value as Partial<ValueMatcher> | null | undefined)?.asymmetricMatch === 'function';

/** What is expected, in the form in which it would be received: dates as text, small longs as numbers. */
export function asReceived(shape: Shape, expected: unknown): unknown {
  if (expected === null || expected === undefined || isMatcher(expected)) return expected;
  switch (shape.kind) {
    case 'record':
      return mapped(expected, (name, value) =>
        Object.hasOwn(shape.fields, name) ? asReceived(shapeOf(shape.fields[name]!), value) : value,
      );
    case 'map':
      return mapped(expected, (_, value) => asReceived(shapeOf(shape.values), value));
    case 'list':
      return Array.isArray(expected)
        ? expected.map((item) => asReceived(shapeOf(shape.items), item))
        : expected;
    case 'optional':
      return asReceived(shapeOf(shape.of), expected);
    case 'long':
    case 'double':
      return typeof expected === 'bigint' && Number.isSafeInteger(Number(expected))
        ? Number(expected)
        : expected;
    case 'datetime':
    case 'uuid': {
      const format = formatOf(shape.kind);
      const text = typeof expected === 'string' ? expected : format.textOf(expected);
      return text === undefined ? expected : (format.canonical(text) ?? expected);
    }
    case 'custom':
      return throughWire(shape, expected);
    default:
      return expected;
  }
}

function mapped(value: unknown, change: (name: string, value: unknown) => unknown): unknown {
  if (!isPlainObject(value)) return value;
  const result = {};
  for (const [name, member] of Object.entries(value)) setEntry(result, name, change(name, member));
  return result;
}

function throughWire(custom: AnyCustom, expected: unknown): unknown {
  try {
    return custom.fromWire(custom.toWire(expected) as never);
  } catch {
    // What cannot be sent was not.
    return expected;
  }
}

/** One part of the data that is not as expected. */
export interface Difference {
  /** Such as `user.pii.email` or `items[2].id`; empty for the data as a whole. */
  readonly path: string;
  readonly expected: unknown;
  /** undefined: there is no such field. */
  readonly sent: unknown;
}

/** Where the data is not as expected: of objects only the members that are expected count. */
export function differences(
  expected: unknown,
  sent: unknown,
  equals: (sent: unknown, expected: unknown) => boolean,
  path = '',
): readonly Difference[] {
  if (isPlainObject(expected) && !isMatcher(expected) && isPlainObject(sent))
    return Object.entries(expected).flatMap(([name, member]) =>
      member === undefined
        ? []
        : differences(member, ownValue(sent, name), equals, path === '' ? name : `${path}.${name}`),
    );
  if (Array.isArray(expected) && Array.isArray(sent) && expected.length === sent.length)
    return expected.flatMap((item, i) => differences(item, sent[i], equals, `${path}[${i}]`));
  return equals(sent, expected) ? [] : [{ path, expected, sent }];
}
