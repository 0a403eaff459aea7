import { durationMs, durationText } from '../../../lib/settings/duration.js';

describe('a duration', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['10m', 600_000],
    ['12h', 43_200_000],
    ['7d', 604_800_000],
    [' 1 m ', 60_000],
    ['007s', 7_000],
    [1, 1],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  ])('%j is %d ms', (duration, ms) => {
    expect(durationMs(duration)).toBe(ms);
  });

  it.each([
    ...['', ' ', '10', '10 min', '1.5m', '-1m', '+1m', '1m 30s', '1M', '1e3ms', 'm', '0s', '٣m'],
    ...['999999999999999d', '1234567890123456ms', 0, -1, 1.5, NaN, Infinity, 2 ** 53],
    ...[null, undefined, true, 10n, {}, [], ['1m'], new Date(5)],
  ])('%p is none', (duration) => {
    expect(durationMs(duration)).toBeUndefined();
  });

  it.each([
    [1, '1ms'],
    [1_500, '1500ms'],
    [30_000, '30s'],
    [90_000, '90s'],
    [600_000, '10m'],
    [5_400_000, '90m'],
    [86_400_000, '1d'],
    [129_600_000, '36h'],
  ])('%d ms are %s, which says as much', (ms, text) => {
    expect(durationText(ms)).toBe(text);
    expect(durationMs(text)).toBe(ms);
  });
});
