import { codecFor } from '../../../lib/codec/event-codec.js';
import { unknownFieldsOf } from '../../../lib/codec/resolution/unknown-fields.js';
import { defineEvent } from '../../../lib/events/event-definition.js';
import * as f from '../../../lib/events/fields.js';

const TYPE = 'org.example.foreign.v1';
const codec = codecFor(
  defineEvent({
    type: TYPE,
    data: { value: f.record('Value', { n: f.long(), note: f.nullable(f.string()) }) },
  }),
);
const record = (name: string, fields: readonly (readonly [string, unknown])[]) => ({
  type: 'record',
  name,
  fields: fields.map(([field, type]) => ({ name: field, type })),
});
/** The event with a field of the given type before those that are known. */
const withExtra = (type: unknown, n: unknown = 'long'): string =>
  JSON.stringify(
    record('CloudEvent', [
      [
        'value',
        record('Value', [
          ['extra', type],
          ['n', n],
        ]),
      ],
    ]),
  );
const hex = (text: string) => Buffer.from(text, 'hex');

/** Records each of which has two of the next one: 2^levels values. */
function doubling(levels: number, leaf: unknown): unknown {
  let type: unknown = record('R0', [['x', leaf]]);
  for (let i = 1; i <= levels; i++)
    type = record(`R${i}`, [
      ['a', type],
      ['b', `R${i - 1}`],
    ]);
  return type;
}

/** Types that name each other, told one after the other in a record, so that no text is nested. */
function chained(length: number, before: unknown, two: boolean): unknown {
  const types = [record('C0', [['x', before]])];
  for (let i = 1; i < length; i++)
    types.push(
      record(
        `C${i}`,
        two
          ? [
              ['a', `C${i - 1}`],
              ['b', `C${i - 1}`],
            ]
          : [['a', `C${i - 1}`]],
      ),
    );
  return record(
    'Chain',
    types.map((type, i) => [`f${i}`, ['null', type]]),
  );
}

const refusal = (body: Buffer, text: string): string => {
  try {
    codec.decode(body, text);
  } catch (error) {
    expect(error).toMatchObject({ code: 'UNUSABLE_RECORD', eventType: TYPE });
    return (error as Error).message;
  }
  return '';
};

describe('a schema whose values explode', () => {
  it.each([
    ['of nothing', 'null', hex('0e00')],
    ['of one byte each, which the body does not have', 'boolean', hex('0e00')],
    ['of texts, which the body does not have', 'string', hex('0e00')],
    ['of options', ['null', 'long'], Buffer.alloc(1 << 16)],
  ])(
    'by records that hold two of the next one, %s, is read or refused at once',
    (_, leaf, body) => {
      const text = withExtra(doubling(40, leaf));
      if (leaf === 'null')
        expect(codec.decode(hex('0e'), text)).toEqual({ value: { n: 7, note: null } });
      else expect(refusal(body, text)).toMatch(/in the schema of the writer/);
    },
  );

  it('has no unknown fields to show, but an error', () => {
    const text = withExtra(doubling(40, 'null'));
    expect(codec.decode(hex('0e'), text)).toMatchObject({ value: { n: 7 } });
    expect(() => unknownFieldsOf(hex('0e'), text, codec.schema)).toThrow(
      expect.objectContaining({
        code: 'UNUSABLE_RECORD',
        message: expect.stringContaining(
          'they contain more values than a body of this length can hold',
        ),
      }),
    );
  });

  it.each([
    ['holds itself without end', record('Self', [['a', 'Self']])],
    [
      'holds itself twice without end',
      record('Self', [
        ['a', 'Self'],
        ['b', 'Self'],
      ]),
    ],
    ['holds itself in a union', record('Self', [['a', ['null', 'Self']]])],
    ['holds itself in a list', record('Self', [['a', { type: 'array', items: 'Self' }]])],
    ['holds itself in a map', record('Self', [['a', { type: 'map', values: 'Self' }]])],
  ])('since a type %s is left at a depth that is no longer honest', (_, type) => {
    for (const byte of [0x02, 0x01, 0x04]) {
      const body = Buffer.alloc(1 << 20, byte);
      expect(refusal(body, withExtra(type))).toMatch(
        /nested too deeply|invalid union branch|more items|ends before|negative/,
      );
    }
    expect(() => unknownFieldsOf(Buffer.alloc(1 << 16, 2), withExtra(type), codec.schema)).toThrow(
      expect.objectContaining({ code: 'UNUSABLE_RECORD' }),
    );
  });

  it('reads what honestly holds itself', () => {
    const text = withExtra(
      record('Node', [
        ['next', ['null', 'Node']],
        ['n', 'long'],
      ]),
    );
    const depth = 100;
    const body = Buffer.concat([
      Buffer.alloc(depth, 2),
      hex('00'),
      Buffer.alloc(depth + 1, 8),
      hex('0e'),
    ]);
    expect(codec.decode(body, text)).toEqual({ value: { n: 7, note: null } });
  });

  it('by types that only name each other is neither walked twice nor too deeply', () => {
    for (const two of [false, true]) {
      const text = withExtra(chained(1_200, 'string', two));
      const body = Buffer.concat([Buffer.alloc(1_199), hex('02'), Buffer.alloc(5_000)]);
      expect(refusal(body, text)).toMatch(/nested too deeply|bytes follow|ends before/);
    }
  });

  it('by items that take no bytes is refused for them only', () => {
    for (const items of ['null', record('None', []), { type: 'fixed', name: 'F', size: 0 }]) {
      const text = withExtra({ type: 'array', items });
      expect(codec.decode(hex('000e'), text)).toMatchObject({ value: { n: 7 } });
      expect(refusal(hex('feffffff0f0e'), text)).toMatch(/bytes/);
      expect(refusal(hex('02000e'), text)).toMatch(/a list whose items are encoded as 0 bytes/);
    }
  });

  it('by the size of a fixed is cut off', () => {
    const size = Number.MAX_SAFE_INTEGER;
    const fixed = { type: 'fixed', name: 'F', size };
    expect(refusal(hex('0e'), withExtra(fixed))).toMatch(/ends before the event is complete/);
    const list = { type: 'array', items: doublingOfFixed(size) };
    expect(refusal(hex('0200000e'), withExtra(list))).toMatch(/ends before the event is complete/);
  });
});

