import { asError } from '../../errors/thrown-values.js';
import { copyRecord } from '../common/copy-record.js';
import type { MemoryTopic } from './memory-topic.js';
import { monotonicNow, systemNow } from '../../common/clocks.js';
import type {
  DeliverySink,
  SourceLag,
  Subscription,
  SubscriptionHandle,
  Delivery,
} from '../transport.interface.js';
import { OffsetBound } from '../common/base-transport.js';
import { endBy } from '../../common/waiting.js';
import {
  GroupCursor,
  endOffset,
  startOffset,
  type TakenRecord,
  type GroupMember,
  type MemoryGroup,
} from './memory-group.js';
import { type MemoryBroker } from './memory-broker.js';

/** How long a member may take to finish what it has in flight of a source that goes to another. */
const HAND_OVER_MS = 30_000;

// Kept from before a test's fake timers could replace it: records must flow under them too.
const { setImmediate: later } = globalThis;

/** One subscription: reads its sources in turn within its credit, and hands records to the sink. */
export class MemorySubscription implements SubscriptionHandle, GroupMember {
  readonly name: string;
  private readonly topics: readonly MemoryTopic[];
  private readonly group: MemoryGroup | null;
  private readonly cursors: readonly GroupCursor[];
  private readonly readers = new Map<string, SourceReader>();
  private readonly pausedSources = new Set<string>();
  private readonly bound: OffsetBound | undefined;
  private readonly undo: (() => void)[] = [];
  private pausedAll = false;
  private wakeQueued = false;
  private turn = 0;
  private ending: Promise<void> | undefined;

  constructor(
    broker: MemoryBroker,
    private readonly wanted: Subscription,
    private readonly sink: DeliverySink,
    name: string,
    private readonly onEnd: (ended: MemorySubscription) => void,
  ) {
    this.name = name;
    this.topics = [...new Set(wanted.topics)].map((topic) => broker.topic(topic));
    this.group = wanted.group === null ? null : broker.group(wanted.group);
    this.cursors = this.topics.flatMap((topic) => topic.partitions).map((p) => this.open(p));
    const { until } = wanted;
    if (until)
      this.bound = new OffsetBound(
        until,
        () =>
          Promise.resolve(
            new Map(this.cursors.map((c) => [c.source, endOffset(c.partition, until)])),
          ),
        () => this.wake(),
      );
  }

  /** Joins the group, or takes every source for itself. Rejects for bad positions. */
  async join(): Promise<void> {
    await this.bound?.find();
    for (const cursor of this.cursors) {
      this.undo.push(cursor.partition.onAppend(() => this.wake()));
      if (this.bound) this.undo.push(cursor.onChange(() => this.wake()));
    }
    if (this.group) this.group.join(this, this.topics);
    else for (const cursor of this.cursors) this.assign(cursor);
    this.wake();
  }

  reads(topic: string): boolean {
    return this.wanted.topics.includes(topic);
  }

  assign(cursor: GroupCursor): void {
    const each = this.wanted.settle === 'each';
    const deletes = this.wanted.deleteSettled === true;
    const reader = new SourceReader(cursor, this.sink, { each, deletes }, () => this.wake());
    this.readers.set(reader.source, reader);
    this.wake();
  }

  async surrender(source: string): Promise<void> {
    const reader = this.readers.get(source);
    if (!reader) return;
    reader.paused = true;
    await this.revoke(source, monotonicNow() + HAND_OVER_MS);
    reader.giveBack();
    if (this.readers.get(source) === reader) this.readers.delete(source);
  }

  moved(source: string): void {
    this.readers.get(source)?.forget();
    this.sink.notice({ kind: 'cursorMoved', source });
  }

  pause(source?: string): void {
    if (source === undefined) this.pausedAll = true;
    else this.pausedSources.add(source);
  }

