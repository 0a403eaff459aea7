/**
 * Signed integers in zigzag form, seven bits a byte, the lowest first: Avro's `long`, Kafka's `varint`. The readers of
 * bodies and of records have loops of their own (codec/avro/body-reader, kafkajs/protocol/byte-reader): they are run for
 * every field, and a call that gives back a value and a place costs more than the loop.
 */
/** Beyond it, and below its negative, the zigzag form is not exact as a number. */
export const EXACT_ZIGZAG = 2 ** 52;

/** Writes `value`, which is between -`EXACT_ZIGZAG` and that, at `at` and returns the position behind. */
export function putZigzag(bytes: Uint8Array, at: number, value: number): number {
  let zigzag = value < 0 ? -value * 2 - 1 : value * 2;
  for (; zigzag > 127; zigzag = Math.floor(zigzag / 128)) bytes[at++] = zigzag | 128;
  bytes[at++] = zigzag;
  return at;
}

/** As `putZigzag`, of up to 64 bits. */
export function putBigZigzag(bytes: Uint8Array, at: number, value: bigint): number {
  let zigzag = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  for (; zigzag > 127n; zigzag >>= 7n) bytes[at++] = Number(zigzag & 127n) | 128;
  bytes[at++] = Number(zigzag);
  return at;
}

/** Bytes that `putZigzag` writes. */
export function zigzagSize(value: number): number {
  let zigzag = value < 0 ? -value * 2 - 1 : value * 2;
  let size = 1;
  for (; zigzag > 127; zigzag = Math.floor(zigzag / 128)) size++;
  return size;
}

const LONGEST = 10;

/** The bytes of an integer of up to 64 bits. */
export function zigzagBytes(value: number | bigint): Buffer {
  const bytes = Buffer.allocUnsafe(LONGEST);
  const isSmall = typeof value === 'number' && value > -EXACT_ZIGZAG && value < EXACT_ZIGZAG;
  const end = isSmall ? putZigzag(bytes, 0, value) : putBigZigzag(bytes, 0, BigInt(value));
  return bytes.subarray(0, end);
}

/**
 * The unsigned integer in seven bits a byte at `at`, and where it ends; undefined where it does not end within five bytes
 * and before `end`.
 */
export function readUnsigned(
  bytes: Uint8Array,
  at: number,
  end: number,
): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  for (let factor = 1, i = at; i < at + 5 && i < end; factor *= 128, i++) {
    const byte = bytes[i]!;
    value += (byte & 127) * factor;
    if (byte < 128) return { value, end: i + 1 };
  }
  return undefined;
}
