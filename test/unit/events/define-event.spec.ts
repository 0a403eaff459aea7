import { ConfigurationError } from '../../../lib/errors/index.js';
import { defineEvent } from '../../../lib/events/event-definition.js';
import type { AnyFieldType, Fields } from '../../../lib/events/field-type.js';
import {
  bytes,
  courseKey,
  custom,
  datetime,
  list,
  long,
  map,
  nullable,
  record,
  string,
  usageKey,
  uuid,
  withDefault,
} from '../../../lib/events/fields.js';

const event = (data: Fields) => defineEvent({ type: 'org.example.done.v1', data });
const problemsOf = (data: Fields) => {
  try {
    event(data);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as ConfigurationError).problems.map(({ setting, found }) => [setting, found]);
  }
  return [];
};
const at = (path: string) => `event org.example.done.v1: data.${path}`;
const point = (fields: Fields = { x: long(), label: withDefault(string(), '') }) =>
  record('Point', fields);

describe('defineEvent', () => {
  it('takes what the reference can carry', () => {
    expect(
      problemsOf({
        name: string(),
        when: datetime(),
        key: courseKey(),
        raw: bytes(),
        grid: list(list(long())),
        deep: map(map(list(long()))),
        tags: withDefault(list(string()), []),
        money: list(
          custom('Money', 'string', { toWire: String, fromWire: (text: string) => text }),
        ),
        first: point(),
        second: point(),
        more: list(point()),
        inner: record('Inner', { point: nullable(point()), at: nullable(datetime()) }),
      }),
    ).toEqual([]);
  });

  it('takes an event without arguments, and gives minor version 0 by default', () => {
    expect(event({})).toEqual({ type: 'org.example.done.v1', minorVersion: 0, data: {} });
  });

  it.each(['time', 'metadata', 'from_event_bus', 'sender', 'signal', 'send_robust'])(
    'refuses the argument %s, which the reference takes for itself',
    (name) => expect(problemsOf({ [name]: string() })).toEqual([[at(name), 'a reserved name']]),
  );

  it('takes those names inside a record', () => {
    expect(problemsOf({ thing: record('Thing', { time: datetime(), sender: string() }) })).toEqual(
      [],
    );
  });

  it.each(['', 'a-b', '1a', 'é', '__proto__'])('refuses the name "%s"', (name) => {
    const problem = `the name ${JSON.stringify(name)}`;
    const fields = Object.fromEntries([[name, string()]]);
    expect(problemsOf(fields)).toEqual([[at(name), problem]]);
    expect(problemsOf({ r: record('R', fields) })).toEqual([[at(`r.${name}`), problem]]);
  });

  it('refuses a nullable argument, which no Python event can declare', () => {
    expect(problemsOf({ note: nullable(string()) })).toEqual([[at('note'), 'a nullable field']]);
  });

  it('refuses an optional inside an optional and an undefined default', () => {
    const fields = {
      a: nullable(nullable(string())),
      b: withDefault(string(), undefined as never),
    };
    expect(problemsOf({ r: record('R', fields) })).toEqual([
      [at('r.a'), 'nullable or withDefault applied twice'],
      [at('r.b'), 'undefined as default'],
    ]);
  });

  it.each<AnyFieldType>([datetime(), uuid(), courseKey(), usageKey(), nullable(string())])(
    'refuses $kind as item of a list and value of a map',
    (item) => {
      const wanted = (path: string) => [[at(path), item.kind]];
      expect(problemsOf({ a: list(item) })).toEqual(wanted('a[]'));
      expect(problemsOf({ a: map(item) })).toEqual(wanted('a{}'));
      expect(problemsOf({ a: record('R', { b: map(list(item)) }) })).toEqual(wanted('a.b{}[]'));
    },
  );

  it('refuses two different records of one name, wherever they stand', () => {
    const other = point({ x: long(), label: withDefault(string(), 'none') });
    expect(problemsOf({ a: point(), b: record('B', { items: list(other) }) })).toEqual([
      [at('b.items[]'), 'another record named Point'],
    ]);
  });

  it('refuses a record named CloudEvent, one with a name that Avro refuses, and one without fields', () => {
    expect(
      problemsOf({
        a: record('CloudEvent', { x: long() }),
        b: record('My-Record', { x: long() }),
        c: record('Empty', {}),
      }),
    ).toEqual([
      [at('a'), 'a record named "CloudEvent"'],
      [at('b'), 'a record named "My-Record"'],
      [at('c'), 'a record without fields'],
    ]);
  });

  it.each(['', 'org.*', 7 as never])('refuses the type %p', (type) => {
    expect(() => defineEvent({ type, data: {} })).toThrow(ConfigurationError);
  });

  it.each([-1, 1.5, NaN])('refuses the minor version %p', (minorVersion) => {
    expect(() => defineEvent({ type: 'a.b', minorVersion, data: {} })).toThrow(/minorVersion/);
  });
});
