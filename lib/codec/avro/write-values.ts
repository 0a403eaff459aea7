import { EXACT_ZIGZAG, putBigZigzag, putZigzag } from '../../common/varint.js';
import { types } from 'node:util';
import type { RawBuffer } from './raw-bytes.js';
import type { TextFormat } from './text-formats.js';

/**
 * The writers of single values. Each writes at `at` and returns the position behind. A position
 * beyond the end of `bytes` means that there was not enough room: the caller takes a larger buffer
 * and writes everything again. A value that does not fit throws the one `NOT_VALID`, which costs
 * no stack trace; what is wrong is found out afterwards (explain-data.ts).
 */
export const NOT_VALID = new Error('data does not match the event definition');

export function refuse(): never {
  throw NOT_VALID;
}

/** What Redis takes as one value, and more than Kafka does. */
export const MOST_BYTES = 2 ** 29;
/** Thrown where a value takes more bytes than any broker would take for one. */
export const TOO_LARGE = new Error(`the encoded event is larger than ${MOST_BYTES} bytes`);

const SMALL = 0x40000000;

export function putLong(bytes: RawBuffer, at: number, value: unknown): number {
  if (typeof value === 'number' && (value | 0) === value && value >= -SMALL && value < SMALL) {
    // Most are small: `putZigzag` in the arithmetic of 32 bits, which costs half.
    let zigzag = value >= 0 ? value << 1 : ~(value << 1);
    while (zigzag > 127) {
      bytes[at++] = (zigzag & 127) | 128;
      zigzag >>>= 7;
    }
    bytes[at++] = zigzag;
    return at;
  }
  if (typeof value === 'number' && Number.isSafeInteger(value))
    return value > -EXACT_ZIGZAG && value < EXACT_ZIGZAG
      ? putZigzag(bytes, at, value)
      : putBigZigzag(bytes, at, BigInt(value));
  if (typeof value === 'bigint' && BigInt.asIntN(64, value) === value)
    return putBigZigzag(bytes, at, value);
  return refuse();
}

/** A length or a count: never negative, below 2^31. */
export function putLength(bytes: RawBuffer, at: number, length: number): number {
  let zigzag = length * 2;
  while (zigzag > 127) {
    bytes[at++] = (zigzag & 127) | 128;
    zigzag >>>= 7;
  }
  bytes[at++] = zigzag;
  return at;
}

export function putString(bytes: RawBuffer, at: number, value: unknown): number {
  if (typeof value !== 'string') return refuse();
  const length = value.length;
  // A loop over a short ASCII text costs less than the call into C++.
  if (length <= 24) {
    let end = at + 1;
    let i = 0;
    for (; i < length; i++) {
      const unit = value.charCodeAt(i);
      if (unit > 127) break;
      bytes[end++] = unit;
    }
    if (i === length) {
      bytes[at] = length << 1;
      return end;
    }
  }
  return putLongString(bytes, at, value);
}

// ES2024, in every Node that we run on; the compiler's library is ES2023.
export const isWellFormed = (text: string): boolean =>
  (text as string & { isWellFormed(): boolean }).isWellFormed();

const prefixSize = (size: number): number =>
  size < 0x40 ? 1 : size < 0x2000 ? 2 : size < 0x100000 ? 3 : size < 0x8000000 ? 4 : 5;

function putLongString(bytes: RawBuffer, at: number, value: string): number {
  const length = value.length;
  const most = at + 5 + length * 3;
  if (most > bytes.length) return most;
  // Written behind a prefix of the size that fits if every character is one byte, then moved if not.
  const guess = prefixSize(length);
  const size = bytes.utf8Write(value, at + guess, length * 3);
  if (size !== length && !isWellFormed(value)) return refuse();
  const prefix = prefixSize(size);
  if (prefix !== guess) bytes.copyWithin(at + prefix, at + guess, at + guess + size);
  putLength(bytes, at, size);
  return at + prefix + size;
}

/** A string with a format, in its canonical form. */
export function putText(bytes: RawBuffer, at: number, value: unknown, format: TextFormat): number {
  const text = typeof value === 'string' ? value : (format.textOf(value) ?? refuse());
  const end = putString(bytes, at, text);
  if (end > bytes.length || format.recent?.has(text)) return end;
  let start = at;
  while (bytes[start++]! > 127);
  if (format.isPlain(bytes, start, end)) {
    format.recent?.add(bytes, start, end);
    return end;
  }
  const canonical = format.canonical(text) ?? refuse();
  return canonical === text ? end : putString(bytes, at, canonical);
}

export function putBoolean(bytes: RawBuffer, at: number, value: unknown): number {
  if (value === true) bytes[at] = 1;
  else if (value === false) bytes[at] = 0;
  else refuse();
  return at + 1;
}

export function putDouble(bytes: RawBuffer, at: number, value: unknown): number {
  const number = typeof value === 'bigint' ? doubleOf(value) : value;
  if (typeof number !== 'number') return refuse();
  if (at + 8 <= bytes.length) bytes.writeDoubleLE(number, at);
  return at + 8;
}

/** Python takes any int for a double, but for those that overflow it. */
function doubleOf(value: bigint): number {
  const number = Number(value);
  return Number.isFinite(number) ? number : refuse();
}

export function putBytes(bytes: RawBuffer, at: number, value: unknown): number {
  if (!types.isUint8Array(value) || isDetached(value)) return refuse();
  const length = sizeOf(value);
  const end = at + 5 + length;
  if (end > bytes.length) return end;
  at = putLength(bytes, at, length);
  bytes.set(value, at);
  return at + length;
}

const TypedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;
const getterOf = <T>(name: 'byteLength' | 'buffer') => {
  const { get } = Object.getOwnPropertyDescriptor(TypedArray, name) as { get: () => T };
  return (bytes: Uint8Array): T => get.call(bytes);
};
/** How many bytes there are, whatever the object says of its length. */
const sizeOf = getterOf<number>('byteLength');
const bufferOf = getterOf<ArrayBuffer>('buffer');

/** Whether the memory went to another thread: the bytes are gone, and not none. */
export function isDetached(bytes: Uint8Array): boolean {
  if (sizeOf(bytes) > 0) return false;
  try {
    new Uint8Array(bufferOf(bytes));
    return false;
  } catch {
    return true;
  }
}

/** Bytes that are Avro already: the value of a default. */
export function putReady(bytes: RawBuffer, at: number, ready: Uint8Array): number {
  if (at + ready.length <= bytes.length) bytes.set(ready, at);
  return at + ready.length;
}

/** How many items a list has. The items are read by their index: an iterator may give others. */
export function lengthOf(value: unknown): number {
  if (!Array.isArray(value)) return refuse();
  const { length } = value;
  return isListLength(length) ? length : refuse();
}

/** A proxy may answer anything. Every item takes a byte or more. */
export const isListLength = (length: number): boolean =>
  length >>> 0 === length && length <= MOST_BYTES;

/** The keys of a map in the order of their code points, which is the order of their UTF-8 bytes. */
export function sortedKeysOf(value: unknown): readonly string[] {
  if (!isMapLike(value)) return refuse();
  const keys = Object.keys(value);
  return keys.length > 1 ? keys.sort(byCodePoint) : keys;
}

// Not `instanceof`: the value may come from another realm. A Map, an array or a Buffer is no map.
export const isMapLike = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && Object.prototype.toString.call(value) === '[object Object]';

function byCodePoint(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points beyond all that one UTF-16 unit holds. */
const rank = (unit: number): number =>
  unit < 0xd800 ? unit : unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
