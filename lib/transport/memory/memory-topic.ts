import { createHash } from 'node:crypto';
import { copyRecord } from '../common/copy-record.js';
import type {
  OutgoingRecord,
  RecordPosition,
  EventRecord,
  IncomingRecord,
} from '../transport.interface.js';

/** A topic: partitions, and the rule which of them takes a record. */
export class MemoryTopic {
  readonly partitions: readonly MemoryPartition[];
  private turn = 0;

  constructor(
    readonly name: string,
    partitions: number,
    maxRecords: number,
    now: () => number,
  ) {
    const limit = Math.max(1, Math.floor(maxRecords / partitions));
    this.partitions = Array.from(
      { length: partitions },
      (_, index) => new MemoryPartition(name, index, limit, now),
    );
  }

  append(record: OutgoingRecord): RecordPosition {
    const key = record.orderKey ?? record.key;
    const number = record.partition ?? (key === null ? this.turn++ : numberOf(key));
    return this.partitions[number % this.partitions.length]!.append(record);
  }
}

function numberOf(key: string | Uint8Array): number {
  return createHash('sha1').update(key).digest().readUInt32BE();
}

/** A record as the broker keeps it. */
export interface StoredRecord {
  readonly offset: number;
  readonly record: IncomingRecord;
  readonly size: number;
}

/** One partition: a log that keeps its newest `limit` records. */
export class MemoryPartition {
  private readonly records: StoredRecord[] = [];
  private readonly listeners = new Set<() => void>();
  private appended = 0;
  readonly source: string;

  constructor(
    readonly topic: string,
    readonly index: number,
    private readonly limit: number,
    private readonly now: () => number,
  ) {
    this.source = `${topic}/${index}`;
  }

  /** Offset of the oldest record that is still kept. */
  get first(): number {
    return this.appended - this.records.length;
  }

  /** Offset that the next record will get. */
  get end(): number {
    return this.appended;
  }

  append(record: OutgoingRecord): RecordPosition {
    const offset = this.appended++;
    const now = Math.max(this.now(), this.records.at(-1)?.record.brokerTime ?? 0);
    const copy = copyRecord({ ...record, brokerTime: now });
    this.records.push({ offset, record: copy, size: sizeOf(copy) });
    if (this.records.length > this.limit && !record.untrimmed) this.records.shift();
    for (const listener of this.listeners) listener();
    return this.position(offset);
  }

  /** The record at the offset; undefined when it was trimmed or does not exist yet. */
  at(offset: number): StoredRecord | undefined {
    return this.records[offset - this.first];
  }

  /** Drops the oldest records while `isOver` says so of their offsets. */
  dropOldest(isOver: (offset: number) => boolean): void {
    while (this.records.length > 0 && isOver(this.first)) this.records.shift();
  }

  /** What is kept, oldest first. */
  all(): readonly StoredRecord[] {
    return [...this.records];
  }

  /** Offset of the first record stored at or after the time (ms since the epoch). */
  offsetAt(time: number): number {
    return this.records.find((r) => (r.record.brokerTime ?? 0) >= time)?.offset ?? this.end;
  }

  position(offset: number): RecordPosition {
    return { topic: this.topic, partition: String(this.index), offset: String(offset) };
  }

  onAppend(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

function sizeOf({ key, attributes, value }: EventRecord): number {
  const attributeBytes = attributes.reduce((n, [, bytes]) => n + (bytes?.length ?? 0), 0);
  return attributeBytes + (key?.length ?? 0) + (value?.length ?? 0);
}
