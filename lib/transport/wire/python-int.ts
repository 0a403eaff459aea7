import { decimalDigit, withoutOuterSpace } from '../../events/text/python-digits.js';

/** The usual form, short enough to be exact. */
const PLAIN = /^\d{1,15}$/;
const INTEGER = /^[+-]?\p{Nd}+(?:_\p{Nd}+)*$/u;
/** Python refuses more. */
const MOST_DIGITS = 4_300;
/** A sign, then digits of two code units with `_` between them. */
const LONGEST = 1 + 3 * MOST_DIGITS;

/**
 * The integer that Python's `int(text)` gives: white space around it, `_` between digits and digits
 * of any script are taken. undefined for anything else and beyond 2^53 - 1, where a number would
 * not be exact.
 */
export function parsePythonInt(text: string): number | undefined {
  if (PLAIN.test(text)) return Number(text);
  const number = withoutOuterSpace(text);
  if (number.length > LONGEST || !INTEGER.test(number)) return undefined;
  let [value, count] = [0, 0];
  for (const digit of number) {
    if (digit === '_' || digit === '+' || digit === '-') continue;
    if (++count > MOST_DIGITS) return undefined;
    value = value * 10 + decimalDigit(digit);
  }
  if (!Number.isSafeInteger(value)) return undefined;
  return number.startsWith('-') && value !== 0 ? -value : value;
}
