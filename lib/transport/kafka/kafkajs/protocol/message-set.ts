import type { IncomingRecord } from '../../../transport.interface.js';
import { decompress, UnopenableError } from '../compression/decompress.js';
import {
  LENGTH_FROM,
  brokerTimeOf,
  NO_BATCH,
  type ReadMessage,
  type BatchPlace,
  type BatchReading,
  notOpened,
  type Room,
  UnreadableMessage,
  asKafkaMessages,
} from './read-message.js';
import { ByteReader } from './byte-reader.js';

const CODEC = 7;
const LOG_APPEND_TIME = 8;
/** Checksum, form, attributes, lengths of key and value; the second form has a time besides. */
const LEAST_OF_FORM = [14, 22];
const EMPTY = Buffer.alloc(0);

/** Bytes that a message of a form before Kafka 0.11 has at least; of a form that we do not know, up to its number. */
export function leastEntry(magic: number): number {
  return LEAST_OF_FORM[magic] ?? 5;
}

interface Entry {
  readonly offset: number;
  readonly magic: number;
  readonly attributes: number;
  readonly time: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

/**
 * As `readBatch`, of a message in a form before Kafka 0.11. It stands for several where it is compressed; it has the
 * offset of the last of them.
 */
export async function readEntry(
  bytes: Buffer,
  [at, end]: readonly [number, number],
  { from, last, ceiling }: Omit<BatchPlace, 'extent' | 'isSure'>,
  { room, codecs, limit }: BatchReading,
  messages: ReadMessage[],
): Promise<number> {
  const found = entryAt(bytes, at, end);
  if (typeof found === 'string') {
    // It may be a batch of several, of which not even the form can be believed.
    const range = ceiling > last ? ceiling : undefined;
    messages.push(new UnreadableMessage(last, found, NO_BATCH, range));
    return ceiling + 1;
  }
  if ((found.attributes & CODEC) === 0) {
    room.messages--;
    messages.push(new OldMessage(last, found.time, found.key, found.value));
    return last + 1;
  }
  try {
    const value = found.value ?? EMPTY;
    const opened = await decompress(value, found.attributes & CODEC, codecs, room.bytes);
    room.bytes -= opened.length;
    return addInner(messages, found, { from, last }, opened, room);
  } catch (error) {
    if (!(error instanceof UnopenableError)) throw error;
    return notOpened(error, { from, last }, { room, limit }, NO_BATCH, messages);
  }
}

function addInner(
  messages: ReadMessage[],
  outer: Entry,
  { from, last }: Pick<BatchPlace, 'from' | 'last'>,
  bytes: Buffer,
  room: Room,
): number {
  const lastAt = lastEntry(bytes);
  // In the second form they are numbered by themselves, and the last of them has the offset of the outer one.
  const shift = outer.magic > 0 && lastAt >= 0 ? last - offsetOf(bytes, lastAt) : 0;
  const isAppendTime = outer.magic > 0 && (outer.attributes & LOG_APPEND_TIME) > 0;
  let next = from;
  let at = 0;
  for (let end = endOf(bytes, at); end > 0 && next <= last; end = endOf(bytes, at)) {
    const offset = offsetOf(bytes, at) + shift;
    if (offset >= from) {
      if (room.messages <= 0) return next;
      room.messages--;
      const found = entryAt(bytes, at, end);
      const isPlaced = offset >= next && offset <= last;
      const number = isPlaced ? offset : next;
      if (typeof found === 'string') messages.push(new UnreadableMessage(number, found));
      else if (!isPlaced) messages.push(new UnreadableMessage(number, 'its offset is invalid'));
      else if ((found.attributes & CODEC) > 0)
        messages.push(new UnreadableMessage(number, 'it is compressed twice'));
      else {
        const time = isAppendTime ? outer.time : found.time;
        messages.push(new OldMessage(number, time, copyOf(found.key), copyOf(found.value)));
      }
      next = number + 1;
    }
    at = end;
  }
  if (at < bytes.length && next <= last) {
    const reason = 'its message set has an invalid length';
    messages.push(new UnreadableMessage(next, reason, NO_BATCH, last));
  }
  return last + 1;
}

/** Where a message of a set ends; 0 where none begins. */
function endOf(bytes: Buffer, at: number): number {
  if (bytes.length - at <= LENGTH_FROM) return 0;
  const length = bytes.readInt32BE(at + LENGTH_FROM - 4);
  const end = at + LENGTH_FROM + length;
  return length < LEAST_OF_FORM[0]! || end > bytes.length ? 0 : end;
}

/** Where the last message of a set begins; -1 where there is none. */
function lastEntry(bytes: Buffer): number {
  let last = -1;
  let at = 0;
  for (let end = endOf(bytes, at); end > 0; end = endOf(bytes, at)) [last, at] = [at, end];
  return last;
}

/** The memory in which they lie is that of all of a set. */
function copyOf(bytes: Buffer | null): Buffer | null {
  return bytes && Buffer.from(bytes);
}

function offsetOf(bytes: Buffer, at: number): number {
  return new ByteReader(bytes, at).int64();
}

/** The message, or what is wrong with it. */
function entryAt(bytes: Buffer, at: number, end: number): Entry | string {
  const reader = new ByteReader(bytes, at, end);
  try {
    const offset = reader.int64();
    // Length and checksum.
    reader.take(8);
    const magic = reader.int8();
    if (LEAST_OF_FORM[magic] === undefined) return `unknown record format version ${magic}`;
    const attributes = reader.int8();
    const time = magic === 0 ? -1 : reader.int64();
    const [key, value] = [bytesOf(reader), bytesOf(reader)];
    if (reader.left > 0) return `${reader.left} bytes follow its value`;
    return { offset, magic, attributes, time, key, value };
  } catch {
    return 'its key or value exceeds the record';
  }
}

/** Throws a RangeError where they do not lie in the message; null for a length of -1. */
function bytesOf(reader: ByteReader): Buffer | null {
  const length = reader.int32();
  return length === -1 ? null : reader.take(length);
}

/** A message without headers. */
class OldMessage implements ReadMessage {
  readonly batchContext = NO_BATCH;
  isControlRecord = false;

  constructor(
    readonly number: number,
    private readonly time: number,
    readonly key: Buffer | null,
    private readonly value: Buffer | null,
  ) {}

  get offset(): string {
    return String(this.number);
  }

  get size(): number {
    return (this.key?.length ?? 0) + (this.value?.length ?? 0);
  }

  recordOf(topic: string): IncomingRecord {
    const { key, value, time } = this;
    return { topic, key, attributes: [], value, brokerTime: brokerTimeOf(time) };
  }
}

asKafkaMessages(OldMessage.prototype);
