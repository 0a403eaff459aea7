import {
  type OffsetRange,
  readSettledAhead,
  settledAheadText,
  settledRanges,
} from '../../../lib/transport/kafka/consuming/settled-ahead.js';

const topicId = 'AAECAwQFBgcICQoLDA0ODw';
const text = (committed: number, ranges: readonly OffsetRange[], most = 4_096) =>
  settledAheadText({ topicId, committed, ranges }, most);

describe('what is settled behind an unsettled record, kept beside a position', () => {
  it('is read as it was written', () => {
    const ranges: OffsetRange[] = [
      [11, 20],
      [25, 26],
      [1_000_000, 2 ** 50],
    ];
    const written = text(10, ranges)!;
    expect(written.startsWith(`openedx-settled-1 ${topicId} 10 1.9.5.1.`)).toBe(true);
    expect(readSettledAhead(written)).toEqual({ topicId, committed: 10, ranges });
  });

  it('as many ranges are written as fit, the first ones', () => {
    const ranges = Array.from({ length: 5_000 }, (_, i): OffsetRange => [2 * i + 1, 2 * i + 2]);
    for (const most of [4_096, 100, 60]) {
      const written = text(0, ranges, most)!;
      expect(written.length).toBeLessThanOrEqual(most);
      expect(written.length).toBeGreaterThan(most - 4);
      const read = readSettledAhead(written)!.ranges;
      expect(read).toEqual(ranges.slice(0, read.length));
    }
    expect(text(0, ranges, 40)).toBeUndefined();
    expect(text(0, [])).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['a text of others', 'NoTimestampsYet'],
    ['another version', `openedx-settled-2 ${topicId} 10 1.2`],
    ['an id of another form', 'openedx-settled-1 abc 10 1.2'],
    ['a position that is none', `openedx-settled-1 ${topicId} -1 1.2`],
    ['a run without its end', `openedx-settled-1 ${topicId} 10 1.2.3`],
    ['an empty run', `openedx-settled-1 ${topicId} 10 0.2`],
    ['an empty range', `openedx-settled-1 ${topicId} 10 1.0`],
    ['no runs', `openedx-settled-1 ${topicId} 10 `],
    ['more than a number can be', `openedx-settled-1 ${topicId} 10 1.zzzzzzzzzzz`],
    ['a sum that no number can be', `openedx-settled-1 ${topicId} 9007199254740991 1.1`],
    ['something behind it', `openedx-settled-1 ${topicId} 10 1.2\n`],
    ['something before it', ` openedx-settled-1 ${topicId} 10 1.2`],
    ['capital letters', `openedx-settled-1 ${topicId} 10 1.A`],
    ['more than a broker takes', `openedx-settled-1 ${topicId} 10 1.2${'.1.1'.repeat(1_100)}`],
  ])('is nothing where it is not exactly ours: %s', (_, metadata) => {
    expect(readSettledAhead(metadata)).toBeUndefined();
  });

  it('is all but what is unsettled, and behind what was fetched what others settled', () => {
    expect(settledRanges(10, 20, [10, 11, 15, 30], [])).toEqual([
      [12, 15],
      [16, 20],
    ]);
    expect(
      settledRanges(
        10,
        20,
        [10],
        [
          [5, 8],
          [18, 25],
          [30, 31],
        ],
      ),
    ).toEqual([
      [11, 25],
      [30, 31],
    ]);
    expect(settledRanges(10, 10, [], [[12, 14]])).toEqual([[12, 14]]);
  });
});
