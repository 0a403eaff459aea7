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
