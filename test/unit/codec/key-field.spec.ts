import { keyFieldOf } from '../../../lib/codec/key-field.js';
import { InvalidEventDataError } from '../../../lib/errors/index.js';
import { defineEvent } from '../../../lib/events/event-definition.js';
import * as f from '../../../lib/events/fields.js';

const point = f.record('Point', { x: f.long(), name: f.withDefault(f.string(), 'origin') });
const EVENT = defineEvent({
  type: 'org.example.keyed.v1',
  data: {
    first: point,
    second: point,
    when: f.datetime(),
    list: f.list(f.long()),
    table: f.map(f.string()),
    maybe: f.record('Maybe', { id: f.nullable(f.uuid()), raw: f.bytes() }),
  },
});
const data = {
  first: { x: 1 },
  second: { x: 2, name: 'b' },
  when: '2024-05-07T08:09:10Z',
  list: [1],
  table: { a: 'b' },
  maybe: { id: '6BA7B8109DAD11D180B400C04FD430C8', raw: Buffer.of(1) },
};

describe('a key field', () => {
  it('has the schema text of the reference and the Avro body of its value', () => {
    const key = keyFieldOf(EVENT, 'first.x');
    expect(key).toMatchObject({
      path: 'first.x',
      schema: '{"name": "x", "type": "long"}',
      problem: null,
    });
    expect(key.encodeKey!(key.read(data)).toString('hex')).toBe('02');
  });

  it.each<[string, string]>([
    ['', 'there is no field ""'],
    ['first.', 'there is no field ""'],
    ['third', 'there is no field "third"'],
    ['first.y', 'there is no field "y"'],
    ['first.x.y', 'x is a long field; a key field cannot be inside it'],
    ['first', 'first is the record Point: only a required'],
    [
      'second.x',
      'second is the record Point, which an earlier field uses too; a key field cannot be inside it',
    ],
    ['list', 'list is a list: only a required'],
    ['table.a', 'table is a map; a key field cannot be inside it'],
    ['maybe.id', 'id is nullable: only a required'],
    ['maybe.raw', 'raw is a bytes field: only a required'],
    ['constructor', 'there is no field "constructor"'],
  ])('%p says why it cannot be a key on Kafka', (path, problem) => {
    const key = keyFieldOf(EVENT, path);
    expect(key.schema).toBeNull();
    expect(key).not.toHaveProperty('encodeKey');
    expect(key.problem).toContain(problem);
  });

  it('of an event that cannot travel says so', () => {
    const definition = {
      type: 'org.example.no.v1',
      minorVersion: 0,
      data: { a: f.unsupported('x.Y') },
    };
    expect(keyFieldOf(definition, 'a').problem).toContain('x.Y has no Avro type');
  });
});

describe('the value of a key field', () => {
  const read = (path: string, from: unknown = data) => keyFieldOf(EVENT, path).read(from);

  it('is read where Kafka could not use it, too', () => {
    expect(read('second.x')).toBe(2);
    expect(read('second.name')).toBe('b');
  });

  it('is the default where it was left out', () => {
    expect(read('first.name')).toBe('origin');
  });

  it('is one text for all forms of a date or UUID', () => {
    expect(read('when')).toBe('2024-05-07T08:09:10+00:00');
    expect(read('when', { when: new Date(0) })).toBe('1970-01-01T00:00:00+00:00');
    expect(read('maybe.id')).toBe('6ba7b810-9dad-11d1-80b4-00c04fd430c8');
  });

  it.each([null, 'x', {}, { maybe: null }, { maybe: { id: null } }, { maybe: 1 }])(
    'is undefined where it is absent (%p)',
    (from) => {
      expect(read('maybe.id', from)).toBeUndefined();
    },
  );

  it('never throws', () => {
    const broken = {
      get when() {
        throw new Error('gone');
      },
    };
    expect(read('when', broken)).toBeUndefined();
    expect(read('nowhere.at.all')).toBeUndefined();
  });

  it('that does not fit is refused with its path', () => {
    const key = keyFieldOf(EVENT, 'first.x');
    expect(() => key.encodeKey!(undefined)).toThrow(InvalidEventDataError);
    expect(() => key.encodeKey!('1')).toThrow(/first\.x: expected integer, got string/);
  });
});
