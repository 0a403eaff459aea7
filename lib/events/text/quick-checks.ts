/**
 * A check on the bytes of a string that knows its usual ASCII form only: true means that the authority
 * (`canonical` of the format) accepts the text and returns it unchanged; false means only "ask it".
 */
export type QuickCheck = (bytes: Uint8Array, start: number, end: number) => boolean;

const HYPHEN = 0x2d;
const PLUS = 0x2b;
const DOT = 0x2e;
const COLON = 0x3a;
const LETTER_T = 0x54;
const NOT_A_NUMBER = 100;

const DAYS = [0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - 48;
  const units = bytes[at + 1]! - 48;
  return tens >= 0 && tens <= 9 && units >= 0 && units <= 9 ? tens * 10 + units : NOT_A_NUMBER;
}

function isDay(year: number, month: number, day: number): boolean {
  if (day < 1 || day > DAYS[month]!) return false;
  return month !== 2 || day < 29 || (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0));
}

/** `2024-05-07T08:09:10`, with six fraction digits that are not all zero or none, with `±HH:MM` or nothing. */
export function isPlainDatetime(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  if (length !== 32 && length !== 25 && length !== 26 && length !== 19) return false;
  if (
    bytes[start + 4] !== HYPHEN ||
    bytes[start + 7] !== HYPHEN ||
    bytes[start + 10] !== LETTER_T ||
    bytes[start + 13] !== COLON ||
    bytes[start + 16] !== COLON
  )
    return false;
  const century = twoDigits(bytes, start);
  const yearOfCentury = twoDigits(bytes, start + 2);
  const month = twoDigits(bytes, start + 5);
  const year = century * 100 + yearOfCentury;
  if (century > 99 || yearOfCentury > 99 || year === 0 || month < 1 || month > 12) return false;
  if (!isDay(year, month, twoDigits(bytes, start + 8))) return false;
  if (twoDigits(bytes, start + 11) > 23) return false;
  if (twoDigits(bytes, start + 14) > 59 || twoDigits(bytes, start + 17) > 59) return false;

  let rest = start + 19;
  if (bytes[rest] === DOT) {
    const first = twoDigits(bytes, rest + 1);
    const middle = twoDigits(bytes, rest + 3);
    const last = twoDigits(bytes, rest + 5);
    if (first > 99 || middle > 99 || last > 99 || first + middle + last === 0) return false;
    rest += 7;
  }
  return rest === end || isPlainOffset(bytes, rest, end);
}

function isPlainOffset(bytes: Uint8Array, start: number, end: number): boolean {
  const sign = bytes[start];
  if (end - start !== 6 || bytes[start + 3] !== COLON || (sign !== PLUS && sign !== HYPHEN))
    return false;
  const hours = twoDigits(bytes, start + 1);
  const minutes = twoDigits(bytes, start + 4);
  return hours < 24 && minutes < 60 && (sign === PLUS || hours + minutes > 0);
}

const tableOf = (characters: string): Uint8Array => {
  const table = new Uint8Array(256);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
};

const HEX = tableOf('0123456789abcdef');

function areHex(bytes: Uint8Array, start: number, end: number): number {
  let all = 1;
  for (let i = start; i < end; i++) all &= HEX[bytes[i]!]!;
  return all;
}

/** 32 lower-case hexadecimal digits, hyphenated. */
export function isPlainUuid(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== 36) return false;
  if (bytes[start + 8] !== HYPHEN || bytes[start + 13] !== HYPHEN) return false;
  if (bytes[start + 18] !== HYPHEN || bytes[start + 23] !== HYPHEN) return false;
  const all =
    areHex(bytes, start, start + 8) &
    areHex(bytes, start + 9, start + 13) &
    areHex(bytes, start + 14, start + 18) &
    areHex(bytes, start + 19, start + 23) &
    areHex(bytes, start + 24, end);
  return all === 1;
}

const DIGIT = tableOf('0123456789');
const NAME = tableOf('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.');
const ID = tableOf('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-~.:');

/** Parts that follow one another: a literal, then one or more characters that the next literal does not begin with. */
function form(
  ...parts: readonly (readonly [literal: string, characters: Uint8Array])[]
): QuickCheck {
  const steps = parts.map(([literal, characters]) => ({
    literal: [...Buffer.from(literal)],
    characters,
  }));
  return (bytes, start, end) => {
    let at = start;
    for (let step = 0; step < steps.length; step++) {
      const { literal, characters } = steps[step]!;
      for (let i = 0; i < literal.length; i++) if (bytes[at++] !== literal[i]) return false;
      const first = at;
      while (at < end && characters[bytes[at]!] === 1) at++;
      if (at === first) return false;
    }
    return at === end;
  };
}

/** `course-v1:ORG+COURSE+RUN`, without branch or version. */
export const isPlainCourseKey = form(['course-v1:', ID], ['+', ID], ['+', ID]);
export const isPlainCcxKey = form(['ccx-v1:', ID], ['+', ID], ['+', ID], ['+ccx@', DIGIT]);
export const isPlainLibraryKey = form(['lib:', NAME], [':', NAME]);
export const isPlainLibraryUsageKey = form(['lb:', NAME], [':', NAME], [':', NAME], [':', NAME]);
export const isPlainCollectionKey = form(['lib-collection:', NAME], [':', NAME], [':', NAME]);
export const isPlainContainerKey = form(['lct:', NAME], [':', NAME], [':', NAME], [':', NAME]);
const isPlainBlockKey = form(
  ['block-v1:', ID],
  ['+', ID],
  ['+', ID],
  ['+type@', ID],
  ['+block@', ID],
);
export const isPlainUsageKey: QuickCheck = (bytes, start, end) =>
  isPlainBlockKey(bytes, start, end) || isPlainLibraryUsageKey(bytes, start, end);
