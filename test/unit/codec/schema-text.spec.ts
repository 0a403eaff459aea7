import { schemaOf, schemaTextOf, pythonJson } from '../../../lib/codec/avro/avro-schema.js';
import type { Fields } from '../../../lib/events/field-type.js';
import * as f from '../../../lib/events/fields.js';

const event = (data: Fields) => ({ type: 'org.example.schema.v1', minorVersion: 0, data });

describe('a schema text', () => {
  it('is JSON as Python writes it: sorted, spaced, ASCII', () => {
    expect(pythonJson({ b: [1, null, true], a: 'é\u007f😀"\n', A: {} })).toBe(
      '{"A": {}, "a": "\\u00e9\\u007f\\ud83d\\ude00\\"\\n", "b": [1, null, true]}',
    );
  });

  it('defines a record at its first use and names it afterwards', () => {
    const leaf = f.record('Leaf', { n: f.nullable(f.long()) });
    const text = schemaTextOf(
      event({ a: f.record('A', { leaf, again: f.nullable(leaf) }), b: f.list(leaf) }),
    );
    expect(JSON.parse(text).fields).toEqual([
      {
        name: 'a',
        type: {
          name: 'A',
          type: 'record',
          fields: [
            {
              name: 'leaf',
              type: {
                name: 'Leaf',
                type: 'record',
                fields: [{ default: null, name: 'n', type: ['null', 'long'] }],
              },
            },
            { default: null, name: 'again', type: ['null', 'Leaf'] },
          ],
        },
      },
      { name: 'b', type: { type: 'array', items: 'Leaf' } },
    ]);
  });

  it('is the same string for the same definition', () => {
    const definition = event({ a: f.string() });
    expect(schemaTextOf(definition)).toBe(schemaTextOf(definition));
    expect(Object.keys(schemaOf(definition))).toEqual([
      'name',
      'type',
      'doc',
      'fields',
      'namespace',
    ]);
  });

  it.each<[string, Fields, string]>([
    [
      'a nullable argument',
      { a: f.nullable(f.long()) },
      'a: a top-level field of an event cannot be nullable',
    ],
    [
      'a list of dates',
      { a: f.list(f.datetime()) },
      'a[]: openedx-events does not support datetime',
    ],
    [
      'a map of keys',
      { a: f.map(f.courseKey()) },
      'a{}: openedx-events does not support courseKey',
    ],
    [
      'a list of optionals',
      { a: f.list(f.nullable(f.long())) },
      'a[]: only a field of a record can be optional',
    ],
    [
      'a list of empty records',
      { a: f.list(f.record('E', {})) },
      'a: a list whose items are encoded as 0 bytes is not allowed',
    ],
    [
      'optional twice',
      { a: f.record('R', { x: f.nullable(f.nullable(f.long())) }) },
      'a.x: nested optional fields are not supported',
    ],
    ['a name that Avro refuses', { 'a-b': f.long() }, 'a-b: "a-b" is not a valid Avro name'],
    [
      'a record name that Avro refuses',
      { a: f.record('R 1', {}) },
      'a: "R 1" is not a valid name of an Avro record',
    ],
    [
      'a record CloudEvent',
      { a: f.record('CloudEvent', {}) },
      'a: CloudEvent cannot contain itself',
    ],
    [
      'one name for two records',
      { a: f.record('R', { x: f.long() }), b: f.record('R', { x: f.string() }) },
      'b: another record is named R',
    ],
    [
      'no Avro type',
      { a: f.record('R', { x: f.unsupported('typing.BinaryIO') }) },
      'a.x: typing.BinaryIO has no Avro type',
    ],
  ])('is refused for %s', (_, data, reason) => {
    expect(() => schemaTextOf(event(data))).toThrow(
      expect.objectContaining({
        code: 'UNSERIALIZABLE_EVENT',
        message: expect.stringContaining(reason),
      }),
    );
  });
});
