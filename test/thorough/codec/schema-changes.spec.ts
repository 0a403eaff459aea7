import { isDeepStrictEqual } from 'node:util';
import { codecFor } from '../../../lib/codec/event-codec.js';
import {
  schemaVersionOf,
  schemaVersionCodecFor,
} from '../../../lib/codec/history/schema-version-codec.js';
import { decodeBody } from '../../../lib/consuming/processing/body-decoder.js';
import { EventBusError, InvalidEventDataError } from '../../../lib/errors/index.js';
import { plain, withSortedMaps } from '../../unit/codec/avsc-oracle.js';
import {
  changes,
  definitionThen,
  kept,
  type LayoutOfEvent,
  layouts,
  readerOf,
  release,
  since,
  writerOf,
} from '../../unit/codec/schema-history.js';
import { randomData, randomSource } from '../../unit/codec/random-data.js';

const PLACE = { topic: 't' };
const DISCUSSIONS = 'org.openedx.learning.discussions.configuration.changed.v1';

function expectSame(actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual).toStrictEqual(expected);
}

/** What came of a body: `silent` is data that is wrong and nobody was told. */
function outcome(read: () => ReturnType<typeof decodeBody>, right: unknown): string {
  try {
    const { data, warnings } = read();
    if (isDeepStrictEqual(data, right)) return 'right';
    return warnings.length > 0 ? 'warned' : 'silent';
  } catch (error) {
    if (!(error instanceof EventBusError)) throw error;
    return error.code;
  }
}

const resolverOf = kept((old: LayoutOfEvent) => readerOf(old).createResolver(writerOf(old)));

/** Bodies that the release of a layout wrote, and the data of today that avsc resolves each to. */
function* bodiesOf(old: LayoutOfEvent, seed: number, count: number) {
  const below = randomSource(seed);
  const writer = writerOf(old);
  const reader = readerOf(old);
  const resolver = resolverOf(old);
  for (let i = 0; i < count; i++) {
    const data = randomData(definitionThen(old), below);
    const body = writer.toBuffer(withSortedMaps(data));
    yield { data, body, today: plain(reader.fromBuffer(body, resolver)) };
  }
}

describe('R-05: a record says which release wrote it', () => {
  it.each(layouts)('$type of $from: every release of that layout is read exactly', (old) => {
    let seed = 1;
    for (const name of old.releases)
      for (const { body, today } of bodiesOf(old, seed++, 4)) {
        const codec = codecFor(old.definition);
        const decoded = decodeBody(codec, body, release(name), PLACE);
        expectSame(decoded.data, today);
        expect(decoded).toMatchObject({
          writerRelease: old.isCurrent ? null : old.from,
          warnings: [],
          bytesLeft: 0,
        });
      }
  });
});

describe.each(changes)('R-05: %s', (_, old) => {
  const codec = codecFor(old.definition);
  const lastOld = release(old.releases.at(-1)!);

  it('from a producer that still has the old layout', () => {
    for (const { body, today } of bodiesOf(old, 7, 300))
      expectSame(decodeBody(codec, body, lastOld, PLACE).data, today);
  });

  it('what no writer of the old layout made is refused, or warned of where it is one of today', () => {
    for (const { body } of bodiesOf(old, 8, 50)) {
      for (const damaged of [body.subarray(0, -1), Buffer.concat([body, Buffer.of(0)])]) {
        const seen = outcome(() => decodeBody(codec, damaged, lastOld, PLACE), undefined);
        expect(['UNUSABLE_RECORD', 'warned']).toContain(seen);
        if (seen === 'warned') expect(codec.encode(codec.decode(damaged))).toEqual(damaged);
      }
    }
  });

  it('read without a sourcelib is never silently wrong', () => {
    const seen = new Set<string>();
    for (const { body, today } of bodiesOf(old, 9, 300))
      seen.add(outcome(() => decodeBody(codec, body, undefined, PLACE), today));
    expect([...seen].filter((each) => !/^(right|warned|UNSUPPORTED_SCHEMA)$/.test(each))).toEqual(
      [],
    );
  });
});

