import * as kafkajs from 'kafkajs';
import { missingCodec } from '../../../lib/transport/kafka/kafkajs/compression/compression-codecs.js';

/** kafkajs's own, which nothing has replaced here. */
const CODECS: Readonly<Record<number, () => unknown>> = (
  kafkajs as unknown as { default: typeof kafkajs }
).default.CompressionCodecs;

function refusal(type: kafkajs.CompressionTypes): Error {
  try {
    CODECS[type]!();
  } catch (error) {
    return error as Error;
  }
  throw new Error(`kafkajs has a codec of number ${type}`);
}

describe('what kafkajs says of a compression without a codec', () => {
  it.each([
    ['snappy', kafkajs.CompressionTypes.Snappy, 'kafkajs-snappy'],
    ['lz4', kafkajs.CompressionTypes.LZ4, 'lz4-napi'],
    ['zstd', kafkajs.CompressionTypes.ZSTD, '@mongodb-js/zstd'],
  ])('names the package for %s', (compression, type, packageName) => {
    const error = missingCodec(refusal(type));
    expect(error).toMatchObject({ code: 'MISSING_PEER', packageName });
    expect(error?.message).toContain(`Reading ${compression} from Kafka`);
  });

  it.each(['the broker is away', 'Brotli compression not implemented'])(
    'is told from another crash: %s',
    (message) => {
      expect(missingCodec(new Error(message))).toBeUndefined();
    },
  );
});
