import type { BodyReader } from './body-reader.js';
import { malformed, MalformedBody } from './malformed.js';
import type { RawBuffer } from './raw-buffer.js';
import type { AnyCustom } from './shape.js';
import { isMapLike, refuse } from './write-values.js';

/**
 * What a codec does with a record, in two forms that do the same: generated source, and closures
 * where a policy forbids `new Function`.
 */
export interface RecordFunctions {
  /** Position behind what was written, beyond the end of `bytes` when there was no room. Throws NOT_VALID. */
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

/**
 * Called where the number of values read is not the number of own properties. Left over is allowed
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

const FIRST_SIZE = 64 * 1024;
const KEPT_SIZE = 1024 * 1024;
let spare: RawBuffer | undefined;

const newBuffer = (size: number): RawBuffer => Buffer.allocUnsafeSlow(size) as RawBuffer;

function copyOf(bytes: Buffer, length: number): Buffer {
  const result = Buffer.allocUnsafe(length);
  // The call into C++ pays only for more than this.
  if (length > 48) bytes.copy(result, 0, 0, length);
  else for (let i = 0; i < length; i++) result[i] = bytes[i]!;
  return result;
}

/** The bytes of a value. Reentrant: a getter or a custom field type may encode another event meanwhile. */
export function bytesOf(functions: RecordFunctions, value: unknown): Buffer {
  let bytes = spare ?? newBuffer(FIRST_SIZE);
  spare = undefined;
  try {
    let end = functions.write(bytes, 0, value);
    while (end > bytes.length) {
      bytes = newBuffer(Math.max(end, bytes.length * 2));
      end = functions.write(bytes, 0, value);
    }
    return copyOf(bytes, end);
  } finally {
    if (bytes.length <= KEPT_SIZE) spare = bytes;
  }
}
