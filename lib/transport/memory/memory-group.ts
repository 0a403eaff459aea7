import { GroupCursor } from './group-cursor.js';
import type { MemoryPartition, MemoryTopic } from './memory-broker.js';

/** A member of a group, as the group sees it. */
export interface GroupMember {
  readonly name: string;
  reads(topic: string): boolean;
  /** The source is now the member's. */
  assign(cursor: GroupCursor): void;
  /** Resolves when the member has finished or dropped what it had in hand of the source. */
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
