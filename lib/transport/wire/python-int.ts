const INTEGER = /^\s*([+-]?)(\p{Nd}+(?:_\p{Nd}+)*)\s*$/u;
/** The usual form, short enough to be exact. */
const PLAIN = /^\d{1,15}$/;
const DECIMAL_DIGIT = /\p{Nd}/u;

/**
 * The integer that Python's `int(text)` gives: white space around it, `_` between digits and digits
 * of any script are taken. undefined for anything else and beyond 2^53 - 1, where a number would
 * not be exact.
 */
export function parsePythonInt(text: string): number | undefined {
  if (PLAIN.test(text)) return Number(text);
  const [, sign, digits] = INTEGER.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const value = Number([...digits.replaceAll('_', '')].map(digitValue).join(''));
  if (!Number.isSafeInteger(value)) return undefined;
  return sign === '-' && value !== 0 ? -value : value;
}

/** Unicode keeps the decimal digits of each script together, from zero to nine. */
function digitValue(digit: string): number {
  const codePoint = digit.codePointAt(0)!;
  let zero = codePoint;
  while (DECIMAL_DIGIT.test(String.fromCodePoint(zero - 1))) zero--;
  return (codePoint - zero) % 10;
}
