const WORD = 2 ** 32;

/** Reads Kafka's types one after the other. Long integers come as numbers, exact up to 2^53. */
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
    return this.bytes.readInt8(this.at++);
  }

  int16(): number {
    this.at += 2;
    return this.bytes.readInt16BE(this.at - 2);
  }

  int32(): number {
    this.at += 4;
    return this.bytes.readInt32BE(this.at - 4);
  }

  int64(): number {
    this.at += 8;
    return this.bytes.readInt32BE(this.at - 8) * WORD + this.bytes.readUInt32BE(this.at - 4);
  }

  /** A signed integer of at most 32 bits, in seven bits a byte. */
  varint(): number {
    const { bytes } = this;
    let zigzag = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = bytes[this.at++]!;
      zigzag |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    return (zigzag >>> 1) ^ -(zigzag & 1);
  }

  /** As `varint`, of up to 64 bits. */
  varlong(): number {
    const { bytes } = this;
    let zigzag = 0;
    for (let factor = 1, i = 0; i < 10; factor *= 128, i++) {
      const byte = bytes[this.at++]!;
      zigzag += (byte & 127) * factor;
      if (byte < 128) break;
    }
    return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
  }

  string(): string {
    const length = this.int16();
    return length < 0 ? '' : this.take(length).toString();
  }

  /** The same memory; null for a length of -1. */
  varBytes(): Buffer | null {
    const length = this.varint();
    return length < 0 ? null : this.take(length);
  }

  take(length: number): Buffer {
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  array<T>(read: () => T): T[] {
    const length = this.int32();
    const items: T[] = [];
    for (let i = 0; i < length; i++) items.push(read());
    return items;
  }
}
