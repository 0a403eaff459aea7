const SLOTS = 16_384;
const POLYNOMIAL = 0x1021;
const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ POLYNOMIAL : crc << 1;
  return crc & 0xffff;
});

/** The part of a key that Redis Cluster places it by: what the first braces hold, else all of it. */
function hashTag(key: string): string {
  const open = key.indexOf('{');
  const close = open < 0 ? -1 : key.indexOf('}', open + 1);
  return close > open + 1 ? key.slice(open + 1, close) : key;
}

/** Goes on from the CRC of what is before. */
function crc16(bytes: Uint8Array, before = 0): number {
  let crc = before;
  for (const byte of bytes) crc = ((crc << 8) & 0xffff) ^ TABLE[(crc >> 8) ^ byte]!;
  return crc;
}

/** The slot of Redis Cluster that a key is in, 0 to 16,383: the CRC16 (XMODEM) of its hash tag. */
export function keySlot(key: string): number {
  return crc16(Buffer.from(hashTag(key))) % SLOTS;
}

/**
 * The key of something about a stream. It begins with the stream's whole name, so that who may use
 * the stream by a prefix may use it too, and is in the stream's slot. Other names, other key.
 */
export function keyBeside(stream: string, kind: string, ...names: readonly string[]): string {
  const rest = names.map((name) => `:${name.replace(/[%:]/g, encodeURIComponent)}`).join('');
  const key = `${stream}:${kind}:{${stream}}${rest}`;
  const slot = keySlot(stream);
  if (keySlot(key) === slot) return key;
  // Braces in the stream's name have the tag begin or end elsewhere: a number in it finds the slot.
  const open = stream.indexOf('{');
  const isWhole = open >= 0 && stream[open + 1] === '}';
  const before = isWhole ? `${stream}:${kind}${rest}:` : `${stream}:${kind}:{`;
  const after = isWhole ? '' : `}${rest}`;
  return `${before}${numberFor(slot, isWhole ? before : before.slice(before.indexOf('{') + 1))}${after}`;
}

/** The least number that, written behind a string, brings it into the slot. */
function numberFor(slot: number, text: string): number {
  const before = crc16(Buffer.from(text));
  const digits = new Uint8Array(8);
  for (let n = 0; ; n++) {
    const written = digits.subarray(0, writeDigits(n, digits));
    if (crc16(written, before) % SLOTS === slot) return n;
  }
}

function writeDigits(n: number, into: Uint8Array): number {
  const text = String(n);
  for (let i = 0; i < text.length; i++) into[i] = text.charCodeAt(i);
  return text.length;
}
