/** Ids of stream entries: `milliseconds-sequence`, two unsigned 64-bit numbers. */

const LAST_SEQUENCE = 18_446_744_073_709_551_615n;

/** Below every entry; reading after it starts with the first. */
export const BEFORE_FIRST = '0-0';

function parts(id: string): [bigint, bigint] {
  const dash = id.indexOf('-');
  return dash < 0
    ? [BigInt(id), 0n]
    : [BigInt(id.slice(0, dash)), BigInt(id.slice(dash + 1) || '0')];
}

export function isStreamId(text: string): boolean {
  return /^\d{1,20}(-\d{1,20})?$/.test(text);
}

/** Negative, zero or positive, as `a` is before, at or behind `b`. */
export function compareIds(a: string, b: string): number {
  if (a === b) return 0;
  // Of one length and shape, which neighbours nearly always are, the order of texts is that of numbers.
  if (a.length === b.length && a.indexOf('-') === b.indexOf('-')) return a < b ? -1 : 1;
  const [aTime, aSequence] = parts(a);
  const [bTime, bSequence] = parts(b);
  if (aTime !== bTime) return aTime < bTime ? -1 : 1;
  return aSequence < bSequence ? -1 : aSequence > bSequence ? 1 : 0;
}

/** The id directly below: reading after it gives `id` and all that follows. */
export function idBefore(id: string): string {
  const [time, sequence] = parts(id);
  if (sequence > 0n) return `${time}-${sequence - 1n}`;
  return time === 0n ? BEFORE_FIRST : `${time - 1n}-${LAST_SEQUENCE}`;
}

/** The id below every entry stored at `time` (ms since the epoch) or later. */
export function idBeforeTime(time: number): string {
  const ms = Math.floor(time);
  return ms <= 0 ? BEFORE_FIRST : idBefore(`${ms}-0`);
}

/** When the broker stored the entry, in ms since the epoch. */
export function idTime(id: string): number {
  return Number(id.split('-', 1)[0]);
}
