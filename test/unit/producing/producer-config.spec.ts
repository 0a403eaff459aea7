import { ConfigurationError } from '../../../lib/errors/index.js';
import {
  mergeProducerConfigs,
  producerConfigProblems,
} from '../../../lib/settings/producer-config.js';

const entry = { event_key_field: 'a', enabled: true };
const settings = (config: unknown, knows?: (type: string) => boolean) =>
  producerConfigProblems(config, 'C', knows).map((p) => p.setting);

describe('the shape of a producer configuration', () => {
  it.each([
    [1, null, 'C'],
    [1, [], 'C'],
    [1, 'text', 'C'],
    [2, { 'org.x': [] }, 'C["org.x"]'],
    [4, { 'org.x': { t: 'on' } }, 'C["org.x"]["t"]'],
    [5, { 'org.x': { t: { enabled: true } } }, 'C["org.x"]["t"].event_key_field'],
    [6, { 'org.x': { t: { ...entry, event_key_field: 1 } } }, 'C["org.x"]["t"].event_key_field'],
    [7, { 'org.x': { t: { event_key_field: 'a' } } }, 'C["org.x"]["t"].enabled'],
    [8, { 'org.x': { t: { ...entry, enabled: 1 } } }, 'C["org.x"]["t"].enabled'],
    [8, { 'org.x': { t: { ...entry, enabled: 'yes' } } }, 'C["org.x"]["t"].enabled'],
  ])('P-05: row %i of the reference is refused: %j', (_row, config, place) => {
    expect(settings(config)).toEqual([place]);
  });

  it('P-05: row 3: an event type that is not known is refused by name', () => {
    const [problem] = producerConfigProblems({ 'org.nope': { t: entry } }, 'C', () => false);
    expect(problem).toMatchObject({ setting: 'C["org.nope"]', found: "'org.nope'" });
  });

  it('lists every problem, not the first only', () => {
    expect(settings({ a: 1, b: { t: {} }, c: { t: entry } })).toEqual([
      'C["a"]',
      'C["b"]["t"].event_key_field',
      'C["b"]["t"].enabled',
    ]);
  });

  it.each([
    {},
    { 'org.x': {} },
    { 'org.x': { t: { ...entry, extra: 1 } } },
    { 'org.x': { t: { ...entry, event_key_field: '' } } },
  ])('accepts %j, as the reference does', (config) => {
    expect(settings(config)).toEqual([]);
  });
});

describe('mergeProducerConfigs', () => {
  it('sets what overrides give, adds what is new, keeps and drops other keys as the reference', () => {
    const original = { e: { t: { ...entry, note: { kept: 1 } }, u: entry } };
    const overrides = {
      e: { t: { enabled: false, event_key_field: null, other: 'dropped' }, v: { enabled: true } },
      f: { w: { event_key_field: 'k' } },
      g: {},
    };
    expect(mergeProducerConfigs(original, overrides)).toEqual({
      e: {
        t: { event_key_field: 'a', enabled: false, note: { kept: 1 } },
        u: entry,
        v: { enabled: true },
      },
      f: { w: { event_key_field: 'k' } },
      g: {},
    });
  });

  it('throws for what is not made of objects', () => {
    for (const bad of [null, { e: null }, { e: { t: null } }])
      expect(() => mergeProducerConfigs({}, bad as never)).toThrow(ConfigurationError);
    for (const bad of [null, { e: null }])
      expect(() => mergeProducerConfigs(bad as never, {})).toThrow(ConfigurationError);
  });

  it('holds for random configurations: last word to overrides, inputs untouched, idempotent', () => {
    const random = seeded(7);
    const pick = <T>(choices: readonly T[]) => choices[Math.floor(random() * choices.length)] as T;
    const config = () => {
      const made: Record<string, Record<string, any>> = {};
      for (let i = 0; i < 4; i++)
        (made[pick(['a', 'b', '__proto__x'])] ??= {})[pick(['t', 'u', 'constructor'])] = {
          ...pick([{}, { enabled: true }, { enabled: false }, { enabled: null }]),
          ...pick([
            {},
            { event_key_field: 'x' },
            { event_key_field: 'y' },
            { event_key_field: '' },
          ]),
        };
      return made;
    };
    for (let round = 0; round < 500; round++) {
      const original = config();
      const overrides = config();
      const before = JSON.stringify([original, overrides]);
      const merged: any = mergeProducerConfigs(original as never, overrides);
      expect(JSON.stringify([original, overrides])).toBe(before);
      expect(mergeProducerConfigs(merged, overrides)).toEqual(merged);
      for (const type of new Set([...Object.keys(original), ...Object.keys(overrides)]))
        for (const topic of new Set([
          ...Object.keys(original[type] ?? {}),
          ...Object.keys(overrides[type] ?? {}),
        ]))
          for (const key of ['enabled', 'event_key_field']) {
            const own = <T extends object>(of: T | undefined, name: string): any =>
              of && Object.hasOwn(of, name) ? of[name as keyof T] : undefined;
            const first = own(own(original[type], topic), key);
            const last = own(own(overrides[type], topic), key);
            expect(merged[type][topic][key]).toEqual(last ?? first);
          }
    }
  });
});

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 2147483648;
  };
}
