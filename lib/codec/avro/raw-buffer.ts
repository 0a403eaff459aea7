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
