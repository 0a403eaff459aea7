/** What Python's `int` takes for white space: neither as `str.isspace` nor as JavaScript's `\s`. */
const SPACE = /[\t-\r\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
const DECIMAL_DIGIT = /\p{Nd}/u;

/** The text without the white space at its ends that Python's `int` passes over. */
export function withoutOuterSpace(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && SPACE.test(text[start]!)) start++;
  while (end > start && SPACE.test(text[end - 1]!)) end--;
  return text.slice(start, end);
}

/**
 * The value of a decimal digit of any script, which Unicode keeps in runs of ten, from zero to nine.
 * Several runs may touch.
 */
export function decimalDigit(digit: string): number {
  const code = digit.codePointAt(0)!;
  let first = code;
  while (DECIMAL_DIGIT.test(String.fromCodePoint(first - 1))) first--;
  return (code - first) % 10;
}
