import { HEAD, LENGTH_FROM, MAGIC } from './batch-format.js';
import { ByteReader } from './byte-reader.js';
import { type BatchContext, UnreadMessage } from './unread-message.js';

/** kafkajs's codecs by number. */
export type Codecs = Readonly<Record<number, (() => Codec) | undefined>>;

export interface Codec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(bytes: Buffer): Promise<Buffer>;
}

const MAGIC_AT = 16;

const CODEC = 7;
const LOG_APPEND_TIME = 8;
const TRANSACTIONAL = 16;
const CONTROL = 32;

/**
 * The messages of a partition's bytes; a batch that is cut off at the end is left out. Undefined when one
 * is of another form, or in a compression without a codec.
 */
export async function readBatches(
  bytes: Buffer,
  codecs: Codecs,
): Promise<UnreadMessage[] | undefined> {
  const messages: UnreadMessage[] = [];
  for (let at = 0; bytes.length - at >= HEAD;) {
    if (bytes[at + MAGIC_AT] !== MAGIC) return undefined;
    const end = at + LENGTH_FROM + bytes.readInt32BE(at + LENGTH_FROM - 4);
    if (end > bytes.length) break;
    const batch = readHead(new ByteReader(bytes, at, end));
    const records = await recordsIn(batch, codecs);
    if (records === undefined) return undefined;
    addMessages(messages, batch, records);
    at = end;
  }
  return messages;
}

interface Batch {
  readonly attributes: number;
  readonly firstOffset: number;
  readonly firstTimestamp: number;
  readonly maxTimestamp: number;
  readonly context: BatchContext;
  readonly count: number;
  /** At the first record. */
  readonly reader: ByteReader;
}

function readHead(reader: ByteReader): Batch {
  const firstOffset = reader.int64();
  // Length, epoch of the leader, form and checksum.
  reader.at += 13;
  const attributes = reader.int16();
  // Delta of the last offset.
  reader.at += 4;
  const firstTimestamp = reader.int64();
  const maxTimestamp = reader.int64();
  const producerId = String(reader.int64());
  // Epoch of the producer and number of the first record.
  reader.at += 6;
  const context = {
    producerId,
    inTransaction: (attributes & TRANSACTIONAL) > 0,
    isControlBatch: (attributes & CONTROL) > 0,
  };
  const count = reader.int32();
  return { attributes, firstOffset, firstTimestamp, maxTimestamp, context, count, reader };
}

async function recordsIn(
  { attributes, count, reader }: Batch,
  codecs: Codecs,
): Promise<ByteReader | undefined> {
  if ((attributes & CODEC) === 0 || count <= 0) return reader;
  const codec = codecs[attributes & CODEC]?.();
  if (codec === undefined) return undefined;
  return new ByteReader(await codec.decompress(reader.take(reader.left)));
}

function addMessages(messages: UnreadMessage[], batch: Batch, reader: ByteReader): void {
  const { attributes, firstOffset, firstTimestamp, maxTimestamp, context, count } = batch;
  const isAppendTime = (attributes & LOG_APPEND_TIME) > 0;
  for (let i = 0; i < count; i++) {
    const length = reader.varint();
    const end = reader.at + length;
    reader.at++; // Attributes of a record are not in use.
    const time = firstTimestamp + reader.varlong();
    const offset = firstOffset + reader.varint();
    const brokerTime = isAppendTime ? maxTimestamp : time;
    messages.push(new UnreadMessage(offset, brokerTime, context, reader.bytes, reader.at, end));
    reader.at = end;
  }
}
