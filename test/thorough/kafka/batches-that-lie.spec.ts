import { gzipSync } from 'node:zlib';
import {
  batchBytes,
  type MadeBatch,
  type MadeRecord,
  recordBytes,
  recordsBytes,
  varint,
} from '../../unit/kafka/support/hand-made-batches.js';
import { allCodecs, readSet, told } from '../../unit/kafka/support/read-partition.js';

const GZIP = 1;
const HUGE = 100_000_000;

/** Records with their number as value. */
const numbered = (count: number, first = 0): MadeRecord[] =>
  Array.from({ length: count }, (_, i) => ({ value: `v${first + i}`, headers: [['h', 'x']] }));
const goodBatch = (base: number, count = 2) => batchBytes({ base, records: numbered(count, base) });
const values = (count: number, first = 0) =>
  numbered(count, first).map(({ value }, i) => [first + i, value]);

/** A batch of six, of which the one with offset 12 is made otherwise, between good ones. */
const between = (made: MadeRecord | Buffer, change: MadeBatch = {}) => {
  const records: (MadeRecord | Buffer)[] = numbered(6, 10);
  records[2] = made;
  return Buffer.concat([goodBatch(8), batchBytes({ base: 10, records, ...change }), goodBatch(16)]);
};
const neighbours = (...lost: (readonly [number, string])[]) => [
  ...values(4, 8),
  ...lost,
  ...values(5, 13),
];

describe('a record that lies', () => {
  it.each<[string, MadeRecord]>([
    ['has 100,000,000 headers', { says: { headers: HUGE } }],
    ['has one header more than it has', { headers: [['a', 'b']], says: { headers: 2 } }],
    ['has one header less than it has', { headers: [['a', 'b']], says: { headers: 0 } }],
    ['has -1 headers', { says: { headers: -1 } }],
    ['has -2 headers', { says: { headers: -2 } }],
    ['has a key that ends behind it', { key: 'k', says: { key: 100 } }],
    ['has a key as long as all of the fetch', { key: 'k', says: { key: 2 ** 31 - 1 } }],
    ['has a key of -2 bytes', { key: 'k', says: { key: -2 } }],
    ['has a value that ends behind it', { value: 'v', says: { value: 60 } }],
    ['has a value of -2,147,483,648 bytes', { value: 'v', says: { value: -(2 ** 31) } }],
    ['has a value shorter than it is', { value: 'value', says: { value: 2 } }],
    ['has a header name that ends behind it', { headers: [['n', 'v']], says: { headerName: 70 } }],
    ['has a header name of -1 bytes', { headers: [['n', 'v']], says: { headerName: -1 } }],
    ['has a header that ends behind it', { headers: [['n', 'v']], says: { headerValue: 50 } }],
    ['has a header of -2 bytes', { headers: [['n', 'v']], says: { headerValue: -2 } }],
    ['has bytes behind its last header', { headers: [['n', 'v']], tail: Buffer.of(0) }],
  ])('because it says that it %s is unusable alone', async (_, made) => {
    const set = between({ delta: 2, ...made });
    expect(told(await readSet(set, { from: 8 }))).toEqual(neighbours([12, 'unusable']));
  });

  it.each<[string, Buffer]>([
    [
      'a time of 11 bytes',
      Buffer.from('00 ff ff ff ff ff ff ff ff ff ff 01 04 01 01 00'.replaceAll(' ', ''), 'hex'),
    ],
    [
      'an offset of 6 bytes',
      Buffer.from('00 00 ff ff ff ff ff 01 01 01 00'.replaceAll(' ', ''), 'hex'),
    ],
    [
      'a key of 6 bytes of length',
      Buffer.from('00 00 04 ff ff ff ff ff 01 01 00'.replaceAll(' ', ''), 'hex'),
    ],
  ])('in that it has %s is unusable alone', async (_, inner) => {
    const set = between(Buffer.concat([varint(inner.length), inner]));
    expect(told(await readSet(set, { from: 8 }))).toEqual(neighbours([12, 'unusable']));
  });

  it.each([1, 3, 5, -1, -3, 2 ** 31 - 1, -(2 ** 31)])(
    'about its offset (%i instead of 2) is unusable alone, where it is',
    async (delta) => {
      const set = between({ delta, value: 'x' });
      expect(told(await readSet(set, { from: 8 }))).toEqual(neighbours([12, 'unusable']));
    },
  );

  it.each([
    ['behind its batch', 5_000],
    ['behind all that there is', 2 ** 31 - 1],
    ['before it begins', -1],
    ['where nothing fits', 3],
  ])(
    'about its length, which ends %s, is unusable; the rest of its batch is lost',
    async (_, length) => {
      const set = between({ delta: 2, value: 'x', says: { length } });
      expect(told(await readSet(set, { from: 8 }))).toEqual([
        ...values(4, 8),
        [12, 'unusable'],
        [13, 'lost 3 to 15'],
        ...values(2, 16),
      ]);
    },
  );

  it('about its length, which ends in bytes of its own choosing, takes its batch with it, and no other', async () => {
    const chosen = recordBytes({ delta: 3, says: { headers: HUGE } });
    const value = Buffer.concat([chosen, Buffer.alloc(60, 1)]);
    // Attributes, time, offset, key, and the length of the value, behind which the chosen bytes begin.
    const set = between({ delta: 2, value, says: { length: 6 } });
    expect(told(await readSet(set, { from: 8 }))).toEqual([
      ...values(4, 8),
      [12, 'unusable'],
      [13, 'unusable'],
      [14, 'unusable'],
      [15, 'lost 1 to 15'],
      ...values(2, 16),
    ]);
  });

  it('has no time where it can be none', async () => {
    for (const time of [-1, 2 ** 60, -(2 ** 62)]) {
      const set = batchBytes({ records: [{ value: 'a' }, { value: 'b', time: 5 }], time });
      const [first] = await readSet(set);
      expect(first!.recordOf('t')).toMatchObject({ value: Buffer.from('a') });
      expect(first!.recordOf('t').brokerTime).toBeUndefined();
    }
  });
});

