/** A moment as Python's `datetime` holds it. */
export interface DatetimeParts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly microsecond: number;
  /** From UTC, in microseconds; null: none given. */
  readonly offset: number | null;
}

/**
 * Reads what `datetime.fromisoformat` of CPython 3.12 reads, its oddities included, so that we reject
 * exactly what a Python service would reject. Works on UTF-8 bytes as CPython does: a byte past the
 * end reads as 0, and positions count bytes.
 */
export function parseDatetime(text: string): DatetimeParts | undefined {
  const bytes = utf8(text);
  if (!bytes) return undefined;
  const separator = separatorPosition(bytes);
  const date = parseDate(bytes, separator);
  if (!date) return undefined;
  const time =
    bytes.length > separator
      ? parseTime(bytes.subarray(separator + characterLength(bytes[separator]!)))
      : { hour: 0, minute: 0, second: 0, microsecond: 0, offset: null };
  return time && { ...date, ...time };
}

/** Half a surrogate pair has no UTF-8 form; CPython minds it only where it does not separate date and time. */
function utf8(text: string): Buffer | undefined {
  const clean = text.replace(/^(.{7}|.{8}|.{10})\p{Surrogate}/su, '$1T');
  return /\p{Surrogate}/u.test(clean) ? undefined : Buffer.from(clean, 'utf8');
}

const ZERO = 0x30;
const COMMA = 0x2c;
const DOT = 0x2e;
const COLON = 0x3a;
const PLUS = 0x2b;
const HYPHEN = 0x2d;
const W = 0x57;
const Z = 0x5a;

const isDigit = (byte: number | undefined): boolean =>
  byte !== undefined && byte >= ZERO && byte <= ZERO + 9;

/** The value of `count` digits at `at`, or -1. */
function digitsAt(bytes: Buffer, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) {
    if (!isDigit(bytes[i])) return -1;
    value = value * 10 + bytes[i]! - ZERO;
  }
  return value;
}

function characterLength(first: number): number {
  if ((first & 0x80) === 0) return 1;
  const lead = first & 0xf0;
  return lead === 0xe0 ? 3 : lead === 0xf0 ? 4 : 2;
}

/** Where the date ends: 10 (2020-01-31, 2020-W01-1), 8 (20200131, 2020-W01, 2020W011) or 7 (2020W01). */
function separatorPosition(bytes: Buffer): number {
  if (bytes.length === 7) return 7;
  if (bytes[4] === HYPHEN) {
    if (bytes[5] !== W) return 10;
    if (bytes[8] !== HYPHEN) return 8;
    // 2020-W01-1… : a day, unless two digits follow the hyphen, which then separates.
    return isDigit(bytes[10]) ? 8 : 10;
  }
  if (bytes[4] !== W) return 8;
  let end = 7;
  while (isDigit(bytes[end])) end++;
  if (end < 9) return end;
  return end % 2 === 0 ? 7 : 8;
}

type DateParts = Pick<DatetimeParts, 'year' | 'month' | 'day'>;

function parseDate(bytes: Buffer, length: number): DateParts | undefined {
  const year = digitsAt(bytes, 0, 4);
  if (year < 0) return undefined;
  const hyphen = bytes[4] === HYPHEN ? 1 : 0;
  let at = 4 + hyphen;
  if (bytes[at] === W) return parseWeekDate(bytes, length, year, hyphen);
  const month = digitsAt(bytes, at, 2);
  at += 2;
  if (month < 0 || (hyphen && bytes[at] !== HYPHEN)) return undefined;
  at += hyphen;
  const day = digitsAt(bytes, at, 2);
  if (day < 0 || at + 2 !== length) return undefined;
  return isDate(year, month, day) ? { year, month, day } : undefined;
}

