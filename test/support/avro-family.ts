import { defineEvent, type EventDefinition } from '../../lib/events/event-definition.js';
import type { AnyFieldType } from '../../lib/events/field-type.js';
import * as f from '../../lib/events/fields.js';

/** Types of writers, by names of their own. */
export type WriterFamily = Readonly<Record<string, unknown>>;

const PRIMITIVES = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'];
const field = (name: string, type: unknown, more: object = {}) => ({ name, type, ...more });
const part = (fields: readonly object[], name = 'Part') => ({ type: 'record', name, fields });
const [N, S] = [field('n', 'long'), field('s', 'string')];

const PARTS = {
  part: part([N, S]),
  partReordered: part([S, N]),
  partOther: part([field('n', 'int'), field('s', 'bytes')]),
  partLess: part([N]),
  partNone: part([]),
  partMore: part([
    field('before', { type: 'map', values: 'double' }),
    N,
    field('between', ['null', part([field('deep', 'string')], 'Deep')]),
    S,
    field('after', 'Deep'),
  ]),
  partNullable: part([
    field('s', ['null', 'string'], { default: null }),
    field('n', ['long', 'null']),
  ]),
  partTwice: part([N, S, field('n', 'string')]),
  partRenamed: part([N, S], 'Piece'),
  partElsewhere: { ...part([N, S]), namespace: 'elsewhere' },
  partAliased: { ...part([N, S], 'Piece'), aliases: ['Part'] },
  fieldAliased: part([field('m', 'long', { aliases: ['n'] }), S]),
  fieldDefaulted: part([field('n', 'long', { default: 5 }), S]),
  partOfInherited: part([
    field('valueOf', 'long'),
    field('constructor', 'string'),
    field('__proto__', 'boolean'),
    field('toString', 'double'),
    N,
    S,
  ]),
  recursive: part([
    N,
    field('next', ['null', 'Part']),
    field('children', { type: 'array', items: 'Part' }),
    S,
  ]),
};

const UNIONS = [
  ['null', 'long', 'string'],
  ['string', 'null', 'long'],
  ['long', 'string', 'null'],
  ['null', 'string', 'long'],
  ['int', 'double', 'null'],
  ['bytes', 'string'],
  ['boolean', 'null', 'float', 'bytes'],
  ['null', { type: 'array', items: 'long' }, { type: 'map', values: 'int' }],
  [{ type: 'enum', name: 'Colour', symbols: ['RED', 'constructor'] }, 'null', 'string'],
  [{ type: 'fixed', name: 'Four', size: 4 }, 'bytes', 'null'],
  ['null', PARTS.part, { ...PARTS.partRenamed, name: 'Other' }],
  [PARTS.partReordered, 'string', 'null'],
  ['long'],
  ['null'],
];

/** Types of writers: primitives, unions in many orders, records with fields more or less, containers, recursion. */
export function writerFamily(): WriterFamily {
  const family: Record<string, unknown> = { ...PARTS };
  for (const name of PRIMITIVES) {
    family[name] = name;
    if (name === 'null') continue;
    family[`null,${name}`] = ['null', name];
    family[`${name},null`] = [name, 'null'];
    family[`list ${name}`] = { type: 'array', items: name };
    family[`map ${name}`] = { type: 'map', values: name };
    family[`list null,${name}`] = { type: 'array', items: ['null', name] };
  }
  for (const union of UNIONS) {
    const name = JSON.stringify(union);
    family[name] = union;
    family[`list ${name}`] = { type: 'array', items: union };
    family[`map ${name}`] = { type: 'map', values: union };
  }
  for (const [name, type] of Object.entries(PARTS)) {
    family[`null,${name}`] = ['null', type];
    family[`list ${name}`] = { type: 'array', items: type };
    family[`map ${name}`] = { type: 'map', values: type };
  }
  family['{long}'] = { type: 'long', doc: 'd' };
  family['enum'] = { type: 'enum', name: 'Colour', symbols: ['RED', 'GREEN'] };
  family['fixed'] = { type: 'fixed', name: 'Four', size: 4 };
  family['list list long'] = { type: 'array', items: { type: 'array', items: 'long' } };
  family['list map int'] = { type: 'array', items: { type: 'map', values: 'int' } };
  return family;
}

const partFields = { n: f.long(), s: f.string() };
const READERS: Readonly<Record<string, AnyFieldType>> = {
  long: f.long(),
  double: f.double(),
  string: f.string(),
  bytes: f.bytes(),
  boolean: f.boolean(),
  nullableLong: f.nullable(f.long()),
  nullableDouble: f.nullable(f.double()),
  nullableString: f.nullable(f.string()),
  nullableBytes: f.nullable(f.bytes()),
  nullableList: f.nullable(f.list(f.string())),
  listOfLong: f.list(f.long()),
  listOfDouble: f.list(f.double()),
  listOfString: f.list(f.string()),
  listOfLists: f.list(f.list(f.double())),
  listOfMaps: f.list(f.map(f.long())),
  mapOfLong: f.map(f.long()),
  mapOfBytes: f.map(f.bytes()),
  part: f.record('Part', partFields),
  partNullable: f.record('Part', { s: f.nullable(f.string()), n: f.nullable(f.double()) }),
  partMore: f.record('Part', { extra: f.nullable(f.long()), ...partFields }),
  partRequired: f.record('Part', { ...partFields, extra: f.long() }),
  partInherited: f.record('Part', {
    constructor: f.nullable(f.bytes()),
    toString: f.nullable(f.double()),
    valueOf: f.nullable(f.long()),
    s: f.string(),
    hasOwnProperty: f.nullable(f.string()),
  }),
  nullablePart: f.nullable(f.record('Part', partFields)),
  listOfParts: f.list(f.record('Part', partFields)),
  mapOfParts: f.map(f.record('Part', { s: f.string(), n: f.double() })),
};

const TYPE = 'org.example.resolved.v1';

/** Events that such types are read as. */
export const readerFamily = (): readonly (readonly [name: string, event: EventDefinition])[] =>
  Object.entries(READERS).map(([name, value]) => [
    name,
    defineEvent({ type: TYPE, data: { holder: f.record('Holder', { value }) } }),
  ]);

/** The schema of a body that has a value of the type and, by turns, fields around it. */
export function writerSchema(type: unknown, number: number): object {
  const value = field('value', type);
  const surrounded = [field('first', ['null', 'long']), value, field('last', 'string')];
  return {
    type: 'record',
    name: 'CloudEvent',
    namespace: TYPE,
    fields: [field('holder', part(number % 3 === 2 ? surrounded : [value], 'Holder'))],
  };
}
