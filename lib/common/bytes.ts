import { isUtf8 } from 'node:buffer';

/** The same memory as a Buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * Whether `bytes` from `start` to `end` are those of `known`. For the short texts of headers a loop is
 * faster than a call out of JavaScript.
 */
export function sameBytes(
  known: Uint8Array,
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): boolean {
  if (known.length !== end - start) return false;
  for (let i = 0; i < known.length; i++) if (known[i] !== bytes[start + i]) return false;
  return true;
}

/**
 * The text of UTF-8 bytes, or of a part of them, strict as RFC 3629; undefined when they are not UTF-8. A byte order mark
 * stays. The codec has one of its own (`utf8Text`), which reads the short texts of bodies without a call out of JavaScript.
 */
export function decodeUtf8(bytes: Uint8Array, start = 0, end = bytes.length): string | undefined {
  const buffer = asBuffer(bytes);
  const text = buffer.toString('utf8', start, end);
  // What cannot be decoded is replaced by this character, which may also be meant.
  return !text.includes('\ufffd') || isUtf8(buffer.subarray(start, end)) ? text : undefined;
}
