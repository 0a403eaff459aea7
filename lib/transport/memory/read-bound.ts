import type { Subscription } from '../transport.interface.js';
import type { GroupCursor } from './group-cursor.js';
import { endOffset } from './start-offset.js';

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Where a bounded read ends. A time in the future is known only once it has come. */
export class ReadBound {
  private ends: ReadonlyMap<GroupCursor, number> | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly cursors: readonly GroupCursor[],
    private readonly until: NonNullable<Subscription['until']>,
    private readonly known: () => void,
  ) {
    this.find();
  }

  /** Offset before which reading of the source ends. */
  before(cursor: GroupCursor): number {
    return this.ends?.get(cursor) ?? Infinity;
  }

  /** Everything before the bound is settled, in all sources. */
  reached(): boolean {
    if (!this.ends) return false;
    return this.cursors.every((cursor) => cursor.settledTo >= this.before(cursor));
  }

  close(): void {
    clearTimeout(this.timer);
  }

  private find(): void {
    const wait =
      typeof this.until === 'object' && 'time' in this.until ? this.until.time - Date.now() : 0;
    if (wait > 0) {
      this.timer = setTimeout(() => this.find(), Math.min(wait, LONGEST_TIMER_MS));
      return;
    }
    this.ends = new Map(this.cursors.map((c) => [c, endOffset(c.partition, this.until)]));
    this.known();
  }
}