describe('a batch that lies', () => {
  const six = (change: MadeBatch, rest: Buffer[] = [goodBatch(16)]) =>
    Buffer.concat([
      goodBatch(8),
      batchBytes({ base: 10, records: numbered(6, 10), ...change }),
      ...rest,
    ]);

  it.each([7, 69, HUGE, 2 ** 31 - 1])(
    'about the number of its records, %i, gives those that there are',
    async (count) => {
      const set = six({ count, lastDelta: 5 });
      expect(told(await readSet(set, { from: 8 }))).toEqual(values(10, 8));
      expect(told(await readSet(six({ count, lastDelta: count - 1 }), { from: 8 }))).toEqual(
        values(10, 8),
      );
    },
  );

  it.each([4, 0, -1, -(2 ** 31)])(
    'about the number of its records, %i, loses those that it conceals',
    async (count) => {
      const given = Math.max(0, count);
      expect(told(await readSet(six({ count, lastDelta: 5 }), { from: 8 }))).toEqual([
        ...values(2 + given, 8),
        [10 + given, `lost ${6 - given} to 15`],
        ...values(2, 16),
      ]);
    },
  );

  it.each([6, 100, 2 ** 31 - 1, 4, 0, -1, -(2 ** 31)])(
    'about its last offset, %i behind its first, takes none from the next',
    async (lastDelta) => {
      expect(told(await readSet(six({ lastDelta }), { from: 8 }))).toEqual(values(10, 8));
    },
  );

  it('about its last offset, with nothing behind it in the fetch, is followed by what comes then', async () => {
    const set = six({ lastDelta: 2 ** 31 - 1 }, []);
    expect(told(await readSet({ set, highWatermark: 1_000_000 }, { from: 8 }))).toEqual(
      values(8, 8),
    );
    const next = Buffer.concat([set.subarray(goodBatch(8).length), goodBatch(16)]);
    expect(told(await readSet(next, { from: 16 }))).toEqual(values(2, 16));
  });

  it.each([4, 0, -7])('about its first offset, %i, loses what has its place', async (base) => {
    expect(told(await readSet(six({ base }), { from: 8 }))).toEqual([
      ...values(2, 8),
      [10, 'lost 6 to 15'],
      ...values(2, 16),
    ]);
  });

  it.each([40, 1_000_000, 2 ** 52])(
    'about its first offset, %i, is not followed there',
    async (base) => {
      const made = { set: six({ base }), highWatermark: 20 };
      expect(told(await readSet(made, { from: 8 }))).toEqual([
        ...values(2, 8),
        [10, 'lost 6 to 15'],
        ...values(2, 16),
      ]);
      // Nothing is behind it that shows it.
      const alone = { set: six({ base }, []), highWatermark: 20 };
      expect(told(await readSet(alone, { from: 10 }))).toEqual([[10, 'lost 1 to 10']]);
    },
  );

  it.each([61, 200, 2 ** 31 - 1, -1, -12, 0, 48, -(2 ** 31)])(
    'about its length, %i bytes, ends neither the reading nor what was before it',
    async (length) => {
      const set = six({ length });
      const first = await readSet(set, { from: 8 });
      expect(told(first).slice(0, 2)).toEqual(values(2, 8));
      for (const { number } of first) expect(number).toBeGreaterThanOrEqual(8);
    },
  );
});

