import { codecFor } from '../../../lib/codec/event-codec.js';
import { defineEvent } from '../../../lib/events/event-definition.js';
import type { AnyFieldType } from '../../../lib/events/field-type.js';
import * as f from '../../../lib/events/fields.js';

let events = 0;
const codecOf = (value: AnyFieldType) =>
  codecFor(defineEvent({ type: `org.example.written${++events}.v1`, data: { value } }));
const hexOf = (field: AnyFieldType, value: unknown) =>
  codecOf(field).encode({ value }).toString('hex');
const there = (field: AnyFieldType, value: unknown) => {
  const codec = codecOf(field);
  return (codec.decode(codec.encode({ value })) as { value: unknown }).value;
};

describe('integers', () => {
  const edges = [
    0n,
    1n,
    63n,
    64n,
    2n ** 29n,
    2n ** 30n,
    2n ** 31n,
    2n ** 48n,
    2n ** 52n,
    2n ** 53n,
    2n ** 62n,
    2n ** 63n - 1n,
  ];
  const all = edges.flatMap((n) => [n - 1n, n, n + 1n, -n, -n - 1n, 1n - n]);
  const int64 = all.filter((n) => BigInt.asIntN(64, n) === n);

  it('keep every digit over the whole of 64 bits', () => {
    for (const n of int64) expect(BigInt(there(f.long(), n) as bigint)).toBe(n);
  });

  it('are numbers where a number holds them, else bigints', () => {
    for (const n of int64)
      expect(typeof there(f.long(), n)).toBe(
        n >= -(2n ** 53n) + 1n && n <= 2n ** 53n - 1n ? 'number' : 'bigint',
      );
  });

  it('have the same bytes as a number and as a bigint', () => {
    for (const n of int64)
      if (Number.isSafeInteger(Number(n)))
        expect(hexOf(f.long(), n)).toBe(hexOf(f.long(), Number(n)));
  });
});

describe('text', () => {
  it.each([0, 1, 23, 24, 25, 31, 32, 63, 64, 65, 127, 128, 2730, 8191, 8192, 30_000])(
    'of %i characters of each width comes back, behind a length in bytes',
    (length) => {
      for (const character of ['a', 'é', '日', '😀']) {
        const text = character.repeat(length);
        expect(there(f.string(), text)).toBe(text);
        const mixed = `a${text}é`;
        expect(there(f.string(), mixed)).toBe(mixed);
      }
    },
  );

  it('keeps a byte order mark and NUL', () => {
    expect(there(f.string(), '\ufeffa\0')).toBe('\ufeffa\0');
  });
});

describe('texts with a format', () => {
  it.each<[string, AnyFieldType, unknown, string]>([
    ['Z', f.datetime(), '2024-05-07T08:09:10Z', '2024-05-07T08:09:10+00:00'],
    ['half a second', f.datetime(), '2024-05-07 08:09:10.5', '2024-05-07T08:09:10.500000'],
    [
      'a Date',
      f.datetime(),
      new Date(Date.UTC(2024, 4, 7, 8, 9, 10, 120)),
      '2024-05-07T08:09:10.120000+00:00',
    ],
    ['a Date on the second', f.datetime(), new Date(0), '1970-01-01T00:00:00+00:00'],
    [
      'upper case',
      f.uuid(),
      '{6BA7B810-9DAD-11D1-80B4-00C04FD430C8}',
      '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
    ],
  ])('are written as Python writes them: %s', (_, field, given, written) => {
    expect(hexOf(field, given)).toBe(hexOf(f.string(), written));
  });

  it.each<[AnyFieldType, string]>([
    [f.datetime(), '2024-05-07T08:09:10Z'],
    [f.uuid(), '6BA7B8109DAD11D180B400C04FD430C8'],
    [f.courseKey(), 'edX/DemoX/2024'],
    [f.courseKey(), 'course-v1:Ünï+日本+2024'],
  ])('are received as they are on the wire: %p %s', (field, text) => {
    const body = Buffer.from(hexOf(f.string(), text), 'hex');
    expect(codecOf(field).decode(body)).toEqual({ value: text });
  });
});

describe('what is left out', () => {
  const fields = f.record('Fields', {
    nothing: f.nullable(f.long()),
    text: f.withDefault(f.string(), 'é'),
    empty: f.withDefault(f.list(f.long()), []),
    filled: f.withDefault(f.map(f.long()), { b: 2, a: 1 }),
    nested: f.withDefault(f.record('Nested', { x: f.withDefault(f.boolean(), true) }), {}),
  });

  it('is written with its default', () => {
    expect(there(fields, {})).toEqual({
      nothing: null,
      text: 'é',
      empty: [],
      filled: { a: 1, b: 2 },
      nested: { x: true },
    });
  });

  it('is never what was sent as false, 0 or empty', () => {
    const falsy = { nothing: 0, text: '', empty: [], filled: {}, nested: { x: false } };
    expect(there(fields, falsy)).toEqual(falsy);
  });

  it('is refused at the definition when the default does not fit', () => {
    const wrong = f.record('Wrong', { day: f.withDefault(f.datetime(), 'never') });
    expect(() => codecOf(wrong)).toThrow(
      expect.objectContaining({
        code: 'UNSERIALIZABLE_EVENT',
        message: expect.stringContaining(
          'value.day: the default is not valid: not a valid date and time',
        ),
      }),
    );
  });
});

describe('names that JavaScript has taken', () => {
  it('are fields like others', () => {
    const odd = f.record('Odd', {
      constructor: f.nullable(f.string()),
      toString: f.string(),
      seen: f.withDefault(f.string(), 's'),
      value: f.string(),
    });
    const absent = there(odd, { toString: 't', value: 'v' }) as object;
    expect(Object.entries(absent)).toEqual([
      ['constructor', null],
      ['toString', 't'],
      ['seen', 's'],
      ['value', 'v'],
    ]);
    expect(() => hexOf(odd, { value: 'v' })).toThrow(/value\.toString: missing/);
  });

  it('are keys of maps like others', () => {
    const codec = codecOf(f.map(f.list(f.long())));
    const table = JSON.parse('{"__proto__": [1], "constructor": [2], "1": [3]}');
    const decoded: any = codec.decode(codec.encode({ value: table }));
    expect(Object.getPrototypeOf(decoded.value)).toBe(Object.prototype);
    expect(Object.keys(decoded.value).sort()).toEqual(['1', '__proto__', 'constructor']);
    expect(decoded.value['__proto__']).toEqual([1]);
    const copy = codec.copy(decoded);
    expect(Object.keys(copy.value)).toEqual(Object.keys(decoded.value));
    expect(copy.value['__proto__']).not.toBe(decoded.value['__proto__']);
  });
});

describe('a copy', () => {
  it('shares nothing that can change', () => {
    const codec = codecOf(
      f.record('Whole', {
        raw: f.bytes(),
        list: f.list(f.record('Item', { tags: f.list(f.string()) })),
        maybe: f.nullable(f.record('Maybe', { x: f.long() })),
      }),
    );
    const data: any = codec.decode(
      codec.encode({
        value: { raw: Buffer.of(1, 2), list: [{ tags: ['a'] }], maybe: { x: 1 } },
      }),
    );
    const before = structuredClone(data);
    const copy = codec.copy(data);
    expect(copy).toEqual(data);
    copy.value.raw[0] = 9;
    copy.value.list[0].tags.push('b');
    copy.value.maybe.x = 2;
    expect(data).toEqual(before);
  });
});