describe('R-05: a reader that is older than the producer', () => {
  const next = (old: LayoutOfEvent) =>
    layouts.find(({ type, from }) => type === old.type && from === old.next!.from)!;

  it.each(changes)('%s: reads what fits, else says so', (_, old) => {
    const ours = codecFor(definitionThen(old));
    const seen: Record<string, number> = {};
    for (const { data, body } of bodiesOf(next(old), 11, 300)) {
      const right = pick(data, ours.decode(writerOf(old).toBuffer(withSortedMaps(sample(old)))));
      const came = outcome(() => decodeBody(ours, body, [99, 0, 0], PLACE), right);
      seen[came] = (seen[came] ?? 0) + 1;
    }
    // The residual risk: a boolean in the middle of booleans moves the others by one.
    if (old.type === DISCUSSIONS) expect(seen['silent']).toBeLessThan(60);
    else expect(seen['silent']).toBeUndefined();
    expect(seen['UNUSABLE_RECORD']).toBeUndefined();
  });

  const sample = (old: LayoutOfEvent) => randomData(definitionThen(old), randomSource(1));

  /** The members of `data` that the old layout has as well. */
  function pick(data: any, like: any): any {
    if (typeof like !== 'object' || like === null || Array.isArray(like)) return data;
    if (typeof data !== 'object' || data === null || Array.isArray(data)) return data;
    const names = Object.keys(like).filter((name) => Object.hasOwn(data, name));
    return Object.keys(like).length === 0
      ? data
      : Object.fromEntries(names.map((name) => [name, pick(data[name], like[name])]));
  }
});

const writable = changes.filter(([, old]) => since(old.releases.at(-1)!, '7.2.0'));

describe('I-03: us to a consumer that still has the old layout', () => {
  it('is every change since 7.2.0', () => expect(writable).toHaveLength(14));

  it.each(writable)('%s: it reads what we write, or we refuse and name the field', (_, old) => {
    const layout = schemaVersionOf(old.type, release(old.releases.at(-1)!));
    if (layout.status !== 'known') throw new Error('a known layout');
    const codec = schemaVersionCodecFor(old.definition, layout);
    const consumer = writerOf(old);
    const below = randomSource(13);
    const gone = /library_key/.test(old.layout);
    for (let i = 0; i < 100; i++) {
      const then = randomData(definitionThen(old), below);
      expect(codec.encode(then).equals(consumer.toBuffer(withSortedMaps(then)))).toBe(true);
      const today = codec.decode(codec.encode(then));
      const again = () => codec.encode(today);
      if (gone) expect(again).toThrow(/library_key: missing \(schema of openedx-events 9/);
      else expectSame(plain(consumer.fromBuffer(again())), then);
    }
  });

  it('a value that the old layout cannot hold is refused with its path', () => {
    const problemsOf = (type: string, name: string, data: unknown) => {
      const old = layouts.find((each) => each.type === type && each.releases.includes(name))!;
      try {
        schemaVersionCodecFor(old.definition, { release: old.from, notation: old.layout }).encode(
          data,
        );
      } catch (error) {
        if (error instanceof InvalidEventDataError) return error.problems.map(({ path }) => path);
        throw error;
      }
      return [];
    };
    const usage_key = 'block-v1:a+b+c+type@html+block@x';
    const block = (version: unknown) => ({ xblock_info: { usage_key, block_type: 'x', version } });
    const xblock = 'org.openedx.content_authoring.xblock.deleted.v1';
    expect(problemsOf(xblock, '8.2.0', block(null))).toEqual([]);
    expect(problemsOf(xblock, '8.2.0', block(undefined))).toEqual([]);
    const version = 'branch-v1:a';
    expect(problemsOf(xblock, '8.2.0', block(version))).toEqual(['xblock_info.version']);
    const misspelt = { xblock_info: { usage_key, block_type: 1, verison: 1 } };
    expect(problemsOf(xblock, '8.2.0', misspelt)).toEqual([
      'xblock_info.block_type',
      'xblock_info.verison',
    ]);
    class Block {
      usage_key = usage_key;
      block_type = 'x';
      get version() {
        return 'lost?';
      }
    }
    expect(problemsOf(xblock, '8.2.0', { xblock_info: new Block() })).toEqual([
      'xblock_info.version',
    ]);

    const configuration = {
      course_key: 'course-v1:a+b+c',
      provider_type: 'x',
      plugin_configuration: { a: true },
      contexts: [{ title: 'x', context: { k: 'v' } }],
    };
    const enabled = (value?: boolean) => ({ configuration: { ...configuration, enabled: value } });
    expect(problemsOf(DISCUSSIONS, '11.0.0', enabled())).toEqual([]);
    expect(problemsOf(DISCUSSIONS, '11.0.0', enabled(true))).toEqual([]);
    expect(problemsOf(DISCUSSIONS, '11.0.0', enabled(false))).toEqual(['configuration.enabled']);
    const contexts = { configuration: { ...configuration, contexts: [{ title: 1 }] } };
    expect(problemsOf(DISCUSSIONS, '11.0.0', contexts)).toEqual([
      'configuration.contexts[0].title',
    ]);
    for (const odd of [null, undefined, 7, [], { configuration: null }])
      expect(problemsOf(DISCUSSIONS, '11.0.0', odd).length).toBeGreaterThan(0);
  });
});
