import type { MemoryPartition, StoredRecord } from './memory-broker.js';
import { ConfigurationError } from '../../errors/index.js';
import type { Position, Start, Subscription } from '../transport.interface.js';

export interface TakenRecord extends StoredRecord {
  readonly deliveryCount: number;
}

export interface TakeLimits {
  readonly count: number;
  readonly bytes: number;
  /** Offset before which reading ends. */
  readonly before: number;
}

/**
 * How far one group has read one partition: what is in hand, what was given back and must come
 * again first, and the offset behind which nothing was read yet.
 */
export class GroupCursor {
  private readonly inHand = new Map<number, TakenRecord>();
  private readonly counts = new Map<number, number>();
  private readonly listeners = new Set<() => void>();
  private returned: StoredRecord[] = [];

  constructor(
    readonly partition: MemoryPartition,
    private next: number,
  ) {}

  get source(): string {
    return this.partition.source;
  }

  /** Everything below this offset is settled. */
  get settledTo(): number {
    return Math.min(this.next, this.returned[0]?.offset ?? Infinity, ...this.inHand.keys());
  }

  get unsettled(): number {
    const unread = this.partition.end - Math.max(this.next, this.partition.first);
    return this.returned.length + this.inHand.size + unread;
  }

  /** Broker time of the oldest unsettled record. */
  get oldestTime(): number | undefined {
    const offset = this.settledTo;
    const oldest =
      this.inHand.get(offset) ??
      this.returned.find((r) => r.offset === offset) ??
      this.partition.at(Math.max(offset, this.partition.first));
    return oldest?.record.brokerTime;
  }

  /** Steps over unread records that the partition no longer keeps; how many there were. */
  skipTrimmed(): number {
    const lost = Math.max(0, this.partition.first - this.next);
    this.next += lost;
    return lost;
  }

  /** The next records in offset order, which are then in hand. The first is taken whatever its size. */
  take(limits: TakeLimits): TakenRecord[] {
    const taken: TakenRecord[] = [];
    let bytes = 0;
    while (taken.length < limits.count) {
      const stored = this.returned[0] ?? this.partition.at(this.next);
      if (!stored || stored.offset >= limits.before) break;
      bytes += stored.size;
      if (taken.length > 0 && bytes > limits.bytes) break;
      if (this.returned.length > 0) this.returned.shift();
      else this.next = stored.offset + 1;
      const deliveryCount = (this.counts.get(stored.offset) ?? 0) + 1;
      this.counts.set(stored.offset, deliveryCount);
      const record = { ...stored, deliveryCount };
      this.inHand.set(stored.offset, record);
      taken.push(record);
    }
    return taken;
  }

  settle(offset: number): void {
    if (!this.inHand.delete(offset)) return;
    this.counts.delete(offset);
    this.changed();
  }

  /** What was in hand comes again, in offset order, before anything unread. */
  giveBack(offsets: readonly number[]): void {
    for (const offset of offsets) {
      const record = this.inHand.get(offset);
      if (record && this.inHand.delete(offset)) this.returned.push(record);
    }
    this.returned.sort((a, b) => a.offset - b.offset);
    this.changed();
  }

  /** Forgets everything and reads on from the offset. */
  moveTo(next: number): void {
    this.inHand.clear();
    this.counts.clear();
    this.returned = [];
    this.next = next;
    this.changed();
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}

/** The offset at which reading begins. Throws ConfigurationError for a position that is none of ours. */
export function startOffset(partition: MemoryPartition, start: Start): number {
  if (start === 'earliest') return partition.first;
  if (start === 'latest') return partition.end;
  if ('time' in start) return partition.offsetAt(start.time);
  return offsetAfter(partition, start.after) ?? partition.first;
}

/** How far a bounded read goes: the first offset that is not read any more. */
export function endOffset(
  partition: MemoryPartition,
  until: NonNullable<Subscription['until']>,
): number {
  if (until === 'end') return partition.end;
  if ('time' in until) return partition.offsetAt(until.time);
  return offsetAfter(partition, until.positions) ?? 0;
}

/** The offset behind the position that names this partition, if one does. */
export function offsetAfter(
  partition: MemoryPartition,
  positions: readonly Position[],
): number | undefined {
  const named = positions.find(
    (p) => p.topic === partition.topic && p.partition === String(partition.index),
  );
  return named && parseOffset(named) + 1;
}

function parseOffset({ topic, partition, offset }: Position): number {
  const value = Number(offset);
  if (/^-?\d+$/.test(offset) && Number.isSafeInteger(value) && value >= -1) return value;
  const allowed = 'a whole number of at least -1';
  throw new ConfigurationError([
    { setting: `position in ${topic}/${partition}`, found: offset, allowed },
  ]);
}
