import type { LetterClosing } from '../../dead-letter-store.interface.js';
import type { FetchedBatch } from '../kafka-driver.interface.js';
import { type Closing, type Control, controlOf } from './control-record.js';
import { OffsetSet } from './offset-set.js';

/** What a partition tells whoever reads it. */
export interface LettersListener {
  /** A letter was closed. */
  closed?(closing: LetterClosing): void;
  /** A record says that it is no letter, and cannot be understood. */
  malformed?(partition: number, offset: number): void;
}

interface Holding {
  readonly owner: string;
  /** By the broker's time of records, in ms. */
  readonly until: number;
}

/**
 * What became of the letters of one partition, as its records say in the order of the log: so every reader of the log comes to
 * the same end.
 */
export class PartitionLetters {
  /** Of the next record to be read. */
  next: number;
  /** Letters that were read and are not closed. */
  readonly open = new OffsetSet();
  /** Closed ones that the broker had dropped when reading began. */
  private readonly closedEarly = new OffsetSet();
  private readonly holdings = new Map<number, Holding>();
  private time = 0;

  constructor(private readonly start: number) {
    this.next = start;
  }

  /** Whether the letter is open, and nobody else reserved it after the owner did. */
  holds(offset: number, owner: string): boolean {
    return this.open.has(offset) && this.holdings.get(offset)?.owner === owner;
  }

  /** Whether there is no open letter at the offset, as far as was read. */
  isClosed(offset: number): boolean {
    return offset < this.next && !this.open.has(offset);
  }

  /** Reads on. */
  take({ partition, records, next }: FetchedBatch, listener: LettersListener): void {
    for (const { offset, record } of records) {
      if (offset < this.next) continue;
      this.time = record.brokerTime ?? this.time;
      const control = controlOf(record, partition);
      if (control === undefined) this.open.add(offset);
      else if (control === 'malformed') listener.malformed?.(partition, offset);
      else this.obey(control, listener);
    }
    this.next = Math.max(this.next, next);
  }

  /** The broker has dropped what is below the offset. */
  forgetBelow(offset: number): void {
    this.next = Math.max(this.next, offset);
    this.open.forgetBelow(offset);
    for (const held of this.holdings.keys()) if (held < offset) this.holdings.delete(held);
  }

  private obey(control: Control, listener: LettersListener): void {
    if (control.kind === 'closing') return this.close(control, listener);
    const { kind, offsets, owner } = control;
    const until = kind === 'claim' ? this.time + control.ms : 0;
    const holding = { owner, until };
    for (const offset of offsets) {
      if (kind === 'release') {
        if (this.holdings.get(offset)?.owner === owner) this.holdings.delete(offset);
      } else if (this.open.has(offset) && this.isFree(offset, owner))
        this.holdings.set(offset, holding);
    }
  }

  private close({ offset, owner, closing }: Closing, listener: LettersListener): void {
    if (!this.isFree(offset, owner)) return;
    if (offset < this.start) {
      if (this.closedEarly.has(offset)) return;
      this.closedEarly.add(offset);
    } else if (!this.open.delete(offset)) return;
    this.holdings.delete(offset);
    listener.closed?.(closing);
  }

  private isFree(offset: number, owner: string): boolean {
    const holding = this.holdings.get(offset);
    return !holding || holding.owner === owner || this.time > holding.until;
  }
}
