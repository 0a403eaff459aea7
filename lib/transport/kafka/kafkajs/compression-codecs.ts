import type * as kafkajs from 'kafkajs';
import { MissingPeerError } from '../../../errors/index.js';
import type { KafkaCompression } from '../kafka-options.js';

type Codec = () => object;
type Loaded = Codec | (new () => { readonly codec: Codec });

interface CodecPackage {
  readonly name: string;
  /** kafkajs's number for the compression. */
  readonly type: number;
  readonly codecOf: (loaded: Loaded) => Codec;
}

const PACKAGES: Readonly<Record<'lz4' | 'snappy' | 'zstd', CodecPackage>> = {
  snappy: { name: 'kafkajs-snappy', type: 2, codecOf: (codec) => codec as Codec },
  lz4: {
    name: 'kafkajs-lz4',
    type: 3,
    codecOf: (LZ4) => new (LZ4 as new () => { codec: Codec })().codec,
  },
  zstd: { name: '@kafkajs/zstd', type: 4, codecOf: (zstd) => (zstd as () => Codec)() },
};

const TYPES: Readonly<Record<KafkaCompression, number>> = {
  none: 0,
  gzip: 1,
  snappy: PACKAGES.snappy.type,
  lz4: PACKAGES.lz4.type,
  zstd: PACKAGES.zstd.type,
};

/** kafkajs's number for a compression. */
export function compressionType(compression: KafkaCompression): kafkajs.CompressionTypes {
  return TYPES[compression];
}

/**
 * Makes kafkajs able to read and write every compression whose package is installed; codecs that are
 * registered already stay. Throws MissingPeerError when that of `wanted` is not.
 */
export async function loadCodecs(module: object, wanted: KafkaCompression): Promise<void> {
  const codecs = codecsOf(module);
  for (const [compression, { name, type, codecOf }] of Object.entries(PACKAGES)) {
    if (isRegistered(codecs[type])) continue;
    try {
      const { default: loaded } = (await import(name)) as { default: Loaded };
      codecs[type] = codecOf(loaded);
    } catch (error) {
      if (compression === wanted)
        throw new MissingPeerError(name, `Compression ${compression} on Kafka`, error);
    }
  }
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
