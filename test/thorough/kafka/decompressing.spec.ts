import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { MissingPeerError, ServiceUnavailableError } from '../../../lib/errors/index.js';
import { missingCodec } from '../../../lib/transport/kafka/kafkajs/compression/compression-codecs.js';
import {
  type Codec,
  type Codecs,
  decompress,
  UnopenableError,
} from '../../../lib/transport/kafka/kafkajs/compression/decompress.js';
import {
  lz4Size,
  snappySize,
  zstdSize,
} from '../../../lib/transport/kafka/kafkajs/compression/uncompressed-size.js';
import { batchBytes, int32, recordsBytes } from '../../unit/kafka/support/hand-made-batches.js';
import { allCodecs, MIB, readSet, told } from '../../unit/kafka/support/read-partition.js';

const [GZIP, SNAPPY, LZ4, ZSTD] = [1, 2, 3, 4];
const PACKED = [
  ['snappy', SNAPPY],
  ['lz4', LZ4],
  ['zstd', ZSTD],
] as const;
const ALL = [['gzip', GZIP], ...PACKED] as const;

let codecs: Codecs;
beforeAll(async () => {
  codecs = await allCodecs();
});
const compress = (type: number, buffer: Buffer) => codecs[type]!().compress({ buffer });
const failure = (opening: Promise<Buffer>): Promise<Error> =>
  opening.then(
    () => new Error('it was opened'),
    (error: Error) => error,
  );

/** Texts, noise and repeats, in sizes on both sides of a block. */
const CONTENTS = [0, 1, 59, 60, 61, 255, 65_535, 65_536, 131_072, 131_073, 300_000].flatMap(
  (size) => [
    Buffer.alloc(size, 7),
    randomBytes(size),
    Buffer.alloc(size, 'org.openedx.learning.course.enrollment.created.v1 '),
    Buffer.concat([randomBytes(size >> 1), Buffer.alloc(size - (size >> 1), 'ab')]),
  ],
);
/** Blocks as the Java clients write them. */
const xerial = (...blocks: Buffer[]) =>
  Buffer.concat([
    Buffer.from('82534e4150505900', 'hex'),
    ...[int32(1), int32(1)],
    ...blocks.flatMap((block) => [int32(block.length), block]),
  ]);

describe('what a compressed batch becomes', () => {
  it.each(ALL)('is what it was, %s, up to the limit and not a byte more', async (_, type) => {
    for (const content of CONTENTS) {
      const packed = await compress(type, content);
      const limit = Math.max(1, content.length);
      expect((await decompress(packed, type, codecs, limit)).equals(content)).toBe(true);
      if (content.length < 2) continue;
      const error = await failure(decompress(packed, type, codecs, content.length - 1));
      expect(error).toMatchObject({ isTooLarge: true });
    }
  });

  it('is known before it is made: exactly for snappy and lz4, to a block for zstd', async () => {
    for (const content of CONTENTS) {
      const { length } = content;
      expect(snappySize(await compress(SNAPPY, content))).toBe(length);
      const lz4 = await compress(LZ4, content);
      expect(lz4Size(lz4, 0)).toBe(length);
      expect(lz4Size(lz4, 2 ** 31)).toBeGreaterThanOrEqual(length);
      const size = zstdSize(await compress(ZSTD, content))!;
      expect(size).toBeLessThanOrEqual(length);
      expect(size + 128 * 1024).toBeGreaterThan(length);
    }
  });

  it('is what all blocks of snappy hold, as the Java clients write them', async () => {
    const parts = [randomBytes(40_000), Buffer.alloc(32_768, 1), Buffer.from('end')];
    const blocks = await Promise.all(parts.map((part) => compress(SNAPPY, part)));
    const whole = Buffer.concat(parts);
    const opened = await decompress(xerial(...blocks), SNAPPY, codecs, whole.length);
    expect(opened.equals(whole)).toBe(true);
    const error = await failure(decompress(xerial(...blocks), SNAPPY, codecs, whole.length - 1));
    expect(error).toMatchObject({ isTooLarge: true });
  });

  it('is what both of two frames hold', async () => {
    const zstd = await compress(ZSTD, Buffer.from('ab'));
    const twice = Buffer.concat([zstd, zstd]);
    expect((await decompress(twice, ZSTD, codecs, 10)).toString()).toBe('abab');
    const gzip = gzipSync('ab');
    expect((await decompress(Buffer.concat([gzip, gzip]), GZIP, codecs, 4)).toString()).toBe(
      'abab',
    );
    const error = await failure(decompress(Buffer.concat([gzip, gzip]), GZIP, codecs, 3));
    expect(error).toMatchObject({ isTooLarge: true });
  });
});

