const M = 0x5bd1e995;
const SEED = 0x9747b28c;

/** The 32-bit hash (signed) by which Kafka's Java clients spread keys. */
export function murmur2(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.length & ~3;
  let hash = SEED ^ bytes.length;
  for (let at = 0; at < whole; at += 4) {
    let word = Math.imul(view.getInt32(at, true), M);
    word = Math.imul(word ^ (word >>> 24), M);
    hash = Math.imul(hash, M) ^ word;
  }
  const rest = bytes.length - whole;
  if (rest > 0) {
    for (let i = rest - 1; i >= 0; i--) hash ^= bytes[whole + i]! << (8 * i);
    hash = Math.imul(hash, M);
  }
  hash = Math.imul(hash ^ (hash >>> 13), M);
  return hash ^ (hash >>> 15);
}
