import type { BodyReader } from './body-reader.js';
import { malformed, MalformedBody, type RawBuffer } from './raw-bytes.js';
import type { AnyCustom } from './shape.js';
import { isMapLike, MOST_BYTES, refuse, TOO_LARGE } from './write-values.js';

/**
 * What a codec does with a record, in two forms that do the same: generated source, and closures
 * where a policy forbids `new Function`.
 */
export interface RecordFunctions {
  /** RecordPosition behind what was written, beyond the end of `bytes` when there was no room. Throws NOT_VALID. */
  write(bytes: RawBuffer, at: number, value: unknown): number;
  /** Throws MalformedBody. */
  read(reader: BodyReader): Record<string, unknown>;
  copy(value: unknown): Record<string, unknown>;
}

/** Names that every object inherits: a field of such a name is read only from the object itself. */
export const isInherited = (name: string): boolean => name in Object.prototype;

export const ownValue = (value: object, name: string): unknown =>
  Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;

/** A plain assignment to `__proto__` would replace the prototype instead. */
export function setEntry(target: object, name: string, value: unknown): void {
  if (name === '__proto__')
    Object.defineProperty(target, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  else (target as Record<string, unknown>)[name] = value;
}

const PLAIN = Object.prototype;

/** Whether a value read from the object may be one of its prototype, and hide that it has an unknown field. */
export const mayInherit = (value: object): boolean => Object.getPrototypeOf(value) !== PLAIN;

/**
 * Called where the own properties are not just the values that were read. Left over is allowed
 * only a property that is undefined; a value from the prototype is no data of the object.
 */
export function checkNames(value: object, names: ReadonlySet<string>): void {
  for (const name of Object.keys(value))
    if (!names.has(name) && (value as Record<string, unknown>)[name] !== undefined) refuse();
  for (const name of names)
    if (!isInherited(name) && name in value && !isOwnEnumerable(value, name)) refuse();
}

export const isOwnEnumerable = (value: object, name: string): boolean =>
  Object.prototype.propertyIsEnumerable.call(value, name);

/** No values at all: an array, a Map or a Date has none either and is no record. */
export function checkIsRecord(value: unknown): void {
  if (!isMapLike(value)) refuse();
}

export function toWire(custom: AnyCustom, value: unknown): unknown {
  if (value === undefined || value === null) return refuse();
  try {
    return custom.toWire(value);
  } catch {
    return refuse();
  }
}

export function fromWire(custom: AnyCustom, value: unknown): unknown {
  try {
    return custom.fromWire(value as never);
  } catch (error) {
    if (error instanceof MalformedBody) throw error;
    return malformed(`not a valid ${custom.name}`, error);
  }
}

export function copyMap(
  map: Record<string, unknown>,
  copyEntry: (entry: unknown) => unknown,
): Record<string, unknown> {
  const copy = {};
  for (const key of Object.keys(map)) setEntry(copy, key, copyEntry(map[key]));
  return copy;
}

export const copyBytes = (bytes: Uint8Array): Buffer => Buffer.from(bytes);

const CHUNK_SIZE = 32 * 1024;
/** What must be left of a chunk to write into it: hardly any event is larger, so hardly any is written twice. */
const ROOM = 8 * 1024;
/** Of a larger buffer the rest is not worth keeping all of it alive. */
const LARGEST_CHUNK = 1024 * 1024;
let chunk: RawBuffer | undefined;
let used = 0;

/**
 * The bytes of a value: a part of a chunk that is never written again, as Node cuts small buffers
 * from its pool, but without a copy. Reentrant: while the value is read, a getter or a custom
 * field type may encode another event.
 */
export function bytesOf(functions: RecordFunctions, value: unknown): Buffer {
  let bytes = chunk;
  let start = used;
  chunk = undefined;
  if (bytes === undefined || bytes.length - start < ROOM) {
    bytes = newBuffer(CHUNK_SIZE);
    start = 0;
  }
  let end = start;
  try {
    end = functions.write(bytes, start, value);
    while (end > bytes.length) {
      if (end - start > MOST_BYTES) throw TOO_LARGE;
      bytes = newBuffer(Math.max(end - start, bytes.length * 2));
      start = 0;
      end = functions.write(bytes, start, value);
    }
    return bytes.subarray(start, end);
  } finally {
    if (bytes.length <= LARGEST_CHUNK) {
      chunk = bytes;
      used = end;
    }
  }
}

const newBuffer = (size: number): RawBuffer => Buffer.allocUnsafeSlow(size) as RawBuffer;
