const SLOTS = 16_384;
const POLYNOMIAL = 0x1021;

/** The part of a key that Redis Cluster places it by: what the first braces hold, else all of it. */
function hashTag(key: string): string {
  const open = key.indexOf('{');
  const close = open < 0 ? -1 : key.indexOf('}', open + 1);
  return close > open + 1 ? key.slice(open + 1, close) : key;
}

/** The slot of Redis Cluster that a key is in, 0 to 16,383: the CRC16 (XMODEM) of its hash tag. */
export function keySlot(key: string): number {
  let crc = 0;
  for (const byte of Buffer.from(hashTag(key))) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++)
      crc = (crc & 0x8000 ? (crc << 1) ^ POLYNOMIAL : crc << 1) & 0xffff;
  }
  return crc % SLOTS;
}

/** The stream's name in a form that gives a longer key, with nothing in braces before it, the same slot. */
export function slotPrefix(stream: string): string {
  return hashTag(stream) === stream ? `{${stream}}` : stream;
}
