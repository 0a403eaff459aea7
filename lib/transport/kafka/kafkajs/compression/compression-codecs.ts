import type * as kafkajs from 'kafkajs';
import { promisify } from 'node:util';
import { MissingPeerError } from '../../../../errors/index.js';
import type { KafkaCompression } from '../../settings/kafka-options.js';

/** Packages that compress, in the order of preference for each compression. */
export type CodecPackage =
  'kafkajs-snappy' | 'kafkajs-lz4' | 'lz4-napi' | 'node:zlib' | '@mongodb-js/zstd';

/**
 * What a package exports. Rejects where it is not installed.
 *
 * Bundlers see an import by its name, and take one within `try` for optional.
 */
async function loadCodecPackage(name: CodecPackage): Promise<unknown> {
  try {
    switch (name) {
      case 'kafkajs-snappy':
        return exported(await import('kafkajs-snappy'));
      case 'kafkajs-lz4':
        return exported(await import('kafkajs-lz4'));
      case 'lz4-napi':
        return exported(await import('lz4-napi'));
      case '@mongodb-js/zstd':
        return exported(await import('@mongodb-js/zstd'));
      case 'node:zlib':
        return exported(await import('node:zlib'));
    }
  } catch (error) {
    throw new Error(`${name} cannot be loaded`, { cause: error });
  }
}

/** What compilers make of an import of CommonJS may lack `default`. */
function exported(module: object & { readonly default?: unknown }): unknown {
  return module.default ?? module;
}

type Convert = (bytes: Buffer) => Promise<Buffer>;
type Callback = (bytes: Buffer, done: (error: Error | null, made: Buffer) => void) => void;
type Codec = () => object;

/** What one or the other of the packages is. */
type Loaded = Codec &
  (new () => { readonly codec: Codec }) &
  Readonly<Record<'compress' | 'decompress' | 'compressFrame' | 'decompressFrame', Convert>> &
  Readonly<Record<'zstdCompress' | 'zstdDecompress', Callback>>;

interface CodecSource {
  /** kafkajs's number for the compression. */
  readonly type: number;
  /** What can do it, in the order of preference. */
  readonly packages: readonly (readonly [CodecPackage, (loaded: Loaded) => Codec])[];
  /** The package to install. */
  readonly advised: string;
}

const SOURCES: Readonly<Record<'lz4' | 'snappy' | 'zstd', CodecSource>> = {
  snappy: {
    type: 2,
    packages: [['kafkajs-snappy', (codec) => codec]],
    advised: 'kafkajs-snappy',
  },
  lz4: {
    type: 3,
    packages: [
      ['kafkajs-lz4', (LZ4) => new LZ4().codec],
      ['lz4-napi', (lz4) => codecOf(lz4.compressFrame, lz4.decompressFrame)],
    ],
    advised: 'lz4-napi',
  },
  zstd: {
    type: 4,
    packages: [
      [
        'node:zlib',
        (zlib) => codecOf(promisify(zlib.zstdCompress), promisify(zlib.zstdDecompress)),
      ],
      ['@mongodb-js/zstd', (zstd) => codecOf(zstd.compress, zstd.decompress)],
    ],
    advised: '@mongodb-js/zstd',
  },
};

const TYPES: Readonly<Record<KafkaCompression, number>> = {
  none: 0,
  gzip: 1,
  snappy: SOURCES.snappy.type,
  lz4: SOURCES.lz4.type,
  zstd: SOURCES.zstd.type,
};

/** kafkajs's number for a compression. */
export function compressionType(compression: KafkaCompression): kafkajs.CompressionTypes {
  return TYPES[compression];
}

/**
 * Makes kafkajs able to read and write every compression for which something is installed; codecs that are
 * registered already stay. Throws MissingPeerError when there is none for `wanted`.
 */
export async function loadCodecs(module: object, wanted: KafkaCompression): Promise<void> {
  const codecs = codecsOf(module);
  for (const [compression, { type, packages, advised }] of Object.entries(SOURCES)) {
    const failures: unknown[] = [];
    for (const [name, codecFrom] of packages) {
      if (isRegistered(codecs[type])) break;
      try {
        codecs[type] = codecFrom((await loadCodecPackage(name)) as Loaded);
      } catch (error) {
        failures.push(error);
      }
    }
    if (compression === wanted && !isRegistered(codecs[type]))
      throw new MissingPeerError(
        advised,
        `Compression ${compression} on Kafka`,
        new AggregateError(failures),
      );
  }
}

/** What is missing to read what a consumer of kafkajs crashed at; undefined when it was something else. */
export function missingCodec({ message }: Error): MissingPeerError | undefined {
  const compression = /^(\w+) compression not implemented/.exec(message)?.[1]?.toLowerCase();
  if (compression === undefined || !Object.hasOwn(SOURCES, compression)) return undefined;
  const { advised } = SOURCES[compression as keyof typeof SOURCES];
  return new MissingPeerError(advised, `Reading ${compression} from Kafka`);
}

/** Throws where the package has no such functions: another of its versions may lack them. */
function codecOf(compress: Convert, decompress: Convert): Codec {
  for (const convert of [compress, decompress])
    if (typeof convert !== 'function')
      throw new TypeError('the package does not have the expected functions');
  const codec = {
    compress: ({ buffer }: { readonly buffer: Buffer }) => compress(buffer),
    decompress,
  };
  return () => codec;
}

/** Node does not give the name of a CommonJS module's that it cannot see without running it. */
function codecsOf(module: object): Record<number, () => unknown> {
  const { CompressionCodecs, default: whole } = module as {
    CompressionCodecs?: Record<number, () => unknown>;
    default?: object;
  };
  return CompressionCodecs ?? (whole ? codecsOf(whole) : {});
}

/** What kafkajs has without a package throws that it is not implemented. */
function isRegistered(codec: (() => unknown) | undefined): boolean {
  try {
    return codec !== undefined && codec() !== undefined;
  } catch {
    return false;
  }
}
