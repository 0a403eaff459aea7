import { codecFor } from '../../../lib/codec/event-codec.js';
import { defineEvent } from '../../../lib/events/event-definition.js';
import * as f from '../../../lib/events/fields.js';
import { avscOf } from './avsc-oracle.js';

const codec = codecFor(
  defineEvent({
    type: 'org.example.hyphen-ated.v1',
    data: {
      value: f.record('Value', {
        n: f.long(),
        day: f.nullable(f.datetime()),
        course: f.courseKey(),
        ratio: f.double(),
      }),
    },
  }),
);
const NAMES = { name: 'CloudEvent', type: 'record', namespace: 'org.example.hyphen-ated.v1' };
const writer = (fields: unknown[], more: object = {}) =>
  JSON.stringify({
    ...NAMES,
    fields: [{ name: 'value', type: { name: 'Value', type: 'record', fields } }],
    ...more,
  });
const REORDERED = [
  { name: 'course', type: 'string' },
  { name: 'extra', type: { type: 'array', items: 'string' } },
  { name: 'ratio', type: 'long' },
  { name: 'n', type: 'long' },
];
const written = (text: string, value: object) => avscOf(text).toBuffer({ value });
const course = 'course-v1:a+b+c';

describe('a body in the layout of another writer', () => {
  const text = writer(REORDERED);

  it('keeps every digit, and the text on the wire', () => {
    const body = written(text, { course, extra: ['x'], ratio: 3, n: 2n ** 63n - 1n });
    expect(codec.decode(body, text)).toEqual({
      value: { n: 2n ** 63n - 1n, day: null, course, ratio: 3 },
    });
    const day = '2024-05-07T08:09:10Z';
    const now = writer([{ name: 'day', type: 'string' }, ...REORDERED]);
    const dated = written(now, { day, course, extra: [], ratio: 1, n: 1 });
    expect(codec.decode(dated, now)).toMatchObject({ value: { day } });
  });

  it('gets the defaults of its own class where the writer has no such field, at any depth (K-03)', () => {
    const tag = f.record('Tag', {
      text: f.string(),
      weight: f.withDefault(f.long(), 2n ** 63n - 1n),
      labels: f.withDefault(f.list(f.string()), ['x']),
    });
    const today = codecFor(
      defineEvent({
        type: 'org.example.tagged.v1',
        data: { tags: f.list(tag), on: f.withDefault(f.boolean(), true) },
      }),
    );
    const then = codecFor(
      defineEvent({
        type: 'org.example.tagged.v1',
        data: { tags: f.list(f.record('Tag', { text: f.string() })) },
      }),
    );
    const body = then.encode({ tags: [{ text: 'a' }, { text: 'b' }] });
    const more = { weight: 2n ** 63n - 1n, labels: ['x'] };
    expect(today.decode(body, then.schema)).toEqual({
      tags: [
        { text: 'a', ...more },
        { text: 'b', ...more },
      ],
      on: true,
    });
    const required = defineEvent({
      type: 'org.example.tagged.v1',
      data: { tags: f.list(f.record('Tag', { text: f.string(), weight: f.long() })) },
    });
    expect(() => codecFor(required).decode(body, then.schema)).toThrow(/cannot be resolved/);
  });

  it('has all its checks', () => {
    const decode = (value: object) => () => codec.decode(written(text, value), text);
    const good = { course, extra: [], ratio: 1, n: 1 };
    expect(decode(good)).not.toThrow();
    expect(decode({ ...good, course: 'nope' })).toThrow(/value\.course: not a valid course key/);
    const body = written(text, good);
    for (const bad of [body.subarray(0, -1), Buffer.concat([body, Buffer.of(0)])])
      expect(() => codec.decode(bad, text)).toThrow(
        /in the schema of the writer: (the body ends before|bytes follow the end)/,
      );
    const withText = written(text, { ...good, extra: ['ab'] });
    withText[withText.indexOf('ab')] = 0xff;
    expect(() => codec.decode(withText, text)).toThrow(
      /in the schema of the writer: invalid UTF-8/,
    );
    expect(() =>
      codec.decode(Buffer.from('1e'.padEnd(32, '61') + 'feffffff0f', 'hex'), text),
    ).toThrow(/more items than there are bytes left|ends before the event is complete/);
  });

  it('that is only described in other words is read as it is', () => {
    const schema = JSON.parse(codec.schema);
    const wordy = JSON.stringify(
      {
        namespace: 'elsewhere',
        doc: 'other',
        fields: schema.fields.map((field: object) => ({ doc: 'd', ...field })),
        name: 'CloudEvent',
        type: 'record',
      },
      null,
      2,
    );
    const body = codec.encode({ value: { n: 1, course, ratio: 0.5 } });
    expect(codec.decode(body, wordy)).toEqual(codec.decode(body));
    expect(() => codec.decode(body.subarray(1), wordy)).toThrow(/^Unusable record: value/);
  });

  it.each([
    ['no JSON', '{"SECRET'],
    ['no schema', '7'],
    ['a type that is not there', '{"type": "array", "items": "Missing"}'],
    ['a list without items', '{"type": "array"}'],
    [
      'a record that holds itself',
      '{"type": "record", "name": "CloudEvent", "fields": [{"name": "value", "type": "CloudEvent"}]}',
    ],
    ['another value', '"string"'],
    [
      'lists of nothing',
      writer([...REORDERED, { name: 'none', type: { type: 'array', items: 'null' } }]),
    ],
  ])('is refused for a writer schema that is %s', (_, text) => {
    const body = Buffer.from('1e636f757273652d76313a612b622b630002020600', 'hex');
    expect(() => codec.decode(body, text)).toThrow(
      expect.objectContaining({
        code: 'UNUSABLE_RECORD',
        message: expect.not.stringContaining('SECRET'),
        eventType: 'org.example.hyphen-ated.v1',
      }),
    );
  });

  it('is read for more writers than are remembered', () => {
    for (let round = 0; round < 2; round++)
      for (let i = 0; i < 70; i++) {
        const text = writer([{ name: `extra${i}`, type: 'long' }, ...REORDERED]);
        const body = written(text, { [`extra${i}`]: i, course, extra: [], ratio: 1, n: i });
        expect(codec.decode(body, text)).toMatchObject({ value: { n: i } });
      }
  });
});
