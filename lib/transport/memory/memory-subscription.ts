import { monotonicNow, systemNow } from '../../common/clocks.js';
import { isNativeError } from 'node:util/types';
import type {
  DeliverySink,
  SourceLag,
  Subscription,
  SubscriptionHandle,
} from '../transport.interface.js';
import { OffsetBound } from '../common/offset-bound.js';
import { endBy } from '../../common/waiting.js';
import { GroupCursor, endOffset, startOffset } from './group-cursor.js';
import type { MemoryBroker, MemoryTopic } from './memory-broker.js';
import type { GroupMember, MemoryGroup } from './memory-group.js';
import { SourceReader } from './source-reader.js';

/** How long a member may take to finish what it has in hand of a source that goes to another. */
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
    const reader = new SourceReader(cursor, this.sink, each, () => this.wake());
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
    const place = isNew ? (typeof start === 'string' ? start : Object.keys(start)[0]) : 'existing';
    this.sink.notice({ kind: 'start', source, detail: `${place}, offset ${cursor.settledTo}` });
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
    const reason = isNativeError(error) ? error : new Error('The sink failed', { cause: error });
    void this.end(reason, monotonicNow());
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
