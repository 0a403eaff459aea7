import { monotonicNow } from '../../common/clocks.js';
import type { LetterClosing } from '../dead-letter-store.interface.js';
import type { RecordPosition } from '../transport.interface.js';
import type { MemoryPartition, MemoryTopic } from './memory-topic.js';

const MOST_CLOSINGS = 10_000;

/** What became of the letters of one topic. */
export class MemoryLetters {
  private readonly closed = new Map<MemoryPartition, Set<number>>();
  private readonly claims = new Map<string, { readonly owner: string; readonly until: number }>();
  readonly closings: LetterClosing[] = [];
  private count = 0;

  constructor(readonly topic: MemoryTopic) {}

  get open(): number {
    const kept = this.topic.partitions.reduce((n, { first, end }) => n + end - first, 0);
    return kept - this.count;
  }

  isOpen({ partition, offset }: RecordPosition): boolean {
    const of = this.topic.partitions[Number(partition)];
    return of?.at(Number(offset)) !== undefined && !this.isClosed(of, Number(offset));
  }

  isClosed(partition: MemoryPartition, offset: number): boolean {
    return this.closed.get(partition)?.has(offset) ?? false;
  }

  claim(position: RecordPosition, owner: string, ms: number): boolean {
    if (!this.isOpen(position) || !this.isFree(position, owner)) return false;
    this.claims.set(keyOf(position), { owner, until: monotonicNow() + ms });
    return true;
  }

  release(position: RecordPosition, owner: string): void {
    if (this.claims.get(keyOf(position))?.owner === owner) this.claims.delete(keyOf(position));
  }

  close(closing: LetterClosing, owner: string): void {
    const { position } = closing;
    if (!this.isOpen(position) || !this.isFree(position, owner)) return;
    this.claims.delete(keyOf(position));
    const partition = this.topic.partitions[Number(position.partition)]!;
    let closed = this.closed.get(partition);
    if (!closed) this.closed.set(partition, (closed = new Set()));
    closed.add(Number(position.offset));
    this.count++;
    partition.dropOldest((offset) => {
      if (!closed.delete(offset)) return false;
      this.count--;
      return true;
    });
    this.closings.push(closing);
    if (this.closings.length > MOST_CLOSINGS) this.closings.shift();
  }

  private isFree(position: RecordPosition, owner: string): boolean {
    const claim = this.claims.get(keyOf(position));
    return !claim || claim.owner === owner || claim.until <= monotonicNow();
  }
}

function keyOf({ partition, offset }: RecordPosition): string {
  return `${partition}/${offset}`;
}
