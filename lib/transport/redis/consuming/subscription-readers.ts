import type { HealthBoard } from '../../common/health-board.js';
import type { DeliverySink, Subscription } from '../../transport.interface.js';
import type { Acknowledger } from './acknowledger.js';
import { GroupWatch } from './group-watch.js';
import type { NameLease } from '../leases/name-lease.js';
import { type ReadBound, brokerTime } from './read-bound.js';
import type { Reading } from '../connection/redis-deployment.js';
import type { RedisSettings } from '../settings/redis-settings.js';
import { StreamReader, type ReaderListener } from './stream-reader.js';
import type { StreamSource } from './stream-source.js';
import { monotonicNow } from '../../../common/clocks.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import {
  createGroup,
  lastGeneratedId,
  BEFORE_FIRST,
  compareIds,
  idBefore,
} from '../group/stream-group.js';

const WATCH_MS = 5_000;
/** A read that a lease allows ends before the lease does. */
const LEASED_BLOCK_MS = 1_000;
/** A bounded read looks for its end more often than an endless one. */
const BOUNDED_BLOCK_MS = 500;

export interface SubscriptionReadersParts {
  readonly wanted: Subscription;
  readonly sink: DeliverySink;
  readonly member: string;
  readonly bound: ReadBound | undefined;
  readonly settings: RedisSettings;
  readonly health: HealthBoard;
  /** Of the subscription, for health and logs. */
  readonly name: string;
  readonly acknowledger: Acknowledger | undefined;
  readonly lease: NameLease | undefined;
  /** Called for what the watch of a group sees. */
  readonly notice: DeliverySink['notice'];
  readonly changed: () => void;
}

/** The readers of one subscription: one for all its streams, on a cluster one for those of each slot. */
export class SubscriptionReaders {
  private readonly readers: readonly StreamReader[];
  private readonly parts: readonly string[];

  constructor(
    readings: readonly Reading[],
    sources: readonly StreamSource[],
    private readonly of: SubscriptionReadersParts,
  ) {
    this.parts = readings.map((_, i) => `${of.name}, reading${i > 0 ? ` ${i + 1}` : ''}`);
    this.readers = readings.map((reading, i) => {
      const own = sources.filter(({ stream }) => reading.streams.includes(stream));
      return this.makeReader(reading, own, this.parts[i]!);
    });
  }

  /** Begins to read; goes on until stopped. */
  run(): void {
    for (const reader of this.readers) reader.run();
  }

  /** As StreamReader.wake. */
  wake(): void {
    for (const reader of this.readers) reader.wake();
  }

  /** As StreamReader.stop. */
  async stop(deadline: number): Promise<void> {
    await Promise.all(this.readers.map((reader) => reader.stop(deadline)));
    for (const part of this.parts) this.of.health.forget(part);
  }

  private makeReader(
    { read, beside }: Reading,
    sources: readonly StreamSource[],
    part: string,
  ): StreamReader {
    const { wanted, sink, member, bound, settings, health, acknowledger, changed } = this.of;
    const { group, maxInFlight } = wanted;
    const { failureSleepMs, claimIdleMs, readCount, singleActive } = settings;
    const keeper = new GroupKeeper({
      ...{ read, group, sink, bound, sources, acknowledger, changed },
      watch: group === null ? undefined : this.makeWatch({ read, group }),
      failed: (error) => health.failed(part, error),
      healed: () => health.healed(part),
    });
    const isLeased = group !== null && singleActive;
    const blockMs = Math.min(settings.blockMs, isLeased ? LEASED_BLOCK_MS : Infinity);
    const plan = {
      ...{ group, member, maxInFlight, failureSleepMs, claimIdleMs, bound },
      count: Math.min(readCount, maxInFlight),
      blockMs: bound ? Math.min(blockMs, BOUNDED_BLOCK_MS) : blockMs,
    };
    return new StreamReader(read, beside, sources, plan, keeper);
  }

  private makeWatch({ read, group }: { read: Reading['read']; group: string }): GroupWatch {
    const { settings, member, notice, lease } = this.of;
    return new GroupWatch({
      ...{ read, group, member, notice },
      hasLeases: () => lease?.isAllowed ?? false,
      streamMaxLen: settings.streamMaxLen,
      removeDeadMembersMs: settings.removeDeadMembersMs,
      everyMs: Math.min(WATCH_MS, settings.claimIdleMs),
    });
  }
}

const REPLY_MS = 5_000;

export interface GroupKeeperParts {
  /** No read of new entries is under way on it when it is used. */
  readonly read: RedisConnection;
  readonly group: string | null;
  readonly sources: readonly StreamSource[];
  readonly sink: DeliverySink;
  readonly acknowledger: Acknowledger | undefined;
  readonly bound: ReadBound | undefined;
  readonly watch: GroupWatch | undefined;
  readonly changed: () => void;
  readonly failed: (error: Error) => void;
  readonly healed: () => void;
}

/** Keeps our place in the group of each stream: what is lost is reported or made again. */
export class GroupKeeper implements ReaderListener {
  constructor(private readonly parts: GroupKeeperParts) {}

  trimmed({ stream }: StreamSource, ids: readonly string[]): void {
    for (const id of ids) this.parts.acknowledger?.add(stream, id);
    const detail = `pending entries that the stream no longer has, ${ids[0]} to ${ids.at(-1)}`;
    this.parts.sink.notice({ kind: 'gap', source: stream, count: ids.length, detail });
  }

  isSettled(stream: string, id: string): boolean {
    return this.parts.acknowledger?.has(stream, id) ?? false;
  }

  /** Made again behind the last entry up to which all is settled: nothing is skipped, some may come twice. */
  async groupLost(): Promise<void> {
    const { read, group, sources, sink } = this.parts;
    if (group === null) return;
    for (const source of sources) {
      this.parts.watch?.forget(source);
      const { stream } = source;
      const deadline = monotonicNow() + REPLY_MS;
      const last = await lastGeneratedId(read, stream, deadline);
      // A stream that does not reach to what we have settled is another one: all of it is new.
      const from = compareIds(last, source.settledTo) < 0 ? BEFORE_FIRST : source.settledTo;
      if (!(await createGroup(read, { stream, group, from }, deadline))) continue;
      source.lastRead = from;
      source.comesAgain(from);
      source.lastFresh = undefined;
      source.recoverAfter = undefined;
      source.claimed.clear();
      sink.notice({ kind: 'groupRemade', source: stream, detail: `${group}, reads after ${from}` });
    }
  }

  async foundNothing(sources: readonly StreamSource[]): Promise<void> {
    const { bound, read, changed } = this.parts;
    if (!bound) return;
    const now = await brokerTime(read, monotonicNow() + REPLY_MS);
    for (const { stream } of sources) bound.foundNothing(stream, now);
    changed();
  }

  movedBack(source: StreamSource, to: string): void {
    source.comesAgain(idBefore(to));
    this.parts.watch?.movedBack(source, to);
  }

  async betweenReads(): Promise<void> {
    const now = monotonicNow();
    const readable = this.parts.sources.filter(({ suspendedUntil }) => suspendedUntil <= now);
    await this.parts.watch?.look(readable);
  }

  failed(error: Error): void {
    this.parts.watch?.hurry();
    this.parts.failed(error);
  }

  healed(): void {
    this.parts.healed();
  }
}
