import { ByteReader } from './byte-reader.js';

/**
 * What is wrong with a record whose key begins at `start`; undefined where key, value and headers lie within it
 * and end exactly at its `end`.
 */
export function faultOf(bytes: Buffer, start: number, end: number): string | undefined {
  const value = passed(bytes, start, end, -1);
  if (value < 0) return 'its key does not lie within it';
  let at = passed(bytes, value, end, -1);
  if (at < 0) return 'its value does not lie within it';
  let count = bytes[at++]!;
  if (count < 128 && at <= end) count = (count >>> 1) ^ -(count & 1);
  else {
    const reader = new ByteReader(bytes, at - 1, end);
    count = reader.varint();
    at = reader.at;
  }
  if (!(count >= 0)) return 'the number of its headers cannot be read';
  // A name and a value have a length at least.
  if (count * 2 > end - at) return `it has not as many headers as it says (${count})`;
  for (let i = 0; i < count; i++) {
    at = passed(bytes, at, end, 0);
    if (at >= 0) at = passed(bytes, at, end, -1);
    if (at < 0) return `header ${i + 1} does not lie within it`;
  }
  if (at < end) return `${end - at} of its bytes are behind its last header`;
  return undefined;
}

/** Where bytes end whose length is at a place, and is `least` at least, -1 for null; -1 where they do not lie before `end`. */
function passed(bytes: Buffer, at: number, end: number, least: number): number {
  const byte = bytes[at]!;
  let length: number;
  let next = at + 1;
  // Most are so short that one byte says it.
  if (byte < 128) length = (byte >>> 1) ^ -(byte & 1);
  else {
    const reader = new ByteReader(bytes, at, end);
    length = reader.varint();
    next = reader.at;
  }
  if (!(length >= least)) return -1;
  if (length > 0) next += length;
  return next <= end ? next : -1;
}