/** A block of zstd that repeats a byte. */
const repeated = (count: number, isLast: boolean) => {
  const head = (isLast ? 1 : 0) | 2 | (count << 3);
  return Buffer.of(head & 255, (head >> 8) & 255, (head >> 16) & 255, 0x61);
};
const ZSTD_HEAD = Buffer.from('28b52ffd0070', 'hex');
const bombs: [string, number, () => Buffer][] = [
  ['gzip of 17 MiB', GZIP, () => gzipSync(Buffer.alloc(17 * MIB))],
  ['snappy that says 4 GB', SNAPPY, () => Buffer.from('ffffffff0f0061', 'hex')],
  [
    'snappy of 20 blocks of 1 MiB',
    SNAPPY,
    () => {
      const copies = Buffer.alloc(3 * 16_384, Buffer.of(0xfe, 1, 0));
      const block = Buffer.concat([Buffer.from('8180400061', 'hex'), copies]);
      return xerial(...Array<Buffer>(20).fill(block));
    },
  ],
  [
    'lz4 of blocks of 4 MiB',
    LZ4,
    () => {
      const block = Buffer.concat([
        Buffer.of(0x1f, 0x61, 1, 0),
        Buffer.alloc(16_450, 255),
        Buffer.of(0, 0),
      ]);
      const sized = Buffer.alloc(4);
      sized.writeUInt32LE(block.length);
      const blocks = Array<Buffer>(60).fill(Buffer.concat([sized, block]));
      return Buffer.concat([Buffer.from('04224d18607073', 'hex'), ...blocks, Buffer.alloc(4)]);
    },
  ],
  [
    'zstd of 200 blocks of 128 KiB',
    ZSTD,
    () =>
      Buffer.concat([
        ZSTD_HEAD,
        ...Array.from({ length: 200 }, (_, i) => repeated(131_072, i === 199)),
      ]),
  ],
  [
    'zstd that says 2^62 bytes',
    ZSTD,
    () => Buffer.concat([Buffer.from('28b52ffde00000000000000040', 'hex'), repeated(10, true)]),
  ],
];

