const POLYNOMIAL = 0x82f63b78;

const TABLE = new Int32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  TABLE[byte] = crc;
}

/** The checksum (Castagnoli, unsigned) of what the parts make together. */
export function crc32c(...parts: readonly Uint8Array[]): number {
  let crc = -1;
  for (const part of parts)
    for (let i = 0; i < part.length; i++) crc = TABLE[(crc ^ part[i]!) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