describe('reading goes on', () => {
  /** Fetches as a consumer does, from where the last message was, and gives what it was told. */
  const follow = async (
    answerAt: (from: number) => Buffer,
    highWatermark: number,
    asked: { limit?: number } = {},
  ) => {
    const all: (readonly [number, string])[] = [];
    let from = 0;
    for (let fetches = 0; from < highWatermark; fetches++) {
      expect(fetches).toBeLessThan(100);
      const found = told(await readSet({ set: answerAt(from), highWatermark }, { from, ...asked }));
      all.push(...found);
      from = (found.at(-1)?.[0] ?? from - 1) + 1;
      const end = / to (\d+)$/.exec(found.at(-1)?.[1] ?? '')?.[1];
      if (end) from = Number(end) + 1;
    }
    return all.filter(([, word]) => word !== 'hidden');
  };

  it('behind a batch without records, also where nothing follows', async () => {
    const empty = batchBytes({ base: 2, records: [], count: 0, lastDelta: 3 });
    expect(told(await readSet({ set: empty, highWatermark: 6 }, { from: 2 }))).toEqual([
      [5, 'hidden'],
    ]);
    const set = Buffer.concat([goodBatch(0), empty]);
    expect(await follow((from) => (from < 2 ? set : empty), 6)).toEqual(values(2));
  });

  it('behind records that compaction took away at the end of a batch', async () => {
    const compacted = batchBytes({ records: numbered(2), lastDelta: 9 });
    expect(await follow(() => compacted, 10)).toEqual(values(2));
  });

  it.each([
    ['says that it lies before', batchBytes({ base: -5, records: numbered(3) })],
    ['says that it lies behind all', batchBytes({ base: 900, records: numbered(3) })],
    ['says that it is longer than the fetch', batchBytes({ records: numbered(3), length: 5_000 })],
    ['says that it has no length', batchBytes({ records: numbered(3), length: 0 })],
    ['says that it is negative', batchBytes({ records: numbered(3), length: -12 })],
    ['is of a form that is not known', batchBytes({ records: numbered(3), magic: 3 })],
    ['is too short for its form', batchBytes({ records: numbered(3) }).subarray(0, 40)],
    ['has no records where it says three', batchBytes({ records: [], count: 3 })],
  ])('behind a batch that %s', async (_, batch) => {
    const found = await follow((from) => (from < 3 ? batch : goodBatch(3)), 5);
    expect(found.slice(-2)).toEqual(values(2, 3));
    const lost = found.slice(0, -2).map(([, word]) => Number(/^lost (\d+)/.exec(word)?.[1]));
    expect(lost.reduce((sum, count) => sum + count, 0)).toBe(3);
  });

  it('with a batch that was cut off at the end, and was whole at the broker', async () => {
    const batch = goodBatch(2);
    const cut = Buffer.concat([goodBatch(0), batch.subarray(0, -1)]);
    expect(told(await readSet(cut))).toEqual(values(2));
    for (let size = 0; size < batch.length; size += 7)
      expect(await readSet(batch.subarray(0, size), { from: 2, maxBytes: size })).toEqual([]);
  });

  it('with no more records at once than memory has room for', async () => {
    const count = 100_100;
    const body = gzipSync(recordsBytes(Array.from({ length: count }, () => ({}))));
    const batch = batchBytes({ attributes: GZIP, body, count });
    const first = await readSet({ set: batch, highWatermark: count });
    expect(first.length).toBe(100_000);
    expect(first.every(({ number }, i) => number === i)).toBe(true);
    const rest = await readSet({ set: batch, highWatermark: count }, { from: 100_000 });
    expect(rest.map(({ number }) => number)).toEqual(
      Array.from({ length: 100 }, (_, i) => 100_000 + i),
    );
  });

  it('with no more decompressed at once than is allowed', async () => {
    const big = (base: number) => {
      const body = gzipSync(recordsBytes([{ value: Buffer.alloc(600_000, 'a') }]));
      return batchBytes({ base, attributes: GZIP, body, count: 1 });
    };
    const set = Buffer.concat([big(0), big(1), big(2)]);
    const first = await readSet({ set, highWatermark: 3 }, { limit: 1_000_000 });
    expect(first.map(({ number }) => number)).toEqual([0]);
    const found = await follow(() => set, 3, { limit: 1_000_000 });
    expect(found.map(([offset, word]) => [offset, word.length])).toEqual([
      [0, 600_000],
      [1, 600_000],
      [2, 600_000],
    ]);
  });

  it.each(['gzip', 'snappy', 'lz4', 'zstd'])(
    'where what was decompressed before it is just as much as is allowed, %s',
    async (name) => {
      const type = ['', 'gzip', 'snappy', 'lz4', 'zstd'].indexOf(name);
      const codecs = await allCodecs();
      const plain = recordsBytes([{ value: 'a' }]);
      const body = await codecs[type]!().compress({ buffer: plain });
      const set = Buffer.concat(
        [0, 1, 2, 3].map((base) => batchBytes({ base, attributes: type, body, count: 1 })),
      );
      // Two of them fill it to the byte.
      const found = await follow(() => set, 4, { limit: 2 * plain.length });
      expect(found).toEqual([0, 1, 2, 3].map((offset) => [offset, 'a']));
    },
  );
});
