import { isDeepStrictEqual } from 'node:util';
import { codecFor } from '../../../lib/codec/event-codec.js';
import { bodyOf, fieldsOf, type Shape, shapeOf } from '../../../lib/codec/avro/shape.js';
import { InvalidEventDataError, UnserializableEventError } from '../../../lib/errors/index.js';
import {
  COURSE_ENROLLMENT_CREATED,
  USER_NOTIFICATION_REQUESTED,
} from '../../../lib/events/catalog/learning.js';
import { OPEN_EDX_EVENTS } from '../../../lib/events/catalog/open-edx-events.js';
import { defineEvent, type EventDefinition } from '../../../lib/events/event-definition.js';
import {
  boolean,
  bytes,
  courseKey,
  custom,
  datetime,
  double,
  list,
  long,
  map,
  nullable,
  record,
  string,
  uuid,
  withDefault,
} from '../../../lib/events/fields.js';
import { keyGrammars } from '../../../lib/events/keys/key-grammars.js';
import { sampleOf } from '../../../lib/testing/index.js';
import { EVENTS_WITH_SAMPLES, deepestEvents } from '../../support/sampled-events.js';

const SEEDS = Array.from({ length: 200 }, (_, seed) => seed);

/** What a handler receives when the sample is sent. */
function received(event: EventDefinition, data: unknown): unknown {
  const codec = codecFor(event);
  return codec.decode(codec.encode(data));
}

class Tag {
  constructor(readonly name: string) {}
}

const tag = custom<Tag>('Tag', 'string', {
  toWire: (value) => value.name,
  fromWire: (name: string) => new Tag(name),
});
const EVERYTHING = defineEvent({
  type: 'org.example.everything.v1',
  data: {
    text: string(),
    all: record('All', {
      count: long(),
      share: double(),
      on: boolean(),
      raw: bytes(),
      at: datetime(),
      id: uuid(),
      course: courseKey(),
      tag,
      note: nullable(string()),
      label: withDefault(string(), 'none'),
      tags: list(string()),
      parts: list(record('Part', { name: string(), sizes: map(list(long())) })),
      moment: nullable(datetime()),
    }),
  },
});

