/** Offsets from the first to before the second. */
export type OffsetRange = readonly [number, number];

const MARK = 'openedx-settled-1';
/** What brokers take, unless they are told otherwise (`offset.metadata.max.bytes`). */
export const MOST_METADATA = 4_096;

const FORM = new RegExp(
  `^${MARK} ([\\w-]{22}) (\\d{1,16}) ([0-9a-z]{1,11}(?:\\.[0-9a-z]{1,11})*)$`,
);

export interface SettledAhead {
  /** Of the topic that the offsets belong to. */
  readonly topicId: string;
  /** Everything before it is settled. */
  readonly committed: number;
  /** What is settled behind that, in order. */
  readonly ranges: readonly OffsetRange[];
}

/**
 * The text that tells the next reader of a partition what was settled behind an unsettled record: as many of the
 * ranges as fit into so many bytes. Undefined where none does.
 */
export function settledAheadText(
  { topicId, committed, ranges }: SettledAhead,
  most: number,
): string | undefined {
  const start = `${MARK} ${topicId} ${committed} `;
  const runs: string[] = [];
  let size = start.length - 1;
  let at = committed;
  for (const [first, end] of ranges) {
    const pair = `${(first - at).toString(36)}.${(end - first).toString(36)}`;
    size += pair.length + 1;
    if (size > most) break;
    runs.push(pair);
    at = end;
  }
  return runs.length > 0 ? start + runs.join('.') : undefined;
}

/** Reads such a string. Others may write what they like beside a position: undefined for all that is not exactly ours. */
export function readSettledAhead(text: string): SettledAhead | undefined {
  if (text.length > MOST_METADATA) return undefined;
  const [, topicId, offset, runs] = FORM.exec(text) ?? [];
  if (topicId === undefined || offset === undefined || runs === undefined) return undefined;
  const lengths = runs.split('.').map((run) => parseInt(run, 36));
  if (lengths.length % 2 !== 0 || lengths.some((length) => length < 1)) return undefined;
  const committed = Number(offset);
  const ranges: OffsetRange[] = [];
  let at = committed;
  for (let i = 0; i < lengths.length; i += 2) {
    const first = at + lengths[i]!;
    at = first + lengths[i + 1]!;
    if (!Number.isSafeInteger(at)) return undefined;
    ranges.push([first, at]);
  }
  return { topicId, committed, ranges };
}

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
