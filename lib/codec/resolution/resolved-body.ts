/** A body while it is written in the layout of the event's own schema. */
export class ResolvedBody {
  at = 0;
  private buffer: Buffer;

  /** `size`: the bytes that are likely needed. */
  constructor(size: number) {
    this.buffer = Buffer.allocUnsafe(size);
  }

  bytes(): Buffer {
    return this.buffer.subarray(0, this.at);
  }

  putByte(byte: number): void {
    if (this.at === this.buffer.length) this.grow(1);
    this.buffer[this.at++] = byte;
  }

  putDouble(value: number): void {
    if (this.at + 8 > this.buffer.length) this.grow(8);
    this.at = this.buffer.writeDoubleLE(value, this.at);
  }

  /** The number of items that follow: an Avro `long`, which is never negative here. */
  putCount(count: number): void {
    let zigzag = count * 2;
    for (; zigzag > 127; zigzag = Math.floor(zigzag / 128)) this.putByte((zigzag % 128) | 128);
    this.putByte(zigzag);
  }

  put(from: Buffer, start = 0, end = from.length): void {
    const length = end - start;
    if (this.at + length > this.buffer.length) this.grow(length);
    const { buffer, at } = this;
    // A loop over a few bytes costs less than the call into C++.
    if (length <= 24) for (let i = 0; i < length; i++) buffer[at + i] = from[start + i]!;
    else from.copy(buffer, at, start, end);
    this.at = at + length;
  }

  /** Takes away what was written from `start` on. */
  take(start: number): Buffer {
    const taken = Buffer.from(this.buffer.subarray(start, this.at));
    this.at = start;
    return taken;
  }

  private grow(by: number): void {
    const larger = Buffer.allocUnsafe(this.buffer.length * 2 + by);
    this.buffer.copy(larger, 0, 0, this.at);
    this.buffer = larger;
  }
}
