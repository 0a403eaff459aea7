import { createHash } from 'node:crypto';
import { codecFor } from '../../../lib/codec/event-codec.js';
import {
  schemaVersionOf,
  schemaVersionCodecFor,
} from '../../../lib/codec/history/schema-version-codec.js';
import { parseSchemaNotation } from '../../../lib/codec/history/schema-notation.js';
import { OPENEDX_EVENTS_RELEASE } from '../../../lib/events/catalog/open-edx-events.js';
import {
  compareReleases,
  parseRelease,
  parseWritableRelease,
} from '../../../lib/events/event-metadata.js';
import { addRelease } from '../../../tools/catalog/history.mjs';
import { catalogFacts, changes, layouts, recorded, release, since } from './schema-history.js';

const COLLECTION = 'org.openedx.content_authoring.content_library.collection.created.v1';
const statusOf = (type: string, sourcelib: number[] | undefined) => {
  const layout = schemaVersionOf(type, sourcelib);
  return layout.status === 'known' ? layout.release : layout.status;
};

describe('the history of layouts', () => {
  it('holds all events that can travel, to our release, and the 17 changes since 0.10.0', () => {
    expect(Object.keys(recorded.events)).toHaveLength(73);
    expect(recorded.releases).toHaveLength(74);
    expect(recorded.releases.at(-1)).toBe(OPENEDX_EVENTS_RELEASE);
    expect(changes).toHaveLength(17);
    expect(changes.filter(([, { next }]) => since(next!.from, '7.2.0'))).toHaveLength(14);
  });

  it('gives for every layout since 7.2.0 the schema text of the releases that had it', () => {
    const seen = layouts.filter(({ releases }) => since(releases.at(-1)!, '7.2.0'));
    expect(seen).toHaveLength(87);
    for (const { type, definition, sha256, releases } of seen)
      for (const name of releases.filter((each) => since(each, '7.2.0'))) {
        const layout = schemaVersionOf(type, release(name));
        const { schema } =
          layout.status === 'known'
            ? schemaVersionCodecFor(definition, layout)
            : codecFor(definition);
        expect([type, name, createHash('sha256').update(schema).digest('hex')]).toEqual([
          type,
          name,
          sha256,
        ]);
      }
  });

  it('ends, for every event, with the layout of the catalogue', () => {
    const before = { ...recorded, releases: recorded.releases.slice(0, -1) };
    expect(addRelease(before, catalogFacts)).toEqual(recorded);
    expect(addRelease(recorded, catalogFacts)).toBe(recorded);
  });

  it('is extended by a layout that a release changes, and by a new event', () => {
    const events = structuredClone(recorded.events) as Record<string, any>;
    events[COLLECTION].splice(-1);
    delete events['org.openedx.learning.badge.awarded.v1'];
    const extended = addRelease({ ...recorded, releases: ['11.1.1'], events }, catalogFacts);
    expect(extended.releases).toEqual(['11.1.1', '11.2.0']);
    expect(extended.events[COLLECTION]).toEqual([
      ...events[COLLECTION],
      { ...recorded.events[COLLECTION]!.at(-1), from: '11.2.0' },
    ]);
    expect(extended.events['org.openedx.learning.badge.awarded.v1']).toMatchObject([
      { from: '11.2.0' },
    ]);
  });
});

describe('the layout of a release', () => {
  it.each<[string, number[] | undefined]>([
    ['older-than-history', [9, 13, 0]],
    ['9.14.0', [9, 14, 0]],
    ['9.14.0', [9, 14, 1]],
    ['9.15.0', [9, 15, 0]],
    ['9.15.0', [9, 20, 0]],
    ['current', [10, 0, 0]],
    ['current', [11, 2, 0]],
    ['newer', [11, 2, 1]],
    ['newer', [11, 10, 0]],
    ['newer', [12]],
    ['missing', undefined],
  ])('is %s for %j', (status, sourcelib) => {
    expect(statusOf(COLLECTION, sourcelib)).toBe(status);
  });

  it.each<[string, number[]]>([
    ['9.14.0', [9, 14]],
    ['9.14.0', [9, 14, 0, 7]],
    ['9.15.0', [9, 19, 0]],
    ['current', [10]],
    ['current', [11, 2]],
    ['current', [11, 2, 0, 0]],
    ['newer', [11, 2, 0, 1]],
    ['older-than-history', [0, 0, 0]],
    ['older-than-history', [-1]],
    ['older-than-history', []],
  ])('that was never published is %s for %j', (status, sourcelib) => {
    expect(statusOf(COLLECTION, sourcelib)).toBe(status);
  });

  it.each(layouts)('$type from $from is found under each of its releases', (old) => {
    for (const name of old.releases)
      expect(statusOf(old.type, [...release(name)])).toBe(old.isCurrent ? 'current' : old.from);
  });

  it('of an event of your own is that of its definition, whatever the sourcelib', () => {
    for (const sourcelib of [undefined, [1], [99, 0, 0]])
      for (const type of ['org.example.mine.v1', 'constructor', '__proto__'])
        expect(statusOf(type, sourcelib)).toBe('current');
  });
});

describe('releases', () => {
  it('compare by number, part by part', () => {
    const sorted = ['0.10.0', '0.9.1', '9.9.2', '9.10.0', '10.0.0', '9.2'].sort((a, b) =>
      compareReleases(release(a), release(b)),
    );
    expect(sorted).toEqual(['0.9.1', '0.10.0', '9.2', '9.9.2', '9.10.0', '10.0.0']);
  });

  it.each(['', '9.', '.9', '9.0rc1', '9.0.0.dev1', '1.2.3.4.5', '-1', '9,1', '９', '1e3'])(
    '%j is none',
    (text) => expect(parseRelease(text)).toBeUndefined(),
  );

  it('can be written for from 7.2.0 to ours', () => {
    const writable = ['7.1.0', '7.2.0', '9.14', '11.2.0', '11.2.1', 'x'].filter(
      parseWritableRelease,
    );
    expect(writable).toEqual(['7.2.0', '9.14', '11.2.0']);
  });
});

describe('the notation of a layout', () => {
  it('names fields, types and records used again', () => {
    expect(parseSchemaNotation('a:R(x:?long,y:[string]),b:{R}')).toEqual([
      {
        name: 'a',
        type: {
          kind: 'record',
          name: 'R',
          fields: [
            { name: 'x', type: { kind: 'nullable', of: { kind: 'primitive', name: 'long' } } },
            { name: 'y', type: { kind: 'list', of: { kind: 'primitive', name: 'string' } } },
          ],
        },
      },
      { name: 'b', type: { kind: 'map', of: expect.objectContaining({ name: 'R' }) } },
    ]);
  });

  it.each(['', 'a', 'a:', 'a:R', 'a:R(', 'a:R(x:long', 'a:[long', 'a:long,', 'a:long)', 'a: long'])(
    '%j is none',
    (text) => expect(() => parseSchemaNotation(text)).toThrow(SyntaxError),
  );
});
