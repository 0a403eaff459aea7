import { EventBusError } from '../../../lib/errors/index.js';
import {
  nowDatetime,
  canonicalDatetime,
  dateFromDatetime,
  datetimeFromDate,
  microsecondOf,
  utcOffsetOf,
} from '../../../lib/events/text/datetime.js';

describe('a Date as datetime text', () => {
  it('is written in UTC, without a fraction where the milliseconds are 0', () => {
    expect(datetimeFromDate(new Date('2024-05-07T08:09:10Z'))).toBe('2024-05-07T08:09:10+00:00');
  });

  it('is written with six digits otherwise', () => {
    expect(datetimeFromDate(new Date('2024-05-07T08:09:10.001Z'))).toBe(
      '2024-05-07T08:09:10.001000+00:00',
    );
  });

  it('keeps years of less than four digits apart from the twentieth century', () => {
    const text = '0099-12-31T00:00:00+00:00';
    expect(datetimeFromDate(dateFromDatetime(text))).toBe(text);
  });

  it.each([new Date(NaN), new Date('+010000-01-01T00:00:00Z'), new Date('0000-12-31T00:00:00Z')])(
    'is refused where Python has no such moment',
    (date) => expect(datetimeFromDate(date)).toBeUndefined(),
  );
});

describe('datetime text as a Date', () => {
  it.each([
    ['2024-05-07T08:09:10.123999+00:00', '2024-05-07T08:09:10.123Z'],
    ['2024-05-07T08:09:10.123456+05:30', '2024-05-07T02:39:10.123Z'],
    ['2024-05-07T08:09:10-00:00:30', '2024-05-07T08:09:40.000Z'],
    ['2024-05-07', '2024-05-07T00:00:00.000Z'],
    ['1969-12-31T23:59:59.999999+00:00', '1969-12-31T23:59:59.999Z'],
  ])('%s is %s', (text, iso) => expect(dateFromDatetime(text).toISOString()).toBe(iso));

  it('leaves the microseconds to microsecondOf, so that none is lost', () => {
    expect(microsecondOf('2024-05-07T08:09:10.123456+00:00')).toBe(123456);
    expect(microsecondOf('2024-05-07T08:09:10')).toBe(0);
  });

  it.each([dateFromDatetime, microsecondOf])('refuses other text with a typed error', (read) => {
    expect(() => read('yesterday')).toThrow(EventBusError);
    expect(() => read('yesterday')).toThrow(expect.objectContaining({ code: 'INVALID_DATA' }));
  });

  it('names the offset in microseconds, null for none', () => {
    expect(utcOffsetOf('2024-05-07T08:09:10+01:00')).toBe(3_600_000_000);
    expect(utcOffsetOf('2024-05-07T08:09:10')).toBeNull();
    expect(utcOffsetOf('x')).toBeUndefined();
  });
});

describe('now', () => {
  it('is canonical, in UTC, near the wall clock and never goes back', () => {
    const before = Date.now();
    let last = '';
    for (let i = 0; i < 2000; i++) {
      const now = nowDatetime();
      expect(canonicalDatetime(now)).toBe(now);
      const padded = now.length === 25 ? `${now.slice(0, 19)}.000000${now.slice(19)}` : now;
      expect(padded >= last).toBe(true);
      last = padded;
    }
    const time = dateFromDatetime(last).getTime();
    expect(time).toBeGreaterThan(before - 200);
    expect(time).toBeLessThan(Date.now() + 200);
  });

  it('has digits below the millisecond', () => {
    const micros = Array.from({ length: 50 }, () => microsecondOf(nowDatetime()) % 1000);
    expect(micros.some((digits) => digits !== 0)).toBe(true);
  });
});
