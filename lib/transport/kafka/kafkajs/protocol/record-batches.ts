import { decompress, UnopenableError } from '../compression/decompress.js';
import { ByteReader } from './byte-reader.js';
import {
  type BatchContext,
  type ReadMessage,
  type BatchPlace,
  type BatchReading,
  notOpened,
  UnreadableMessage,
} from './read-message.js';
import { UnreadMessage } from './unread-message.js';

const CODEC = 7;
const LOG_APPEND_TIME = 8;
const TRANSACTIONAL = 16;
const CONTROL = 32;

/** Attributes, times, lengths of key and value and number of headers: a byte each at least. */
const LEAST_RECORD = 6;
/** Of a piece of memory larger than that no record keeps more than it has to. */
const LARGE = 2 ** 22;

/** What the head of a batch says of its records. */
export interface BatchHead {
  /** Its last offset, by its own word. */
  readonly claims: number;
  readonly attributes: number;
  readonly firstTimestamp: number;
  readonly maxTimestamp: number;
  readonly context: BatchContext;
  readonly count: number;
  /** At the first record. */
  readonly reader: ByteReader;
}

export function readHead(bytes: Buffer, at: number, end: number): BatchHead {
  const reader = new ByteReader(bytes, at, end);
  const base = reader.int64();
  // Length, epoch of the leader, form and checksum.
  reader.take(13);
  const attributes = reader.int16();
  const delta = reader.int32();
  const firstTimestamp = reader.int64();
  const maxTimestamp = reader.int64();
  const producerId = String(reader.int64());
  // Epoch of the producer and number of the first record.
  reader.take(6);
  const count = reader.int32();
  const context = {
    producerId,
    inTransaction: (attributes & TRANSACTIONAL) > 0,
    isControlBatch: (attributes & CONTROL) > 0,
  };
  const claims = base + Math.max(delta, 0);
  return { claims, attributes, firstTimestamp, maxTimestamp, context, count, reader };
}

/**
 * Adds what is in a batch: each offset of its place is a message, one that cannot be read, one of a range that
 * is lost, or was never there. Resolves with the offset to go on with, which lies within the batch or before it
 * where there is no room for the rest.
 */
export async function readBatch(
  head: BatchHead,
  place: BatchPlace,
  reading: BatchReading,
  messages: ReadMessage[],
): Promise<number> {
  const { room } = reading;
  let reader: ByteReader | undefined;
  try {
    reader = await recordsIn(head, reading);
  } catch (error) {
    if (!(error instanceof UnopenableError)) throw error;
    return notOpened(error, place, reading, head.context, messages);
  }
  const before = messages.length;
  const next = addMessages(messages, head, place, reader, room.messages);
  room.messages -= messages.length - before;
  if (reader !== head.reader && reader.bytes.length > LARGE)
    copyOut(messages, before, reader.bytes);
  return next;
}

async function recordsIn(
  { attributes, reader }: BatchHead,
  { codecs, room }: BatchReading,
): Promise<ByteReader> {
  const codec = attributes & CODEC;
  if (codec === 0 || reader.left === 0) return reader;
  const opened = await decompress(reader.take(reader.left), codec, codecs, room.bytes);
  room.bytes -= opened.length;
  return new ByteReader(opened);
}

function addMessages(
  messages: ReadMessage[],
  head: BatchHead,
  { base, from, last, extent, ceiling, isSure }: BatchPlace,
  reader: ByteReader,
  most: number,
): number {
  const { attributes, firstTimestamp, maxTimestamp, context, count } = head;
  const isAppendTime = (attributes & LOG_APPEND_TIME) > 0;
  // Each record needs an offset of its own: those behind it leave it no more than these.
  const spare = Math.max(0, extent - base + 1 - count);
  const until = messages.length + most;
  let next = base;
  let i = 0;
  for (; i < count && reader.left > 0 && next <= ceiling; i++) {
    if (messages.length >= until) return Math.max(next, from);
    const length = reader.varint();
    const end = reader.at + length;
    if (!(length >= LEAST_RECORD && end <= reader.end)) {
      const reason = 'its length is invalid within its batch';
      if (next >= from) messages.push(new UnreadableMessage(next, reason, context));
      next++;
      break;
    }
    reader.at++; // Attributes of a record are not in use.
    const time = firstTimestamp + reader.varlong();
    const offset = base + reader.varint();
    const latest = Math.min(base + i + spare, ceiling);
    if (offset >= next && offset <= latest && reader.at < end && !Number.isNaN(time)) {
      const brokerTime = isAppendTime ? maxTimestamp : time;
      const { bytes, at } = reader;
      if (offset >= from)
        messages.push(new UnreadMessage(offset, brokerTime, context, bytes, at, end));
      next = offset + 1;
    } else {
      const reason = 'its timestamp or offset is invalid';
      if (next >= from) messages.push(new UnreadableMessage(next, reason, context));
      next++;
    }
    reader.at = end;
  }
  const isWhole = i === count && reader.left === 0;
  if (!isWhole && next <= last) {
    const reason = `the batch does not consist of the ${count} records that it states`;
    messages.push(new UnreadableMessage(Math.max(next, from), reason, context, last));
  }
  // Where nothing else says so, offsets behind the last record may be those of the next batch.
  return isWhole && !isSure ? Math.max(next, from) : Math.max(next, last + 1);
}

/** Leaves behind the memory of a batch of which the messages from `first` on need less than half. */
function copyOut(messages: ReadMessage[], first: number, bytes: Buffer): void {
  let [start, end] = [bytes.length, 0];
  for (let i = first; i < messages.length; i++) {
    const message = messages[i];
    if (!(message instanceof UnreadMessage)) continue;
    start = Math.min(start, message.place[0]);
    end = Math.max(end, message.place[1]);
  }
  if ((end - start) * 2 > bytes.length) return;
  const piece = Buffer.from(bytes.subarray(start, Math.max(start, end)));
  for (let i = first; i < messages.length; i++) {
    const message = messages[i];
    if (message instanceof UnreadMessage) messages[i] = message.within(piece, start);
  }
}
