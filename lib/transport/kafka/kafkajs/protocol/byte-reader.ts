import { readUnsigned } from '../../../../common/varint.js';

const WORD = 2 ** 32;

/**
 * Reads Kafka's types one after the other. Long integers come as numbers, exact up to 2^53. What does not lie
 * before `end` is not read: a RangeError is thrown. Only the two of varying size, which are read most, leave it to the
 * caller to see that `at` is behind `end`.
 */
export class ByteReader {
  constructor(
    readonly bytes: Buffer,
    public at = 0,
    readonly end = bytes.length,
  ) {}

  get left(): number {
    return this.end - this.at;
  }

  int8(): number {
    this.pass(1);
    return this.bytes.readInt8(this.at - 1);
  }

  int16(): number {
    this.pass(2);
    return this.bytes.readInt16BE(this.at - 2);
  }

  int32(): number {
    this.pass(4);
    return this.bytes.readInt32BE(this.at - 4);
  }

  int64(): number {
    this.pass(8);
    return this.bytes.readInt32BE(this.at - 8) * WORD + this.bytes.readUInt32BE(this.at - 4);
  }

  /** A signed integer of at most 32 bits, in seven bits a byte; NaN where it goes on behind five. */
  varint(): number {
    const { bytes } = this;
    let zigzag = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = bytes[this.at++]!;
      zigzag |= (byte & 127) << shift;
      if (byte < 128) return (zigzag >>> 1) ^ -(zigzag & 1);
    }
    return NaN;
  }

  /** As `varint`, of up to 64 bits. */
  varlong(): number {
    const { bytes } = this;
    let zigzag = 0;
    for (let factor = 1, i = 0; i < 10; factor *= 128, i++) {
      const byte = bytes[this.at++]!;
      zigzag += (byte & 127) * factor;
      if (byte < 128) return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
    }
    return NaN;
  }

  /** An unsigned integer of at most 32 bits, in seven bits a byte. */
  uvarint(): number {
    const read = readUnsigned(this.bytes, this.at, this.end);
    if (!read) throw new RangeError('a number is not terminated');
    this.at = read.end;
    return read.value;
  }

  string(): string {
    const length = this.int16();
    return length < 0 ? '' : this.take(length).toString();
  }

  /** As the newer, compact forms have it. */
  compactString(): string {
    const length = this.uvarint();
    return length === 0 ? '' : this.take(length - 1).toString();
  }

  /** Passes over fields of the newer forms that nobody has to know. */
  passTags(): void {
    for (let left = this.uvarint(); left > 0; left--) {
      this.uvarint();
      this.take(this.uvarint());
    }
  }

  /** The same memory. */
  take(length: number): Buffer {
    this.pass(length);
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** `least` is how many bytes an item has at least: no more of them are believed in than there can be. */
  array<T>(least: number, read: () => T): T[] {
    return this.items(this.int32(), least, read);
  }

  /** As `array`, in the newer, compact form. */
  compactArray<T>(least: number, read: () => T): T[] {
    return this.items(this.uvarint() - 1, least, read);
  }

  private items<T>(length: number, least: number, read: () => T): T[] {
    if (length * least > this.left) throw new RangeError('there are fewer items than stated');
    const items: T[] = [];
    for (let i = 0; i < length; i++) items.push(read());
    return items;
  }

  private pass(length: number): void {
    if (!(length >= 0 && length <= this.left)) throw new RangeError('it is truncated');
    this.at += length;
  }
}
