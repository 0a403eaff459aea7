import { codecFor } from '../../../lib/codec/event-codec.js';
import { unknownFieldsOf } from '../../../lib/codec/resolution/unknown-fields.js';
import { defineEvent } from '../../../lib/events/event-definition.js';
import { list, long, map, nullable, record, string } from '../../../lib/events/fields.js';
import { avscOf } from './avsc-oracle.js';

const tag = record('Tag', { name: string() });
const codec = codecFor(
  defineEvent({
    type: 'org.example.unknown.v1',
    data: {
      user: record('User', { id: long(), tags: list(tag), best: nullable(tag), byName: map(tag) }),
    },
  }),
);

const recordOf = (name: string, fields: unknown[]) => ({ name, type: 'record', fields });
const newTag = recordOf('Tag', [
  { name: 'weight', type: ['null', 'long'] },
  { name: 'name', type: 'string' },
]);
const newer = JSON.stringify({
  ...recordOf('CloudEvent', [
    {
      name: 'user',
      type: recordOf('User', [
        { name: 'id', type: 'long' },
        { name: 'phone', type: recordOf('Phone', [{ name: 'raw', type: 'bytes' }]) },
        { name: 'tags', type: { type: 'array', items: newTag } },
        { name: 'best', type: ['null', 'Tag'], default: null },
        { name: 'byName', type: { type: 'map', values: 'Tag' } },
      ]),
    },
    { name: 'sequence', type: 'long' },
  ]),
  namespace: 'org.example.unknown.v1',
});

describe('fields that only the writer has', () => {
  const [a, b] = [
    { weight: 1, name: 'a' },
    { weight: null, name: 'b' },
  ];
  const user = {
    ...{ id: 7, phone: { raw: Buffer.from('12') }, tags: [a, b], best: b },
    byName: { x: a },
  };
  const body = avscOf(newer).toBuffer({ user, sequence: 2n ** 60n });

  it('are named by their paths, in records, lists, maps and optional parts, whole', () => {
    expect(unknownFieldsOf(body, newer, codec.schema)).toEqual({
      'user.phone': { raw: Uint8Array.from([0x31, 0x32]) },
      'user.tags[0].weight': 1,
      'user.tags[1].weight': null,
      'user.best.weight': null,
      'user.byName.x.weight': 1,
      sequence: 2n ** 60n,
    });
    expect(codec.decode(body, newer)).toEqual({
      user: {
        id: 7,
        tags: [{ name: 'a' }, { name: 'b' }],
        best: { name: 'b' },
        byName: { x: { name: 'a' } },
      },
    });
  });

  it('are none where the writer has the schema of the event, in these words or others', () => {
    const own = codec.encode({ user: { id: 1, tags: [], best: null, byName: {} } });
    expect(unknownFieldsOf(own, codec.schema, codec.schema)).toEqual({});
    const inOtherWords = JSON.stringify(JSON.parse(codec.schema), null, 2);
    expect(unknownFieldsOf(own, inOtherWords, codec.schema)).toEqual({});
  });

  it('cannot be named for a body that the writer cannot have written', () => {
    expect(() => unknownFieldsOf(body.subarray(2), newer, codec.schema)).toThrow();
  });

  const LONG = 'x'.repeat(50_000);
  const wideTag = recordOf('Tag', [
    { name: 'name', type: 'string' },
    ...Array.from({ length: 2_000 }, (_, i) => ({ name: `f${i}`, type: 'boolean' })),
  ]);
  const longTag = recordOf('Tag', [
    { name: 'name', type: 'string' },
    { name: LONG, type: 'boolean' },
  ]);
  const withTag = (type: unknown): string =>
    JSON.stringify(
      recordOf('CloudEvent', [
        {
          name: 'user',
          type: recordOf('User', [
            { name: 'id', type: 'long' },
            { name: 'tags', type: { type: 'array', items: type } },
            { name: 'best', type: ['null', 'Tag'] },
            { name: 'byName', type: { type: 'map', values: 'Tag' } },
          ]),
        },
      ]),
    );
  const count = (n: number): Buffer => {
    const bytes: number[] = [];
    for (let zigzag = n * 2; ; zigzag >>>= 7) {
      bytes.push(zigzag > 127 ? (zigzag & 127) | 128 : zigzag);
      if (zigzag < 128) return Buffer.from(bytes);
    }
  };
  const items = (n: number) =>
    Buffer.concat([Buffer.of(2), count(n), Buffer.alloc(n * 2), Buffer.of(0, 0, 0)]);

  it.each([
    ['the long name of a field in many items', longTag, items(2_000)],
    [
      'the long key of many fields',
      wideTag,
      Buffer.concat([
        Buffer.of(2, 0, 0, 2),
        count(LONG.length),
        Buffer.from(LONG),
        Buffer.of(0),
        Buffer.alloc(2_000),
        Buffer.of(0),
      ]),
    ],
  ])('are not named where their paths are out of proportion: %s', (_, type, bytes) => {
    expect(codec.decode(bytes, withTag(type))).toMatchObject({ user: { id: 1 } });
    expect(() => unknownFieldsOf(bytes, withTag(type), codec.schema)).toThrow(
      expect.objectContaining({
        code: 'UNUSABLE_RECORD',
        message: expect.stringContaining(
          `their paths have more than ${1_000_000 + 64 * bytes.length} characters in total`,
        ),
      }),
    );
  });

  it('may be as many as there are bytes', () => {
    const honest = recordOf('Tag', [
      { name: 'name', type: 'string' },
      { name: 'is_of_some_length', type: 'boolean' },
    ]);
    const found = unknownFieldsOf(items(20_000), withTag(honest), codec.schema);
    expect(Object.keys(found)).toHaveLength(20_000);
  });
});
