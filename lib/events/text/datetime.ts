import { EventBusError } from '../../errors/index.js';
import { parseDatetime, type DatetimeParts } from './datetime-parser.js';
import { systemNow } from '../../common/clocks.js';
import { performance } from 'node:perf_hooks';

/**
 * The text that Python 3.12 writes for the moment that it reads from `text`:
 * `datetime.fromisoformat(text).isoformat()`. Undefined for a string that Python rejects.
 *
 * Reads all that Python reads: `Z`, any number of fraction digits (cut after six), a comma as decimal
 * mark, any one character between date and time, the basic format, ISO week dates, a date alone.
 */
export function canonicalDatetime(text: string): string | undefined {
  const parts = parseDatetime(text);
  return parts && formatDatetime(parts);
}

/** The string for a Date, in UTC, as Python's `isoformat` writes it. Undefined for an invalid Date or a year outside 1 to 9999. */
export function datetimeFromDate(date: Date): string | undefined {
  // Its time is what counts: a class of somebody's own may answer anything to the methods.
  const ms = Date.prototype.getTime.call(date);
  if (Number.isNaN(ms)) return undefined;
  const moment = new Date(ms);
  const year = moment.getUTCFullYear();
  if (year < 1 || year > 9999) return undefined;
  const iso = moment.toISOString();
  const fraction = iso.slice(20, 23);
  return `${iso.slice(0, 19)}${fraction === '000' ? '' : `.${fraction}000`}+00:00`;
}

/**
 * The Date of a datetime of an event. A Date holds milliseconds: further digits are cut, see `microsecondOf`.
 * A string without an offset is taken as UTC. Throws EventBusError (INVALID_DATA) for a string that Python rejects.
 */
export function dateFromDatetime(text: string): Date {
  const { year, month, day, hour, minute, second, microsecond, offset } = partsOf(text);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  const microseconds = date.getTime() * 1000 + microsecond - (offset ?? 0);
  return new Date(Math.floor(microseconds / 1000));
}

/**
 * The microsecond within the second, 0 to 999999: all digits of the fraction, of which a Date keeps three.
 * Throws EventBusError (INVALID_DATA) for a string that Python rejects.
 */
export function microsecondOf(text: string): number {
  return partsOf(text).microsecond;
}

/** Offset from UTC in microseconds; undefined for text that is not a datetime, null where it names none. */
export function utcOffsetOf(text: string): number | null | undefined {
  return parseDatetime(text)?.offset;
}

function partsOf(text: string): DatetimeParts {
  const parts = parseDatetime(text);
  if (!parts) throw new EventBusError('INVALID_DATA', 'Not a valid date and time');
  return parts;
}

const digits = (value: number, width: number) => String(value).padStart(width, '0');
const fractionOf = (microsecond: number) => (microsecond ? `.${digits(microsecond, 6)}` : '');

function formatDatetime(parts: DatetimeParts): string {
  const date = `${digits(parts.year, 4)}-${digits(parts.month, 2)}-${digits(parts.day, 2)}`;
  const time = `${digits(parts.hour, 2)}:${digits(parts.minute, 2)}:${digits(parts.second, 2)}`;
  return `${date}T${time}${fractionOf(parts.microsecond)}${formatOffset(parts.offset)}`;
}

function formatOffset(offset: number | null): string {
  if (offset === null) return '';
  const size = Math.abs(offset);
  const seconds = Math.floor(size / 1e6);
  const hourMinute = `${digits(Math.floor(seconds / 3600), 2)}:${digits(Math.floor(seconds / 60) % 60, 2)}`;
  const rest = size % 60e6 === 0 ? '' : `:${digits(seconds % 60, 2)}${fractionOf(size % 1e6)}`;
  return `${offset < 0 ? '-' : '+'}${hourMinute}${rest}`;
}

/** A wall clock and a finer one that may drift apart from it by this much, in ms, before it is set again. */
const TOLERANCE_MS = 50;

let offset = 0;
let lastSeconds = NaN;
let lastText = '';

/** The moment now, in UTC with microseconds, in the form of Python's `datetime.isoformat`. */
export function nowDatetime(): string {
  const fine = performance.timeOrigin + performance.now();
  const wall = systemNow();
  if (Math.abs(fine + offset - wall) > TOLERANCE_MS) offset = wall - fine;
  const microseconds = Math.floor((fine + offset) * 1000);
  const seconds = Math.floor(microseconds / 1e6);
  const fraction = microseconds % 1e6;
  if (seconds !== lastSeconds) {
    lastSeconds = seconds;
    lastText = new Date(seconds * 1000).toISOString().slice(0, 19);
  }
  return `${lastText}${fraction ? `.${String(fraction).padStart(6, '0')}` : ''}+00:00`;
}