const doublingOfFixed = (size: number) => doubling(60, { type: 'fixed', name: 'F', size });

describe('a schema beyond what anybody writes', () => {
  const nest = (levels: number, open: string, close: string) =>
    open.repeat(levels) + '"long"' + close.repeat(levels);

  it.each<[string, string, RegExp]>([
    [
      'of many fields',
      withExtra(
        record(
          'Many',
          Array.from({ length: 9_999 }, (_, i) => [`f${i}`, 'long'] as const),
        ),
      ),
      /more than 10,000 parts/,
    ],
    [
      'of many symbols',
      withExtra({ type: 'enum', name: 'E', symbols: Array(10_001).fill('A') }),
      /more than 10,000 parts/,
    ],
    ['of many branches', withExtra(Array(10_001).fill('long')), /more than 10,000 parts/],
    ['of many levels', nest(101, '{"type":"array","items":', '}'), /more than 100 levels/],
    ['of types in types', nest(101, '{"type":', '}'), /more than 100 levels/],
    ['of unions in unions', nest(200_000, '[', ']'), /more than 100 levels/],
    ['of unclosed brackets', '['.repeat(900_000), /not JSON/],
    ['of many characters', `"${' '.repeat(1_000_000)}"`, /longer than 1,000,000 characters/],
  ])('%s is refused by the budget', (_, text, reason) => {
    expect(refusal(hex('0e'), text)).toMatch(reason);
  });

  it.each([
    ['a bare reference', '"Missing"', 'no type named Missing'],
    [
      'a reference that is not yet told',
      withExtra(['Later', record('Later', [])]),
      'no type named Later',
    ],
    ['a name with control characters', '"a\\n\\u001b[2J"', 'no type named a\\n\\u001b[2J'],
    [
      'a symbol that is a number',
      '{"type":"enum","name":"E","symbols":["a",1]}',
      'are not strings',
    ],
    [
      'a symbol that is no text and cannot become one',
      '{"type":"enum","name":"E","symbols":[{"toString":1}]}',
      'are not strings',
    ],
    [
      'a symbol that is nested too deeply to become a text',
      `{"type":"enum","name":"E","symbols":[${'['.repeat(400_000)}${']'.repeat(400_000)}]}`,
      'are not strings',
    ],
    ['two types of a name', withExtra([record('T', []), record('T', [])]), 'two types named T'],
    ['a union in a union', withExtra([['null']]), 'a union inside a union'],
    ['a type without a name', withExtra({ type: 'record', fields: [] }), 'a type without a name'],
    [
      'a name that is none',
      withExtra({ type: 'record', name: 7, fields: [] }),
      'a type without a name',
    ],
    ['a record without fields', withExtra({ type: 'record', name: 'R' }), 'a type without fields'],
    [
      'a field that is none',
      withExtra({ type: 'record', name: 'R', fields: [7] }),
      'an invalid field',
    ],
    [
      'an enum without symbols',
      withExtra({ type: 'enum', name: 'E', symbols: 'AB' }),
      'a type without symbols',
    ],
    [
      'a size that is none',
      withExtra({ type: 'fixed', name: 'F', size: -1 }),
      'a fixed type without a valid size',
    ],
    ['a type that is none', withExtra(null), 'not an Avro type'],
    ['nothing', '', 'not JSON'],
  ])('%s is refused by what it is', (_, text, reason) => {
    expect(refusal(hex('0e'), text)).toContain(`the schema of the writer`);
    expect(refusal(hex('0e'), text)).toContain(reason);
  });

  it('tells two types of one simple name apart by their namespaces', () => {
    const two = record('Two', [
      ['a', { ...record('T', [['x', 'long']]), namespace: 'one' }],
      [
        'b',
        {
          ...record('T', [
            ['x', 'string'],
            ['y', 'boolean'],
          ]),
          namespace: 'two',
        },
      ],
      ['c', 'one.T'],
      ['d', 'two.T'],
    ]);
    expect(codec.decode(hex('02' + '026101' + '04' + '026200' + '0e'), withExtra(two))).toEqual({
      value: { n: 7, note: null },
    });
  });
});

