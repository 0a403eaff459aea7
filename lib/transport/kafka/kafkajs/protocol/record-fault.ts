import { ByteReader } from './byte-reader.js';

/**
 * What is wrong with a record whose key begins at `start`; undefined where key, value and headers lie within it
 * and end exactly at its `end`.
 */
export function faultOf(bytes: Buffer, start: number, end: number): string | undefined {
  const reader = new ByteReader(bytes, start, end);
  if (!passed(reader, -1)) return 'its key does not lie within it';
  if (!passed(reader, -1)) return 'its value does not lie within it';
  const count = reader.varint();
  if (!(count >= 0)) return 'the number of its headers cannot be read';
  // A name and a value have a length at least.
  if (count * 2 > reader.left) return `it has not as many headers as it says (${count})`;
  for (let i = 0; i < count; i++)
    if (!passed(reader, 0) || !passed(reader, -1)) return `header ${i + 1} does not lie within it`;
  if (reader.left > 0) return `${reader.left} of its bytes are behind its last header`;
  return undefined;
}

/** Passes over bytes and their length, which is `least` at least: -1 stands for null. */
function passed(reader: ByteReader, least: number): boolean {
  const length = reader.varint();
  if (!(length >= least && length <= reader.left)) return false;
  if (length > 0) reader.at += length;
  return true;
}