function parseWeekDate(
  bytes: Buffer,
  length: number,
  year: number,
  hyphen: number,
): DateParts | undefined {
  let at = 5 + hyphen;
  const week = digitsAt(bytes, at, 2);
  if (week < 0) return undefined;
  at += 2;
  let weekday = 1;
  if (at < length) {
    if (hyphen && bytes[at] !== HYPHEN) return undefined;
    weekday = digitsAt(bytes, at + hyphen, 1);
  }
  if (year < 1 || weekday < 1 || weekday > 7) return undefined;
  if (week < 1 || week > 53 || (week === 53 && !hasWeek53(year))) return undefined;
  const date = utcDate(year, 1, 4);
  date.setUTCDate(4 - isoWeekday(date) + (week - 1) * 7 + weekday);
  const result = {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
  };
  return result.year >= 1 && result.year <= 9999 ? result : undefined;
}

function utcDate(year: number, month: number, day: number): Date {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date;
}

/** Monday is 1. */
const isoWeekday = (date: Date): number => ((date.getUTCDay() + 6) % 7) + 1;

/** A year has 53 weeks when it begins on a Thursday, or on a Wednesday and is a leap year. */
function hasWeek53(year: number): boolean {
  const first = isoWeekday(utcDate(year, 1, 1));
  return first === 4 || (first === 3 && isDate(year, 2, 29));
}

function isDate(year: number, month: number, day: number): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > 31) return false;
  return day < 29 || utcDate(year, month, day).getUTCDate() === day;
}

type TimeParts = Omit<DatetimeParts, keyof DateParts>;

function parseTime(bytes: Buffer): TimeParts | undefined {
  let zone = bytes.findIndex((byte) => byte === PLUS || byte === HYPHEN || byte === Z);
  if (zone < 0) zone = bytes.length;
  const clock = parseClock(bytes, 0, zone);
  if (!clock || clock.hour > 23 || clock.minute > 59 || clock.second > 59) return undefined;
  const { hour, minute, second, microsecond } = clock;
  if (zone === bytes.length) {
    return clock.more ? undefined : { hour, minute, second, microsecond, offset: null };
  }
  const offset = parseOffset(bytes, zone);
  return offset === undefined ? undefined : { hour, minute, second, microsecond, offset };
}

function parseOffset(bytes: Buffer, at: number): number | undefined {
  if (bytes[at] === Z) return (bytes[at + 1] ?? 0) === 0 ? 0 : undefined;
  const clock = parseClock(bytes, at + 1, bytes.length);
  if (!clock || clock.more) return undefined;
  const seconds = clock.hour * 3600 + clock.minute * 60 + clock.second;
  // CPython takes the offset as UTC when its whole seconds are 0, whatever the fraction.
  if (seconds === 0) return 0;
  if (seconds >= 86_400) return undefined;
  return (bytes[at] === HYPHEN ? -1 : 1) * (seconds * 1e6 + clock.microsecond);
}

interface Clock {
  hour: number;
  minute: number;
  second: number;
  microsecond: number;
  /** Something follows that was not read. */
  more: boolean;
}

/** [HH[:?MM[:?SS[.,fraction]]]], unchecked ranges; fraction digits after the sixth are cut. */
function parseClock(bytes: Buffer, start: number, end: number): Clock | undefined {
  const values = [0, 0, 0];
  let at = start;
  let colons = false;
  const clock = (microsecond: number, more: boolean): Clock => {
    const [hour, minute, second] = values as [number, number, number];
    return { hour, minute, second, microsecond, more };
  };
  for (let i = 0; i < 3; i++) {
    const value = digitsAt(bytes, at, 2);
    if (value < 0) return undefined;
    values[i] = value;
    const next = bytes[at + 2] ?? 0;
    if (i === 0) colons = next === COLON;
    at += 3;
    if (at >= end) return clock(0, next !== 0);
    if (colons && next === COLON) continue;
    if (next === DOT || next === COMMA) break;
    if (colons) return undefined;
    at--;
  }
  const count = Math.min(6, end - at);
  const fraction = digitsAt(bytes, at, count);
  if (fraction < 0) return undefined;
  at += count;
  while (isDigit(bytes[at])) at++;
  return clock(fraction * 10 ** (6 - count), (bytes[at] ?? 0) !== 0);
}
