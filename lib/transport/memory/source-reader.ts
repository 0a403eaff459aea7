import { monotonicNow } from '../../common/clocks.js';
import type { Delivery, DeliverySink } from '../transport.interface.js';
import type { GroupCursor, TakenRecord } from './group-cursor.js';
import { copyRecord } from './memory-broker.js';

/** Records that one `deliver` call carries at most, so that sources take turns. */
const BATCH = 100;

export interface ReadCredit {
  readonly count: number;
  readonly bytes: number;
}

/** A member's hold on one source: what it has in hand there, and whether more may come. */
export class SourceReader {
  paused = false;
  /** Exclusive bound of a bounded read. */
  before = Infinity;
  private readonly inHand = new Map<number, { end: AbortController; size: number }>();
  private delivering = false;
  private held: { timer: NodeJS.Timeout; until: number } | undefined;
  private givenBack = false;

  constructor(
    readonly cursor: GroupCursor,
    private readonly sink: DeliverySink,
    private readonly each: boolean,
    private readonly changed: () => void,
  ) {}

  get source(): string {
    return this.cursor.partition.source;
  }

  get count(): number {
    return this.inHand.size;
  }

  get bytes(): number {
    return [...this.inHand.values()].reduce((n, { size }) => n + size, 0);
  }

  get ready(): boolean {
    const waits = this.each && this.inHand.size > 0;
    return !(this.paused || this.delivering || this.held || this.givenBack || waits);
  }

  /** Delivers what is there, within the credit. Rejects with what the sink threw. */
  async deliver(credit: ReadCredit): Promise<void> {
    const lost = this.cursor.skipTrimmed();
    if (lost > 0) this.sink.notice({ kind: 'gap', source: this.source, count: lost });
    const count = this.each ? 1 : Math.min(credit.count, BATCH);
    const taken = this.cursor.take({ count, bytes: credit.bytes, before: this.before });
    if (taken.length === 0) return;
    const batch = taken.map((record) => this.delivery(record));
    this.delivering = true;
    try {
      await this.sink.deliver(batch);
    } finally {
      this.delivering = false;
      this.changed();
    }
  }

  /** Ends the hold: what is in hand is no longer ours and comes again elsewhere. Idempotent. */
  giveBack(): void {
    this.givenBack = true;
    clearTimeout(this.held?.timer);
    this.abandon([...this.inHand.keys()]);
  }

  /** What is in hand is no longer ours, because the group's position was moved by hand. */
  forget(): void {
    for (const { end } of this.inHand.values()) end.abort();
    this.inHand.clear();
    this.changed();
  }

  private delivery(taken: TakenRecord): Delivery {
    const { offset, deliveryCount, size } = taken;
    const end = new AbortController();
    const mine = { end, size };
    this.inHand.set(offset, mine);
    const isMine = (): boolean => this.inHand.get(offset) === mine;
    return {
      record: copyRecord(taken.record),
      position: this.cursor.partition.position(offset),
      source: this.source,
      deliveryCount,
      signal: end.signal,
      settle: () => {
        if (!isMine()) return;
        this.inHand.delete(offset);
        this.cursor.settle(offset);
        this.changed();
      },
      release: (delayMs = 0) => {
        if (!isMine()) return;
        this.inHand.delete(offset);
        this.release(offset, delayMs);
      },
      keepAlive: () => undefined,
    };
  }

  private release(offset: number, delayMs: number): void {
    if (delayMs > 0) this.holdFor(delayMs);
    this.cursor.giveBack([offset]);
    this.abandon([...this.inHand.keys()].filter((other) => other > offset));
    this.changed();
  }

  private holdFor(delayMs: number): void {
    const until = monotonicNow() + delayMs;
    if (this.held && this.held.until >= until) return;
    clearTimeout(this.held?.timer);
    const timer = setTimeout(() => {
      this.held = undefined;
      this.changed();
    }, delayMs);
    this.held = { timer, until };
  }

  private abandon(offsets: readonly number[]): void {
    const ends = offsets.map((offset) => this.inHand.get(offset)?.end);
    for (const offset of offsets) this.inHand.delete(offset);
    this.cursor.giveBack(offsets);
    for (const end of ends) end?.abort();
  }
}
