import { systemNow } from '../../common/clocks.js';
import { performance } from 'node:perf_hooks';

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
