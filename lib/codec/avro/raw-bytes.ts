import { isUtf8 } from 'node:buffer';

/**
 * A body that is not one whole, valid value. Inner to the codec, which turns it into an
 * UnusableRecordError; `path` is filled in on the way out by whoever knows it.
 */
export class MalformedBody extends Error {
  readonly path: string[] = [];

  constructor(
    public reason: string,
    options: { cause?: unknown } = {},
  ) {
    super(reason, options);
  }
}

/** The body does not follow the schema version that it is said to be written in, or that schema version is of no use here. */
export class UnusableSchema extends MalformedBody {}

export function malformed(reason: string, cause?: unknown): never {
  throw new MalformedBody(reason, { cause });
}

/**
 * What Buffer's `toString` and `write` call, without their handling of arguments, which costs as
 * much as the work on a short text. Not in Node's documentation, in every release of it; avsc and
 * other codecs stand on them as well.
 */
export interface RawBuffer extends Buffer {
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
  ucs2Slice(start: number, end: number): string;
  utf8Write(text: string, offset: number, length: number): number;
}

const SHORT = 64;
const units = new Uint16Array(SHORT);
const unitBytes = Buffer.from(units.buffer) as RawBuffer;

/**
 * The text of UTF-8 bytes, strict as RFC 3629: no overlong forms, no surrogates, nothing replaced;
 * a byte order mark stays. Short texts are read here, which costs less than a call into C++.
 */
export function utf8Text(bytes: RawBuffer, start: number, end: number): string {
  if (end - start > SHORT) {
    const text = bytes.utf8Slice(start, end);
    if (text.includes('\ufffd') && !isUtf8(bytes.subarray(start, end))) notUtf8();
    return text;
  }
  let length = 0;
  let at = start;
  while (at < end) {
    let code = bytes[at++]!;
    if (code > 0x7f) {
      if (code > 0xc1 && code < 0xe0) {
        code = ((code & 0x1f) << 6) | continuation(bytes[at++]!);
      } else if (code >= 0xe0 && code < 0xf0) {
        code = ((code & 0x0f) << 12) | pair(bytes[at++]!, bytes[at++]!);
        if (code < 0x800 || (code & 0xf800) === 0xd800) notUtf8();
      } else if (code >= 0xf0 && code < 0xf5) {
        const high = ((code & 0x07) << 18) | (continuation(bytes[at++]!) << 12);
        code = high | pair(bytes[at++]!, bytes[at++]!);
        if (code < 0x10000 || code > 0x10ffff) notUtf8();
        code -= 0x10000;
        units[length++] = 0xd800 | (code >> 10);
        code = 0xdc00 | (code & 0x3ff);
      } else {
        notUtf8();
      }
    }
    units[length++] = code;
  }
  if (at > end) notUtf8();
  return unitBytes.ucs2Slice(0, length * 2);
}

/** A byte beyond the end of the buffer reads as undefined, which is no continuation either. */
function continuation(byte: number): number {
  if ((byte & 0xc0) !== 0x80) notUtf8();
  return byte & 0x3f;
}

const pair = (first: number, second: number): number =>
  (continuation(first) << 6) | continuation(second);

function notUtf8(): never {
  return malformed('invalid UTF-8');
}

/** The bytes of a hexadecimal text, in lower or upper case; undefined for any other text. */
export function bytesFromHex(text: string): Buffer | undefined {
  return text.length % 2 === 0 && /^[0-9a-f]*$/i.test(text) ? Buffer.from(text, 'hex') : undefined;
}
