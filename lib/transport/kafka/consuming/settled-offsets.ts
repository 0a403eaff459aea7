import type { OffsetRange } from './settled-ahead.js';

/**
 * What of [from, to) is settled: all but the offsets in `unsettled`, which grow. Behind `to` nothing was fetched yet;
 * there, `told` says what was settled by whoever had the partition before.
 */
export function settledRanges(
  from: number,
  to: number,
  unsettled: Iterable<number>,
  told: readonly OffsetRange[],
): OffsetRange[] {
  const ranges: OffsetRange[] = [];
  let at = from;
  const add = (first: number, end: number): void => {
    const last = ranges.at(-1);
    if (first >= end) return;
    if (last && last[1] === first) ranges[ranges.length - 1] = [last[0], end];
    else ranges.push([first, end]);
  };
  for (const offset of unsettled) {
    if (offset >= to) break;
    add(at, offset);
    at = offset + 1;
  }
  add(at, to);
  for (const [first, end] of told) add(Math.max(first, to), end);
  return ranges;
}
