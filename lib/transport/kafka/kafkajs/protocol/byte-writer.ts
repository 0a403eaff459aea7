import { putZigzag } from '../../../../common/varint.js';

const WORD = 2 ** 32;

/** Writes Kafka's types one after the other. Its memory does not grow. */
export class ByteWriter {
  readonly bytes: Buffer;
  at = 0;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafe(size);
  }

  get written(): Buffer {
    return this.bytes.subarray(0, this.at);
  }

  int8(value: number): void {
    this.bytes[this.at++] = value;
  }

  int16(value: number): void {
    this.at = this.bytes.writeInt16BE(value, this.at);
  }

  int32(value: number): void {
    this.at = this.bytes.writeInt32BE(value, this.at);
  }

  int64(value: number): void {
    this.at = this.bytes.writeInt32BE(Math.floor(value / WORD), this.at);
    this.at = this.bytes.writeUInt32BE(value - Math.floor(value / WORD) * WORD, this.at);
  }

  /** Integers of up to 31 bits. */
  varint(value: number): void {
    this.at = putZigzag(this.bytes, this.at, value);
  }

  /** Integers of up to 31 bits that are not negative. */
  uvarint(value: number): void {
    for (; value > 127; value >>>= 7) this.int8((value & 127) | 128);
    this.int8(value);
  }

  /** As the newer forms have it. */
  compactString(text: string | null): void {
    this.uvarint(text === null ? 0 : Buffer.byteLength(text) + 1);
    if (text !== null) this.at += this.bytes.write(text, this.at);
  }

  string(text: string | null): void {
    this.int16(text === null ? -1 : Buffer.byteLength(text));
    if (text !== null) this.at += this.bytes.write(text, this.at);
  }

  varBytes(value: Uint8Array | null): void {
    this.varint(value === null ? -1 : value.length);
    if (value !== null) this.raw(value);
  }

  raw(value: Uint8Array): void {
    this.bytes.set(value, this.at);
    this.at += value.length;
  }
}

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