describe('names that every object inherits', () => {
  const NAMES = ['valueOf', 'constructor', '__proto__', 'toString', 'hasOwnProperty', 'prototype'];

  it('are names as others in the schema of a writer', () => {
    for (const name of NAMES) {
      const type = record(name, [
        [name, 'long'],
        ['again', ['null', name]],
      ]);
      const text = withExtra(type);
      expect(codec.decode(hex('02000e'), text)).toEqual({ value: { n: 7, note: null } });
      const unknown = unknownFieldsOf(hex('02000e'), text, codec.schema) as any;
      expect(Object.entries(unknown['value.extra'])).toEqual([
        [name, 1],
        ['again', null],
      ]);
      const symbols = withExtra({ type: 'enum', name, symbols: NAMES });
      expect(codec.decode(hex('020e'), symbols)).toMatchObject({ value: { n: 7 } });
      expect(refusal(hex('0e'), JSON.stringify(name))).toContain(`no type named ${name}`);
      expect(refusal(hex('0e'), JSON.stringify({ type: name }))).toContain('no type named');
    }
  });

  it('are found at the record itself only', () => {
    const top = record(
      'CloudEvent',
      NAMES.map((name) => [name, 'long'] as const),
    );
    expect(refusal(hex('000000000000'), JSON.stringify(top))).toMatch(
      /CloudEvent\.value: .* cannot be resolved .*: missing in the schema/,
    );
  });
});

describe('the branch on the wire', () => {
  const noted = (type: unknown): string =>
    JSON.stringify(
      record('CloudEvent', [
        [
          'value',
          record('Value', [
            ['n', 'long'],
            ['note', type],
          ]),
        ],
      ]),
    );

  it('decides whether a union resolves', () => {
    const text = noted(['null', 'long', 'string', record('Other', [])]);
    expect(codec.decode(hex('0e00'), text)).toEqual({ value: { n: 7, note: null } });
    expect(codec.decode(hex('0e040261'), text)).toEqual({ value: { n: 7, note: 'a' } });
    expect(refusal(hex('0e0202'), text)).toContain(
      'Value.note: the schema of the writer cannot be resolved to the event definition: long cannot be read as the type of the field',
    );
    expect(refusal(hex('0e06'), text)).toContain('record cannot be read as the type of the field');
    expect(refusal(hex('0e08'), text)).toContain('invalid union branch');
  });

  it('may be any of those that can be promoted', () => {
    const text = withExtra('null', ['string', 'int', 'long', 'null']);
    expect(codec.decode(hex('0204'), text)).toMatchObject({ value: { n: 2 } });
    expect(codec.decode(hex('04ffffffffffffffffff01'), text)).toMatchObject({
      value: { n: -(2n ** 63n) },
    });
    for (const other of ['000261', '06'])
      expect(refusal(hex(other), text)).toContain('cannot be read as the type');
  });
});