describe('sampleOf', () => {
  it.each(EVENTS_WITH_SAMPLES.map((event) => [event.type, event] as const))(
    '%s: without a seed is received as it was sent, with every field filled',
    (_, event) => {
      const sample = sampleOf(event);
      expect(received(event, sample)).toEqual(sample);
      expect(emptyFields(bodyOf(event), sample, 'data')).toEqual([]);
    },
  );

  it.each(deepestEvents(10).map((event) => [event.type, event] as const))(
    '%s: is received as it was sent, for 200 seeds that all differ',
    (_, event) => {
      const bodies = new Set<string>();
      for (const seed of SEEDS) {
        const sample = sampleOf(event, undefined, { seed });
        const body = codecFor(event).encode(sample);
        const data: unknown = codecFor(event).decode(body);
        // Only then, as `toEqual` takes long: to say what is different.
        if (!isDeepStrictEqual(data, sample))
          expect({ seed, data }).toEqual({ seed, data: sample });
        bodies.add(body.toString('hex'));
      }
      expect(bodies.size).toBe(SEEDS.length);
    },
  );

  it('is the same for the same seed, and no object of it is shared', () => {
    const [one, other] = [3, 3].map((seed) => sampleOf(EVERYTHING, {}, { seed }));
    expect(one).toEqual(other);
    expect(one!.all.tags).not.toBe(other!.all.tags);
    expect(sampleOf(EVERYTHING)).toEqual(sampleOf(EVERYTHING, {}, { seed: undefined }));
    expect(sampleOf(EVERYTHING, {}, { seed: 4 })).not.toEqual(one);
  });

  it('without a seed says of each text which field it is', () => {
    expect(sampleOf(COURSE_ENROLLMENT_CREATED).enrollment).toMatchObject({
      user: {
        id: expect.any(Number),
        is_active: true,
        pii: { username: expect.stringMatching(/^username \d+$/) },
      },
      course: {
        course_key: expect.stringMatching(/^course-v1:edX\+Demo\d+\+2026$/),
        display_name: expect.stringMatching(/^display_name \d+$/),
      },
      creation_date: expect.stringMatching(/^2026-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/),
    });
  });

  it('over many seeds takes lists of no item and of several, nulls, defaults and borders', () => {
    const all = SEEDS.map((seed) => sampleOf(EVERYTHING, {}, { seed }).all);
    expect(new Set(all.map(({ tags }) => tags.length))).toEqual(new Set([0, 1, 2, 3]));
    expect(new Set(all.map(({ parts }) => parts.length))).toEqual(new Set([0, 1, 2, 3]));
    const counts = new Set(all.map(({ count }) => count));
    expect([0, -1, 2n ** 63n - 1n, -(2n ** 63n)].filter((count) => !counts.has(count))).toEqual([]);
    expect(all.some(({ note }) => note === null)).toBe(true);
    expect(all.some(({ moment }) => typeof moment === 'string')).toBe(true);
    expect(all.some(({ label }) => label === 'none')).toBe(true);
    expect(all.some(({ label }) => label === '')).toBe(true);
    expect(all.some(({ label }) => /[^\0-\x7f]/.test(label ?? ''))).toBe(true);
    const forms = new Set(all.map(({ course }) => keyGrammars.courseKey(course)?.form));
    expect(forms).toEqual(new Set(['course', 'legacy', 'library', 'ccx']));
  });

  it('merges overrides at any depth, and changes nothing else', () => {
    const plain = sampleOf(EVERYTHING);
    const changed = sampleOf(EVERYTHING, {
      all: { count: 5n, note: null, parts: [{ name: 'a', sizes: {} }], label: undefined },
    });
    expect(changed).toEqual({
      ...plain,
      all: { ...plain.all, count: 5n, note: null, parts: [{ name: 'a', sizes: {} }] },
    });
  });

  it('takes lists, maps and objects of a class as they are', () => {
    const at = new Date('2026-05-06T07:08:09Z');
    const own = new Tag('mine');
    const tags: string[] = [];
    const { all } = sampleOf(EVERYTHING, { all: { at, tag: own, tags } });
    expect(all.at).toBe(at);
    expect(all.tag).toBe(own);
    expect(all.tags).toBe(tags);
    const context = { course: 'Demo' };
    const asked = sampleOf(USER_NOTIFICATION_REQUESTED, { notification_data: { context } });
    expect(asked.notification_data.context).toBe(context);
  });

  it('leaves it to the encoder to say what is wrong with an override', () => {
    const wrong = sampleOf(EVERYTHING, {
      all: { count: 'many', nick: 1 },
      extra: true,
    } as never);
    expect(() => codecFor(EVERYTHING).encode(wrong)).toThrow(
      expect.objectContaining({
        problems: expect.arrayContaining([
          { path: 'all.count', message: expect.stringContaining('expected') },
          { path: 'all.nick', message: expect.any(String) },
          { path: 'extra', message: expect.any(String) },
        ]),
      }),
    );
  });

  it('finds a value for a custom type that takes few, and says which field to override if there is none', () => {
    const even = custom<number>('Even', 'long', {
      toWire: (value) => value,
      fromWire: (value: number) => {
        if (value % 2 !== 0) throw new Error('odd');
        return value;
      },
    });
    const never = custom<number>('Never', 'long', {
      toWire: (value) => value,
      fromWire: () => {
        throw new Error('never');
      },
    });
    const event = defineEvent({
      type: 'org.example.custom.v1',
      data: { even, box: record('Box', { never }) },
    });
    expect(() => sampleOf(event)).toThrow(InvalidEventDataError);
    expect(() => sampleOf(event)).toThrow(
      'box.never: sampleOf found no value for the custom type Never; override this field',
    );
    for (const seed of [undefined, 1, 2, 3]) {
      const sample = sampleOf(event, { box: { never: 7 } }, { seed });
      expect(sample).toEqual({ even: expect.any(Number), box: { never: 7 } });
      expect(Math.abs(sample.even % 2)).toBe(0);
    }
  });

  it('keeps samples of deep lists small', () => {
    let items = list(long());
    for (let depth = 0; depth < 30; depth++) items = list(items) as never;
    const deep = defineEvent({ type: 'org.example.deep.v1', data: { items } });
    for (const seed of SEEDS.slice(0, 10))
      expect(JSON.stringify(sampleOf(deep, {}, { seed }), inJson).length).toBeLessThan(20_000);
  });

  it('says of an event that cannot travel that it cannot', () => {
    const rest = OPEN_EDX_EVENTS.filter((event) => !EVENTS_WITH_SAMPLES.includes(event));
    expect(rest).toHaveLength(2);
    for (const event of rest) expect(() => sampleOf(event)).toThrow(UnserializableEventError);
  });
});

const inJson = (_: string, value: unknown): unknown =>
  typeof value === 'bigint' ? String(value) : value;

/** Fields that are null, absent or without items. */
function emptyFields(shape: Shape, value: any, path: string): string[] {
  const bare = shape.kind === 'optional' ? shapeOf(shape.of) : shape;
  if (value === null || value === undefined || value === '') return [path];
  switch (bare.kind) {
    case 'record':
      return fieldsOf(bare).flatMap(([name, of]) =>
        emptyFields(of, value[name], `${path}.${name}`),
      );
    case 'list':
      return value.length === 1 ? emptyFields(shapeOf(bare.items), value[0], `${path}[]`) : [path];
    case 'map': {
      const entries = Object.values(value);
      const of = shapeOf(bare.values);
      return entries.length === 1 ? emptyFields(of, entries[0], `${path}{}`) : [path];
    }
    default:
      return [];
  }
}
