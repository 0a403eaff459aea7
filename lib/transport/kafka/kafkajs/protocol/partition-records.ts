import {
  HEAD,
  LENGTH_FROM,
  MAGIC,
  NO_BATCH,
  type ReadMessage,
  type BatchReading,
  endMark,
  UnreadableMessage,
} from './read-message.js';
import { ByteReader } from './byte-reader.js';
import { crc32c } from './byte-writer.js';
import { leastEntry, readEntry } from './message-set.js';
import { readBatch, readHead } from './record-batches.js';

const MAGIC_AT = 16;
const CRC_AT = 17;
const CHECKED_FROM = 21;

const ELSEWHERE = 'the batch at this position states another offset';

/** What was asked of a partition, and what the broker says of it. */
export interface PartitionBytes {
  readonly bytes: Buffer;
  /** The first offset that is wanted. */
  readonly from: number;
  /** No record for readers has this offset or a later one. */
  readonly highWatermark: number;
  /** The broker may have cut off the last batch. */
  readonly mayBeCut: boolean;
}

/**
 * The messages of a partition's bytes, from the offset that was asked for on. Offsets grow from one to the next; the
 * last message is at the end of what was read, so that reading goes on behind it. Every batch moves it on. A batch
 * that was cut off at the end is left out, and so is what there is no room for.
 */
export async function readPartition(
  partition: PartitionBytes,
  reading: BatchReading,
): Promise<ReadMessage[]> {
  const reader = new PartitionReader(partition, reading);
  await reader.read();
  return reader.messages;
}

class PartitionReader {
  readonly messages: ReadMessage[] = [];
  /** All before it is read. */
  private next: number;
  /** A batch was passed over that has no place in the log. */
  private hasPassed = false;

  constructor(
    private readonly partition: PartitionBytes,
    private readonly reading: BatchReading,
  ) {
    this.next = partition.from;
  }

  async read(): Promise<void> {
    const { bytes, from, mayBeCut } = this.partition;
    for (let at = 0; at < bytes.length && this.hasRoom;) {
      const end = endOfBatch(bytes, at);
      if (end > bytes.length) {
        // It comes again, then as the first.
        if (this.next === from && !mayBeCut) this.loseUnbounded(at);
        break;
      }
      if (end < 0) {
        if (this.next === from) this.loseUnbounded(at);
        break;
      }
      await this.readBatch(at, end);
      at = end;
    }
    // The same bytes would be redelivered, for ever.
    if (this.next === from && this.hasPassed && this.hasRoom) this.lose(from, ELSEWHERE);
    this.markEnd();
  }

  private get hasRoom(): boolean {
    return this.reading.room.messages > 0;
  }

  private async readBatch(at: number, end: number): Promise<void> {
    const { bytes } = this.partition;
    const { reading, messages, next } = this;
    const magic = bytes[at + MAGIC_AT]!;
    const head = magic >= MAGIC && end - at >= HEAD ? readHead(bytes, at, end) : undefined;
    const base = offsetAt(bytes, at);
    const after = bytes.length - end >= 8 ? offsetAt(bytes, end) : -1;
    const ceiling = this.ceilingOf(base, after);
    const last = Math.min(head ? head.claims : base, ceiling);
    if (last < next || this.isNowhere(base, head ? after : -1)) {
      this.hasPassed = true;
      return;
    }
    if (this.hasPassed && base > next) this.lose(base - 1, ELSEWHERE);
    this.hasPassed = false;
    if (magic < MAGIC) {
      // An older message has the last of its offsets, a batch its first.
      const isBeforeBatch = after > base && bytes[end + MAGIC_AT] === MAGIC;
      const place = { base, from: this.next, last, ceiling: isBeforeBatch ? ceiling : last };
      this.next = await readEntry(bytes, [at, end], place, reading, messages);
      return;
    }
    const from = (this.next = Math.max(base, next));
    if (!head || magic > MAGIC) this.lose(last, `unknown record format version ${magic}`);
    else if (head.context.isControlBatch && !isIntact(bytes, at, end))
      this.lose(last, 'its batch is corrupt (checksum mismatch)');
    else {
      // A record that is there goes before what the next batch says of itself.
      const extent = Math.min(head.claims, this.ceilingOf(base, -1));
      const isSure = at === 0 || after > base;
      const place = { base, from, last, extent, ceiling: Math.max(extent, ceiling), isSure };
      this.next = await readBatch(head, place, reading, messages);
    }
  }

  /** The last offset that a batch can have: it lies before the next batch, and before the end of the log. */
  private ceilingOf(base: number, after: number): number {
    const { highWatermark } = this.partition;
    const beforeNext = after > base ? after - 1 : Infinity;
    const beforeEnd = highWatermark > base ? highWatermark - 1 : Infinity;
    return Math.min(beforeNext, beforeEnd);
  }

  /** Behind the end of the log, or behind the batch that comes next and has a place itself. */
  private isNowhere(base: number, after: number): boolean {
    const { highWatermark } = this.partition;
    const isPastEnd = highWatermark > this.next && base >= highWatermark;
    return isPastEnd || (after >= this.next && after < base);
  }

  /** All up to `last`. */
  private lose(last: number, reason: string): void {
    this.messages.push(new UnreadableMessage(this.next, reason, NO_BATCH, last));
    this.next = last + 1;
  }

  /** A batch of which only the head may be believed. */
  private loseUnbounded(at: number): void {
    const { bytes } = this.partition;
    const hasHead = bytes[at + MAGIC_AT] === MAGIC && bytes.length - at >= HEAD;
    const { claims } = hasHead ? readHead(bytes, at, bytes.length) : { claims: -1 };
    const last = Math.min(claims, this.ceilingOf(this.next, -1));
    this.lose(Math.max(last, this.next), 'its batch has an invalid length');
  }

  private markEnd(): void {
    const { messages, next } = this;
    if (next > this.partition.from && (messages.at(-1)?.number ?? -1) < next - 1)
      messages.push(endMark(next - 1));
  }
}

/** Where a batch, or a message of an older form, ends; -1 where it is too short to be one, Infinity where it is cut off. */
function endOfBatch(bytes: Buffer, at: number): number {
  if (bytes.length - at <= MAGIC_AT) return Infinity;
  const magic = bytes[at + MAGIC_AT]!;
  const length = bytes.readInt32BE(at + LENGTH_FROM - 4);
  const least = magic === MAGIC ? HEAD - LENGTH_FROM : leastEntry(magic);
  return length < least ? -1 : at + LENGTH_FROM + length;
}

function offsetAt(bytes: Buffer, at: number): number {
  return new ByteReader(bytes, at).int64();
}

function isIntact(bytes: Buffer, at: number, end: number): boolean {
  return crc32c(bytes.subarray(at + CHECKED_FROM, end)) === bytes.readUInt32BE(at + CRC_AT);
}
