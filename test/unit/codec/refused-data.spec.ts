import { codecFor } from '../../../lib/codec/event-codec.js';
import { InvalidEventDataError } from '../../../lib/errors/index.js';
import { defineEvent } from '../../../lib/events/event-definition.js';
import * as f from '../../../lib/events/fields.js';

const inner = f.record('Inner', { n: f.long(), note: f.nullable(f.string()) });
const codec = codecFor(
  defineEvent({
    type: 'org.example.refused.v1',
    data: {
      value: f.record('Value', {
        text: f.string(),
        count: f.long(),
        ratio: f.double(),
        flag: f.boolean(),
        raw: f.bytes(),
        when: f.datetime(),
        id: f.uuid(),
        course: f.courseKey(),
        inner,
        list: f.list(inner),
        table: f.map(f.string()),
        level: f.withDefault(f.long(), 3),
      }),
    },
  }),
);

const good = () => ({
  text: 't',
  count: 1 as unknown,
  ratio: 0.5,
  flag: true,
  raw: Buffer.of(1),
  when: '2024-05-07T08:09:10',
  id: '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
  course: 'course-v1:a+b+c',
  inner: { n: 1, note: null },
  list: [{ n: 1 }],
  table: { a: 'b' },
});

function problemsWith(change: object): readonly { path: string; message: string }[] {
  try {
    codec.encode({ value: { ...good(), ...change } } as never);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidEventDataError);
    return (error as InvalidEventDataError).problems;
  }
  return [];
}

describe('data that does not fit', () => {
  it('passes as the example stands', () => {
    expect(problemsWith({})).toEqual([]);
  });

  it.each<[string, object, string, string]>([
    ['a missing field', { text: undefined }, 'value.text', 'missing'],
    ['an unknown field', { txet: 1 }, 'value.txet', 'unknown field of Value (did you mean text?)'],
    ['null for what cannot be null', { text: null }, 'value.text', 'expected string, got null'],
    ['null for a default', { level: null }, 'value.level', 'expected integer, got null'],
    ['a lone surrogate', { text: 'a\ud800b' }, 'value.text', 'contains an unpaired surrogate'],
    ['a fraction', { count: 1.5 }, 'value.count', 'not an integer'],
    ['NaN as an integer', { count: NaN }, 'value.count', 'not an integer'],
    ['a rounded integer', { count: 2 ** 53 }, 'value.count', 'beyond 2^53 - 1; pass a bigint'],
    ['65 bits', { count: 2n ** 63n }, 'value.count', 'does not fit into 64 bits'],
    ['text for an integer', { count: '1' }, 'value.count', 'expected integer, got string'],
    ['text for a number', { ratio: '1' }, 'value.ratio', 'expected number, got string'],
    [
      'an integer beyond a double',
      { ratio: 10n ** 400n },
      'value.ratio',
      'out of range for a double',
    ],
    ['1 for true', { flag: 1 }, 'value.flag', 'expected boolean, got number'],
    ['text for bytes', { raw: 'ff' }, 'value.raw', 'expected bytes, got string'],
    ['a word for a date', { when: 'today' }, 'value.when', 'not a valid date and time'],
    [
      'a Date that is none',
      { when: new Date(NaN) },
      'value.when',
      'expected date and time, got Date',
    ],
    ['a short UUID', { id: '6ba7b810' }, 'value.id', 'not a valid UUID'],
    [
      'a usage key for a course',
      { course: 'lb:a:b:c:d' },
      'value.course',
      'not a valid course key',
    ],
    ['an array for a record', { inner: [] }, 'value.inner', 'expected Inner, got list'],
    ['a Map for a record', { inner: new Map() }, 'value.inner', 'expected Inner, got Map'],
    ['a record for a list', { list: {} }, 'value.list', 'expected a list, got object'],
    ['an item of a list', { list: [{ n: 1 }, {}] }, 'value.list[1].n', 'missing'],
    ['a hole in a list', { list: new Array(1) }, 'value.list[0]', 'expected Inner, got undefined'],
    ['a Map for a map', { table: new Map([['a', 'b']]) }, 'value.table', 'expected a map, got Map'],
    [
      'a Buffer for a map',
      { table: Buffer.of(1) },
      'value.table',
      'expected a map, got Uint8Array',
    ],
    [
      'an entry of a map',
      { table: { a: 'x', b: 1 } },
      'value.table[entry 2]',
      'expected string, got number',
    ],
  ])('%s', (_, change, path, message) => {
    expect(problemsWith(change)).toEqual([{ path, message }]);
  });

  it('is told as a whole, each problem with its path', () => {
    const problems = problemsWith({ count: '1', inner: { n: true, x: 1 }, when: 'no' });
    expect(problems.map(({ path }) => path)).toEqual([
      'value.count',
      'value.when',
      'value.inner.n',
      'value.inner.x',
    ]);
  });

  it('is told without its values and without the keys of maps', () => {
    const change = { when: 'SECRET', id: 'SECRET', table: { SECRET: 1 } };
    expect(JSON.stringify(problemsWith(change))).not.toContain('SECRET');
    expect(() => codec.encode({ value: { ...good(), ...change } } as never)).not.toThrow('SECRET');
  });

  it('names at most a hundred problems', () => {
    expect(problemsWith({ list: Array.from({ length: 5000 }, () => ({})) })).toHaveLength(100);
  });

  it.each([null, undefined, 1, 'x', [], new Map()])('%p is no data at all', (data) => {
    expect(() => codec.encode(data as never)).toThrow(InvalidEventDataError);
  });

  it('names the event type', () => {
    expect(() => codec.encode({} as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_DATA', eventType: 'org.example.refused.v1' }),
    );
  });
});

describe('objects of any make', () => {
  const encode = (value: object) => codec.encode({ value } as never).toString('hex');
  const plain = encode(good());

  it('are taken by their own properties, whatever their class', () => {
    class Value {
      constructor() {
        Object.assign(this, good());
      }
      method() {}
    }
    expect(encode(new Value())).toBe(plain);
    expect(encode(Object.assign(Object.create(null), good()))).toBe(plain);
  });

  it('are not taken by what their prototype holds', () => {
    const { text, ...rest } = good();
    const inherits = Object.assign(Object.create({ text }), rest);
    expect(() => encode(inherits)).toThrow(/value\.text: must be a property of the object itself/);
    class WithGetter {
      get text() {
        return 'x';
      }
    }
    expect(() => encode(Object.assign(new WithGetter(), rest))).toThrow(/value\.text/);
  });

  it('have their getters called once', () => {
    let calls = 0;
    const data = {
      ...good(),
      get text() {
        calls++;
        return 't';
      },
    };
    expect(encode(data)).toBe(plain);
    expect(calls).toBe(1);
  });

  it('may leave out a field by undefined, known or not', () => {
    expect(encode({ ...good(), level: undefined, other: undefined })).toBe(plain);
  });

  it('that throw while they are read give an error of ours with the cause', () => {
    const cause = new Error('gone');
    const data = {
      get text() {
        throw cause;
      },
    };
    expect(() => encode(data)).toThrow(expect.objectContaining({ code: 'INVALID_DATA', cause }));
  });

  it('that change while they are read are refused', () => {
    let calls = 0;
    const data = {
      ...good(),
      get count() {
        return calls++ === 0 ? 'x' : 1;
      },
    };
    expect(() => encode(data)).toThrow(/was modified while it was being encoded/);
  });
});