describe('a batch that cannot be opened', () => {
  it.each(bombs)(
    'is lost for its size alone, and no memory is taken for it: %s',
    async (_, type, make) => {
      const opened: number[] = [];
      const watched: Codecs = {
        ...codecs,
        [type]: () => ({
          ...codecs[type]!(),
          decompress: async (bytes) => {
            const made = await codecs[type]!().decompress(bytes);
            opened.push(made.length);
            return made;
          },
        }),
      };
      const bytes = make();
      const error = await failure(decompress(bytes, type, watched, 16 * MIB));
      expect(error).toBeInstanceOf(UnopenableError);
      expect(error).toMatchObject({ isTooLarge: bytes.length > 10 });
      expect(opened).toEqual([]);
      const set = batchBytes({ base: 5, attributes: type, body: bytes, count: 3 });
      expect(told(await readSet({ set, highWatermark: 8 }, { from: 5, limit: 16 * MIB }))).toEqual([
        [5, 'lost 3 to 7'],
        [7, 'hidden'],
      ]);
    },
  );

  it('names the option that bounds it', async () => {
    const set = batchBytes({ attributes: GZIP, body: gzipSync(Buffer.alloc(2 * MIB)), count: 1 });
    const [lost] = await readSet({ set, highWatermark: 1 }, { limit: MIB });
    expect(lost!.recordOf('t').unreadable).toEqual({
      reason: 'larger than 1048576 bytes when decompressed (option maxDecompressedBytes)',
      lost: { count: 1, last: '0' },
    });
  });

  it.each(ALL)(
    'is lost where a byte of its %s is another, or it is read as it is',
    async (_, type) => {
      const content = recordsBytes([{ value: 'a'.repeat(100) }, { value: randomBytes(50) }]);
      const packed = await compress(type, content);
      for (let at = 0; at < packed.length; at++)
        for (const change of [1, 128, 255]) {
          const body = Buffer.from(packed);
          body[at]! ^= change;
          const set = batchBytes({ attributes: type, body, count: 2 });
          const found = await readSet({ set, highWatermark: 2 }, { limit: MIB });
          const last = found.at(-1)!;
          const range = last.isControlRecord ? undefined : last.recordOf('t').unreadable?.lost;
          expect(Number(range?.last ?? last.number)).toBe(1);
        }
    },
  );

  it.each(ALL)('is lost where its %s is cut off', async (_, type) => {
    const content = recordsBytes([{ value: 'a'.repeat(100) }, { value: randomBytes(50) }]);
    const packed = await compress(type, content);
    for (let size = 0; size < packed.length; size += 3) {
      const set = batchBytes({ attributes: type, body: packed.subarray(0, size), count: 2 });
      const found = told(await readSet({ set, highWatermark: 2 }, { limit: MIB }));
      expect(found[0]![1]).not.toBe('hidden');
      expect(found[0]![0]).toBe(0);
    }
  });

  it.each([5, 6, 7])('is lost in compression %i, which Kafka does not have', async (type) => {
    const set = batchBytes({ attributes: type, records: [{ value: 'a' }] });
    expect(told(await readSet({ set, highWatermark: 1 }))).toEqual([[0, 'lost 1 to 0']]);
  });

  // A length below 0 sends the package back to where it has been, for ever.
  it('of snappy that leads in circles ends', async () => {
    const circle = Buffer.from('0afcf9ffffff6161616161', 'hex');
    expect(snappySize(circle)).toBeUndefined();
    expect(await failure(decompress(circle, SNAPPY, codecs, MIB))).toBeInstanceOf(UnopenableError);
    const inBlocks = xerial(circle);
    expect(await failure(decompress(inBlocks, SNAPPY, codecs, MIB))).toBeInstanceOf(
      UnopenableError,
    );
    const nested = xerial(xerial(circle));
    expect(await failure(decompress(nested, SNAPPY, codecs, MIB))).toBeInstanceOf(UnopenableError);
  });
});

describe('a fault of what opens batches is none of theirs', () => {
  const good = async (type: number) => {
    const body = await compress(type, recordsBytes([{ value: 'a' }]));
    return batchBytes({ attributes: type, body, count: 1 });
  };
  const broken =
    (codec: Partial<Codec>): (() => Codec) =>
    () => ({
      compress: () => Promise.reject(new Error('not asked')),
      decompress: () => Promise.reject(new Error('the addon was not found')),
      ...codec,
    });

  it.each(PACKED)('no codec of %s', async (name, type) => {
    for (const own of [{}, { [type]: undefined }]) {
      const error = await readSet(await good(type), { codecs: own }).then(
        () => undefined,
        (e) => e,
      );
      expect(missingCodec(error)).toBeInstanceOf(MissingPeerError);
      expect(missingCodec(error)!.message.toLowerCase()).toContain(`reading ${name} from kafka`);
    }
  });

  it.each(PACKED)('a codec of %s that opens nothing', async (name, type) => {
    const answers: Partial<Codec>[] = [
      {},
      {
        decompress: () => {
          throw new TypeError('not a function');
        },
      },
      { decompress: () => Promise.resolve('text' as never) },
      { decompress: undefined },
    ];
    for (const codec of answers) {
      const reading = readSet(await good(type), { codecs: { [type]: broken(codec) } });
      const error = await reading.then(
        () => undefined,
        (e) => e,
      );
      expect(error).toBeInstanceOf(ServiceUnavailableError);
      expect(error.message.toLowerCase()).toContain(
        `the ${name} codec, which decompresses records, does not work`,
      );
    }
  });

  it.each(PACKED)('no memory for %s', async (_, type) => {
    const short = new RangeError('Array buffer allocation failed');
    const codec = broken({ decompress: () => Promise.reject(short) });
    await expect(readSet(await good(type), { codecs: { [type]: codec } })).rejects.toBe(short);
  });

  it.each(PACKED)('what a codec of %s gives may be any bytes', async (_, type) => {
    const codec = broken({
      decompress: async () => new Uint8Array(recordsBytes([{ value: 'a' }])) as Buffer,
    });
    expect(told(await readSet(await good(type), { codecs: { [type]: codec } }))).toEqual([
      [0, 'a'],
    ]);
  });
});
