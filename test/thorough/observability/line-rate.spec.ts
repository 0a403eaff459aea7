import { jest } from '@jest/globals';
import { andMore, LineRate } from '../../../lib/observability/line-limits.js';

describe('lines about what fails many times at once', () => {
  const lines: string[] = [];
  beforeEach(() => {
    lines.splice(0);
    jest.useFakeTimers();
  });
  afterEach(() => void jest.useRealTimers());
  const rate = () => new LineRate((line) => lines.push(line));
  const numbered = (kind: string, n: number) => (leftOut: number) =>
    `${kind} ${n}${andMore(leftOut)}`;

  it('the first at once, then one a second about the last, with the number of the others', () => {
    const errors = rate();
    for (let n = 1; n <= 10_500; n++) errors.offer('a', numbered('a', n));
    errors.offer('b', numbered('b', 1));
    expect(lines).toEqual(['a 1', 'b 1']);
    jest.advanceTimersByTime(999);
    expect(lines).toHaveLength(2);
    jest.advanceTimersByTime(1);
    expect(lines.slice(2)).toEqual([
      'a 10500 (and 10498 more like this since the previous such line)',
    ]);
    errors.offer('a', numbered('a', 1));
    expect(lines).toHaveLength(3);
    errors.flush();
    expect(lines.slice(3)).toEqual(['a 1']);
    errors.flush();
    expect(lines).toHaveLength(4);
  });

  it('after a second without one the next is told at once again', () => {
    const errors = rate();
    errors.offer('a', numbered('a', 1));
    jest.advanceTimersByTime(2_000);
    errors.offer('a', numbered('a', 2));
    expect(lines).toEqual(['a 1', 'a 2']);
  });

  it('kinds beyond the fiftieth share one', () => {
    const errors = rate();
    for (let n = 0; n < 1_000; n++) errors.offer(`kind ${n}`, numbered('k', n));
    expect(lines.length).toBeLessThanOrEqual(51);
    errors.flush();
    expect(lines.length).toBeLessThanOrEqual(52);
  });
});
