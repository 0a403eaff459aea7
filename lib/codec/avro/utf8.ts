import { isUtf8 } from 'node:buffer';
import { malformed } from './malformed.js';
import type { RawBuffer } from './raw-buffer.js';

const SHORT = 64;
const units = new Uint16Array(SHORT);
const unitBytes = Buffer.from(units.buffer) as RawBuffer;

/**
 * The text of UTF-8 bytes, strict as RFC 3629: no overlong forms, no surrogates, nothing replaced;
 * a byte order mark stays. Short texts are read here, which costs less than a call into C++.
 */
export function decodeUtf8(bytes: RawBuffer, start: number, end: number): string {
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
  return malformed('text that is not UTF-8');
}