  resume(source?: string): void {
    if (source === undefined) {
      this.pausedAll = false;
      this.pausedSources.clear();
    } else this.pausedSources.delete(source);
    this.wake();
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  lag(): Promise<readonly SourceLag[]> {
    const now = systemNow();
    return Promise.resolve(
      this.cursors.map(({ partition, unsettled, oldestTime }) => ({
        source: partition.source,
        events: unsettled,
        oldest: oldestTime === undefined ? null : Math.max(0, now - oldestTime),
      })),
    );
  }

  stop(deadline: number): Promise<void> {
    return this.end('stopped', deadline);
  }

  private open(partition: MemoryTopic['partitions'][number]): GroupCursor {
    const { start } = this.wanted;
    const from = (): number => startOffset(partition, start);
    const { cursor, isNew } = this.group
      ? this.group.cursor(partition, from)
      : { cursor: new GroupCursor(partition, from()), isNew: true };
    const { source } = partition;
    const place = isNew ? (typeof start === 'string' ? start : Object.keys(start)[0]) : 'committed';
    this.sink.notice({ kind: 'start', source, detail: `offset ${cursor.settledTo} (${place})` });
    return cursor;
  }

  private wake(): void {
    if (this.wakeQueued || this.ending) return;
    this.wakeQueued = true;
    later(() => {
      this.wakeQueued = false;
      if (!this.ending) this.pump();
    });
  }

  private pump(): void {
    if (this.bound?.reached(this.cursors)) {
      void this.end('until', monotonicNow());
      return;
    }
    const readers = [...this.readers.values()];
    const first = this.turn++;
    for (let i = 0; i < readers.length && !this.ending; i++) {
      const reader = readers[(first + i) % readers.length]!;
      const credit = this.credit(readers);
      if (this.pausedAll || credit.count < 1 || credit.bytes < 1) return;
      if (this.pausedSources.has(reader.source) || !reader.ready) continue;
      reader.before = this.bound?.before(reader.source) ?? Infinity;
      reader.deliver(credit).catch((error: unknown) => this.fail(error));
    }
  }

  private credit(readers: readonly SourceReader[]): { count: number; bytes: number } {
    const { maxInFlight, maxInFlightBytes = Infinity } = this.wanted;
    const count = readers.reduce((n, reader) => n + reader.count, 0);
    const bytes = readers.reduce((n, reader) => n + reader.bytes, 0);
    return { count: maxInFlight - count, bytes: maxInFlightBytes - bytes };
  }

  private fail(error: unknown): void {
    void this.end(asError(error), monotonicNow());
  }

  private end(reason: 'until' | 'stopped' | Error, deadline: number): Promise<void> {
    return (this.ending ??= Promise.resolve().then(() => this.leave(reason, deadline)));
  }

  private async leave(reason: 'until' | 'stopped' | Error, deadline: number): Promise<void> {
    for (const undo of this.undo) undo();
    this.bound?.close();
    const readers = [...this.readers.values()];
    if (reason === 'stopped') {
      for (const reader of readers) reader.paused = true;
      await Promise.all(readers.map(({ source }) => this.revoke(source, deadline)));
    }
    for (const reader of this.readers.values()) reader.giveBack();
    this.group?.leave(this, this.topics);
    this.onEnd(this);
    this.sink.end(reason);
  }

  private async revoke(source: string, deadline: number): Promise<void> {
    await endBy(
      deadline,
      Promise.resolve().then(() => this.sink.revoke(source, deadline)),
    );
  }
}

/** Records that one `deliver` call carries at most, so that sources take turns. */
const BATCH = 100;

export interface ReadCredit {
  readonly count: number;
  readonly bytes: number;
}

/** A member's hold on one source: what it has in flight there, and whether more may come. */
class SourceReader {
  paused = false;
  /** Exclusive bound of a bounded read. */
  before = Infinity;
  private readonly inHand = new Map<number, { end: AbortController; size: number }>();
  private delivering = false;
  /** A record was left to another group: nothing is deleted any more, since that goes by the position. */
  private hasPassed = false;
  private held: { timer: NodeJS.Timeout; until: number } | undefined;
  private givenBack = false;

  constructor(
    readonly cursor: GroupCursor,
    private readonly sink: DeliverySink,
    private readonly options: { readonly each: boolean; readonly deletes: boolean },
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
    const waits = this.options.each && this.inHand.size > 0;
    return !(this.paused || this.delivering || this.held || this.givenBack || waits);
  }

  /** Delivers what is there, within the credit. Rejects with what the sink threw. */
  async deliver(credit: ReadCredit): Promise<void> {
    const lost = this.cursor.skipTrimmed();
    if (lost > 0) this.sink.notice({ kind: 'gap', source: this.source, count: lost });
    const count = this.options.each ? 1 : Math.min(credit.count, BATCH);
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

  /** Ends the hold: what is in flight is no longer ours and is redelivered elsewhere. Idempotent. */
  giveBack(): void {
    this.givenBack = true;
    clearTimeout(this.held?.timer);
    this.abandon([...this.inHand.keys()]);
  }

  /** What is in flight is no longer ours, because the group's position was moved by hand. */
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
    const settle = (): void => {
      if (!isMine()) return;
      this.inHand.delete(offset);
      this.cursor.settle(offset);
      if (this.options.deletes && !this.hasPassed) this.cursor.deleteSettled();
      this.changed();
    };
    return {
      record: copyRecord(taken.record),
      position: this.cursor.partition.position(offset),
      source: this.source,
      deliveryCount,
      signal: end.signal,
      settle,
      pass: () => {
        this.hasPassed = true;
        settle();
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
