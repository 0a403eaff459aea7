import type { MemoryPartition, MemoryTopic, StoredRecord } from './memory-topic.js';
import { ConfigurationError } from '../../errors/index.js';
import type { RecordPosition, StartPosition, Subscription } from '../transport.interface.js';

/** A member of a group, as the group sees it. */
export interface GroupMember {
  readonly name: string;
  reads(topic: string): boolean;
  /** The source is now the member's. */
  assign(cursor: GroupCursor): void;
  /** Resolves when the member has finished or dropped what it had in flight of the source. */
  surrender(source: string): Promise<void>;
  /** The group's position in the source was moved by hand. */
  moved(source: string): void;
}

/** A consumer group: its position in every partition, and which member reads which source. */
export class MemoryGroup {
  readonly cursors = new Map<string, GroupCursor>();
  readonly members = new Set<GroupMember>();
  private readonly owners = new Map<string, GroupMember>();
  private readonly moving = new Set<string>();

  /** The group's cursor; made with `start` the first time. */
  cursor(partition: MemoryPartition, start: () => number): { cursor: GroupCursor; isNew: boolean } {
    const known = this.cursors.get(partition.source);
    if (known) return { cursor: known, isNew: false };
    const cursor = new GroupCursor(partition, start());
    this.cursors.set(partition.source, cursor);
    return { cursor, isNew: true };
  }

  join(member: GroupMember, topics: readonly MemoryTopic[]): void {
    this.members.add(member);
    this.balance(topics);
  }

  leave(member: GroupMember, topics: readonly MemoryTopic[]): void {
    this.members.delete(member);
    for (const [source, owner] of this.owners) if (owner === member) this.owners.delete(source);
    this.balance(topics);
  }

  moveTo(source: string, offset: number): void {
    this.cursors.get(source)?.moveTo(offset);
    this.owners.get(source)?.moved(source);
  }

  /** Free sources go to the member that has fewest; then the fullest hands over until all are even. */
  private balance(topics: readonly MemoryTopic[]): void {
    for (const topic of topics) {
      const load = new Map<GroupMember, string[]>();
      for (const member of this.members) if (member.reads(topic.name)) load.set(member, []);
      if (load.size === 0) continue;
      for (const { source } of topic.partitions) {
        const owner = this.owners.get(source);
        if (owner && !this.moving.has(source)) load.get(owner)?.push(source);
      }
      for (const { source } of topic.partitions) {
        if (!this.owners.has(source)) this.assign(source, load);
      }
      this.even(topic, load);
    }
  }

  private assign(source: string, load: Map<GroupMember, string[]>): void {
    const [member, sources] = byLoad(load)[0]!;
    sources.push(source);
    this.owners.set(source, member);
    member.assign(this.cursors.get(source)!);
  }

  private even(topic: MemoryTopic, load: Map<GroupMember, string[]>): void {
    const incoming = topic.partitions.filter(({ source }) => this.moving.has(source)).length;
    const ordered = byLoad(load);
    const [, least] = ordered[0]!;
    const [owner, most] = ordered.at(-1)!;
    if (most.length - least.length - incoming <= 1) return;
    const source = most.at(-1)!;
    this.moving.add(source);
    void owner.surrender(source).then(() => {
      this.moving.delete(source);
      if (this.owners.get(source) === owner) this.owners.delete(source);
      this.balance([topic]);
    });
  }
}

function byLoad(load: Map<GroupMember, string[]>): [GroupMember, string[]][] {
  return [...load].sort(([, a], [, b]) => a.length - b.length);
}

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
 * How far one group has read one partition: what is in flight, what was given back and must come
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

  /** The next records in offset order, which are then in flight. The first is taken whatever its size. */
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

  /** The partition keeps nothing that is settled. */
  deleteSettled(): void {
    const to = this.settledTo;
    this.partition.dropOldest((offset) => offset < to);
  }

  /** What was in flight is redelivered, in offset order, before anything unread. */
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
export function startOffset(partition: MemoryPartition, start: StartPosition): number {
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
  positions: readonly RecordPosition[],
): number | undefined {
  const named = positions.find(
    (p) => p.topic === partition.topic && p.partition === String(partition.index),
  );
  return named && parseOffset(named) + 1;
}

function parseOffset({ topic, partition, offset }: RecordPosition): number {
  const value = Number(offset);
  if (/^-?\d+$/.test(offset) && Number.isSafeInteger(value) && value >= -1) return value;
  const allowed = 'an integer >= -1';
  throw new ConfigurationError([
    { setting: `position in ${topic}/${partition}`, found: offset, allowed },
  ]);
}
