import { isUtf8 } from 'node:buffer';
import { TEXT_KIND_WORDS } from '../../events/text/kind-words.js';
import { malformed, type RawBuffer, utf8Text } from './raw-bytes.js';
import type { TextFormat } from './text-formats.js';

export const TRUNCATED = 'the body ends before the event is complete';
const TRAILING = 'bytes follow the end of the event';

const NOTHING = Buffer.alloc(0) as RawBuffer;
/** A longer body is not read through `latin1`: a cut of that text would keep all of it alive. */
const WHOLE_TEXT_LIMIT = 4096;

/**
 * Reads single values from an Avro body and throws MalformedBody for what is not one.
 *
 * A single byte behind the end reads as zero and only moves `at` beyond `end`: whoever loops over
 * items, and the codec at the end of the body, checks that.
 */
export class BodyReader {
  bytes: RawBuffer = NOTHING;
  at = 0;
  end = 0;
  /** The body as one text, of which an ASCII string is a cut: no call into C++ for each of them. */
  private whole: string | undefined;

  open(bytes: RawBuffer): void {
    this.bytes = bytes;
    this.at = 0;
    this.end = bytes.length;
    this.whole = undefined;
  }

  /** Lets go of the body. */
  close(): void {
    this.bytes = NOTHING;
    this.whole = undefined;
  }

  boolean(): boolean {
    return this.byte() !== 0;
  }

  double(): number {
    const start = this.at;
    this.at += 8;
    if (this.at > this.end) malformed(TRUNCATED);
    return this.bytes.readDoubleLE(start);
  }

  /** A number, or a bigint where a number would lose digits. */
  long(): number | bigint {
    const bytes = this.bytes;
    let byte = bytes[this.at++]!;
    if (byte < 128) return (byte >>> 1) ^ -(byte & 1);
    let zigzag = byte & 127;
    let shift = 7;
    do {
      byte = bytes[this.at++]!;
      zigzag |= (byte & 127) << shift;
      shift += 7;
    } while (byte > 127 && shift < 28);
    if (byte < 128) return (zigzag >>> 1) ^ -(zigzag & 1);
    return this.wideLong(zigzag);
  }

  private wideLong(low: number): number | bigint {
    const bytes = this.bytes;
    let zigzag = low;
    let shift = 28;
    let factor = 2 ** 28;
    let byte: number;
    do {
      byte = bytes[this.at++]!;
      zigzag += (byte & 127) * factor;
      factor *= 128;
      shift += 7;
    } while (byte > 127 && shift < 49);
    if (!(byte > 127)) return zigzag % 2 ? -(zigzag + 1) / 2 : zigzag / 2;
    return this.widestLong(BigInt(zigzag), BigInt(shift));
  }

  private widestLong(low: bigint, from: bigint): number | bigint {
    let zigzag = low;
    let shift = from;
    let byte: number;
    do {
      if (shift > 63n) malformed('an integer of more than 64 bits');
      byte = this.byte();
      zigzag |= BigInt(byte & 127) << shift;
      shift += 7n;
    } while (byte > 127);
    if (zigzag >= 1n << 64n) malformed('an integer of more than 64 bits');
    const value = (zigzag >> 1n) ^ -(zigzag & 1n);
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER
      ? Number(value)
      : value;
  }

  string(): string {
    const start = this.text();
    const end = this.at;
    if (end - start > 64) return utf8Text(this.bytes, start, end);
    const bytes = this.bytes;
    let i = start;
    while (i < end && bytes[i]! < 128) i++;
    return i === end ? this.ascii(start, end) : utf8Text(bytes, start, end);
  }

  /** A string with a format. What is on the wire comes out, canonical or not. */
  formatted(format: TextFormat): string {
    const start = this.text();
    const recent = format.recent?.find(this.bytes, start, this.at);
    if (recent !== undefined) return recent;
    if (format.isPlain(this.bytes, start, this.at))
      return format.recent?.add(this.bytes, start, this.at) ?? this.ascii(start, this.at);
    const text = utf8Text(this.bytes, start, this.at);
    if (format.canonical(text) === undefined)
      malformed(`not a valid ${TEXT_KIND_WORDS[format.kind]}`);
    return text;
  }

  /** Python reads an empty text of an optional date, UUID or key as None. */
  formattedOrEmpty(format: TextFormat): string | null {
    if (this.bytes[this.at] !== 0) return this.formatted(format);
    this.at++;
    return null;
  }

  byteString(): Buffer {
    const start = this.text();
    return Buffer.from(this.bytes.subarray(start, this.at));
  }

  skipBytes(): void {
    this.text();
  }

  /** Moves behind a string and checks that it is UTF-8. */
  skipString(): void {
    const start = this.text();
    const bytes = this.bytes;
    const end = this.at;
    if (end - start > 64) {
      if (!isUtf8(bytes.subarray(start, end))) malformed('invalid UTF-8');
      return;
    }
    let i = start;
    while (i < end && bytes[i]! < 128) i++;
    if (i < end) utf8Text(bytes, i, end);
  }

  /** The branch of a `["null", T]` union. */
  present(): boolean {
    const branch = this.length();
    if (branch === 0) return false;
    if (branch === 1) return true;
    return malformed('invalid union branch');
  }

  /** The number of items in the next block of a list or map; 0 ends it. Never more than bytes are left. */
  count(): number {
    let items = this.length();
    if (items < 0) {
      items = -items;
      this.long();
    }
    if (items > this.end - this.at)
      malformed('a list or map states more items than there are bytes left');
    return items;
  }

  checkEnd(): void {
    if (this.at > this.end) malformed(TRUNCATED);
  }

  checkDone(): void {
    if (this.at !== this.end) malformed(this.at > this.end ? TRUNCATED : TRAILING);
  }

  skip(length: number): void {
    this.at += length;
    this.checkEnd();
  }

  private byte(): number {
    return this.bytes[this.at++] ?? 0;
  }

  /** A length, a count or a branch: 35 bits are more than enough. */
  private length(): number {
    const bytes = this.bytes;
    let byte = bytes[this.at++]!;
    if (byte < 128) return (byte >>> 1) ^ -(byte & 1);
    let zigzag = byte & 127;
    let shift = 7;
    do {
      if (shift > 28) malformed('a length of more than 35 bits');
      byte = bytes[this.at++]!;
      zigzag += (byte & 127) * 2 ** shift;
      shift += 7;
    } while (byte > 127);
    return zigzag % 2 ? -(zigzag + 1) / 2 : zigzag / 2;
  }

  /** Moves behind the text and returns its start. */
  private text(): number {
    const length = this.length();
    const start = this.at;
    const end = start + length;
    if (length < 0) malformed('negative length');
    if (end > this.end) malformed(TRUNCATED);
    this.at = end;
    return start;
  }

  private ascii(start: number, end: number): string {
    if (this.end > WHOLE_TEXT_LIMIT) return this.bytes.latin1Slice(start, end);
    this.whole ??= this.bytes.latin1Slice(0, this.end);
    return this.whole.substring(start, end);
  }
}
