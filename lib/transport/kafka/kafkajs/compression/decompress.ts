import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { ServiceUnavailableError } from '../../../../errors/index.js';
import { lz4Size, snappyBlocks, snappySize, zstdSize } from './uncompressed-size.js';

const unzip = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.unzip);

const [GZIP, SNAPPY, LZ4, ZSTD] = [1, 2, 3, 4];
/** As kafkajs writes them. */
const NAMES: Readonly<Record<number, string>> = {
  [SNAPPY]: 'Snappy',
  [LZ4]: 'LZ4',
  [ZSTD]: 'ZSTD',
};

/** Compressed bytes that cannot be opened; it says nothing of what does it. */
export class UnopenableError extends Error {
  constructor(
    reason: string,
    /** They become more than they may. */
    readonly isTooLarge = false,
    cause?: unknown,
  ) {
    super(reason, { cause });
  }
}

/**
 * What the bytes were before they were compressed by the codec with that number. Rejects with UnopenableError
 * where that is not possible or more than `limit` bytes, which is found out before they are made where the codec
 * has no limit of its own. Rejects with another error where the fault is the codec's: with kafkajs's own where there
 * is none.
 */
export async function decompress(
  bytes: Buffer,
  type: number,
  codecs: Codecs,
  limit: number,
): Promise<Buffer> {
  if (type === GZIP) return openGzip(bytes, limit);
  if (NAMES[type] === undefined) throw new UnopenableError(`unknown compression type ${type}`);
  const codec = codecOf(type, codecs);
  const parts = type === SNAPPY ? snappyBlocks(bytes) : [bytes];
  const sizes = parts?.map((part) => sizeOf(part, type, limit));
  if (!parts || !sizes || sizes.includes(undefined))
    throw new UnopenableError(`invalid ${NAMES[type]} data`);
  check(
    sizes.reduce<number>((sum, size) => sum + size!, 0),
    limit,
  );
  const made: Buffer[] = [];
  for (const part of parts) made.push(await open(part, type, codec));
  const whole = made.length === 1 ? made[0]! : Buffer.concat(made);
  check(whole.length, limit);
  return whole;
}

/** The codec; throws as kafkajs where there is none. */
function codecOf(type: number, codecs: Codecs): Codec {
  const codec = codecs[type];
  if (codec !== undefined) return codec();
  const name = 'KafkaJSNotImplemented';
  throw Object.assign(new Error(`${NAMES[type]} compression not implemented`), { name });
}

function sizeOf(bytes: Buffer, type: number, limit: number): number | undefined {
  if (type === SNAPPY) return snappySize(bytes);
  return type === LZ4 ? lz4Size(bytes, limit) : zstdSize(bytes);
}

function check(size: number, limit: number): void {
  if (size > limit) throw new UnopenableError('too large when decompressed', true);
}

async function openGzip(bytes: Buffer, limit: number): Promise<Buffer> {
  // Node takes no limit below that.
  check(1, limit);
  try {
    return await unzip(bytes, { maxOutputLength: limit });
  } catch (error) {
    const { code } = error as { code?: string };
    if (isShortOfMemory(error)) throw error;
    const isTooLarge = code === 'ERR_BUFFER_TOO_LARGE';
    throw new UnopenableError(
      isTooLarge ? 'too large when decompressed' : 'invalid gzip data',
      isTooLarge,
      error,
    );
  }
}

async function open(bytes: Buffer, type: number, codec: Codec): Promise<Buffer> {
  let made: unknown;
  try {
    made = await codec.decompress(bytes);
  } catch (error) {
    if (isShortOfMemory(error)) throw error;
    if (!(await works(codec, type))) throw faultOf(type, error);
    throw new UnopenableError(`invalid ${NAMES[type]} data`, false, error);
  }
  if (Buffer.isBuffer(made)) return made;
  if (made instanceof Uint8Array) return Buffer.from(made.buffer, made.byteOffset, made.length);
  throw faultOf(type);
}

const KNOWN = Buffer.from('a');
const KNOWN_AS: Readonly<Record<number, Buffer>> = {
  [SNAPPY]: Buffer.from('010061', 'hex'),
  [LZ4]: Buffer.from('04224d18604082010000806100000000', 'hex'),
  [ZSTD]: Buffer.from('28b52ffd005809000061', 'hex'),
};

/** Whether the codec opens what is known to be good: then something is wrong with what it could not open. */
async function works(codec: Codec, type: number): Promise<boolean> {
  try {
    const made: unknown = await codec.decompress(KNOWN_AS[type]!);
    return made instanceof Uint8Array && KNOWN.equals(made);
  } catch {
    return false;
  }
}

function faultOf(type: number, cause?: unknown): ServiceUnavailableError {
  return new ServiceUnavailableError(
    'Kafka',
    `the ${NAMES[type]} codec, which decompresses records, does not work; check the package that it comes from (kafkajs-snappy, kafkajs-lz4, lz4-napi or @mongodb-js/zstd, unless the application registered another codec), and restart the process`,
    { cause },
  );
}

function isShortOfMemory(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return (
    ['Z_MEM_ERROR', 'ENOMEM', 'ERR_MEMORY_ALLOCATION_FAILED'].includes(String(code)) ||
    /allocation (failed|error)/i.test(String(message))
  );
}

/** kafkajs's codecs by number. */
export type Codecs = Readonly<Record<number, (() => Codec) | undefined>>;

export interface Codec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(bytes: Buffer): Promise<Buffer>;
}
