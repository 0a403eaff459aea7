import { parseTagged, toTagged } from '../../../lib/codec/tagged-json.js';

describe('tagged JSON', () => {
  it.each<[string, unknown]>([
    ['{"$long": "9223372036854775807"}', 9223372036854775807n],
    ['{"$long": "-5"}', -5],
    ['{"$float": "NaN"}', NaN],
    ['{"$float": "-Infinity"}', -Infinity],
    ['{"$float": "-0.0"}', -0],
    ['{"a": [{"$bytes": "00ff"}]}', { a: [Buffer.of(0, 255)] }],
    ['{"$long": "1", "b": 2}', { $long: '1', b: 2 }],
    ['{"$other": "1"}', { $other: '1' }],
    ['{"n": 1.0, "e": 1e3}', { n: 1, e: 1000 }],
  ])('%s is read', (text, value) => {
    expect(parseTagged(text)).toStrictEqual(value);
  });

  it('keeps every digit of a bare integer', () => {
    const text =
      '{"id": 9007199254740993, "s": "9007199254740993 \\" 9007199254740995", "d": 9007199254740993.5}';
    expect(parseTagged(text)).toStrictEqual({
      id: 9007199254740993n,
      s: '9007199254740993 " 9007199254740995',
      d: 9007199254740994,
    });
    expect(parseTagged('[-9223372036854775808, 9007199254740991]')).toStrictEqual([
      -(2n ** 63n),
      9007199254740991,
    ]);
  });

  it('keeps a member called __proto__', () => {
    const value: any = parseTagged('{"__proto__": {"$long": "3"}}');
    expect(Object.entries(value)).toEqual([['__proto__', 3]]);
    expect(JSON.stringify(toTagged(value))).toBe('{"__proto__":3}');
  });

  it.each<[string, string]>([
    ['{"name": SECRET}', 'data: not JSON'],
    ['', 'data: not JSON'],
    ['{"a": [1e999]}', 'a[0]: a number out of range for a double'],
    ['{"$long": "1.5"}', 'data: $long must be an integer'],
    ['{"a": {"$float": "SECRET"}}', 'a: $float must be NaN, Infinity or -Infinity'],
    ['{"$bytes": "0"}', 'data: $bytes must be hexadecimal'],
  ])('%s is refused', (text, problem) => {
    expect(() => parseTagged(text)).toThrow(
      expect.objectContaining({ code: 'INVALID_DATA', message: `Invalid event data: ${problem}` }),
    );
  });

  it('writes what it reads', () => {
    const values = [0, -0, NaN, Infinity, -Infinity, 1.5, 1e300, 1e20, 2n ** 62n, 'x', null, true];
    const value = { values, raw: Buffer.of(1, 2), nested: { empty: {}, list: [] } };
    const text = JSON.stringify(toTagged(value));
    expect(parseTagged(text)).toEqual({
      ...value,
      values: values.map((v) => (v === 1e20 ? 10n ** 20n : v)),
    });
    expect(JSON.stringify(toTagged(parseTagged(text)))).toBe(
      text.replace('100000000000000000000', '{"$long":"100000000000000000000"}'),
    );
  });
});
