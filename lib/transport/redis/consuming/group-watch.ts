import { monotonicNow } from '../../../common/clocks.js';
import type { DeliverySink, SourceNotice } from '../../transport.interface.js';
import { DeadMembers } from '../group/dead-members.js';
import {
  countBetween,
  type Eviction,
  evictionOf,
  groupSnapshot,
  type GroupMember,
  type GroupSnapshot,
  isGivenBetween,
} from '../group/group-snapshot.js';
import { leaseKey } from '../leases/lease.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import { faultOf } from '../client/redis-errors.js';
import {
  BEFORE_FIRST,
  compareIds,
  createGroup,
  idBefore,
  lastGeneratedId,
} from '../group/stream-group.js';
import type { Acknowledger } from './acknowledger.js';
import { brokerTime, type ReadBound } from './read-bound.js';
import type { StreamSource } from './stream-source.js';

const REPLY_MS = 5_000;
const REFUSED_MS = 60_000;
const COUNTED_AT_MOST = 10_000;
/** A living member has renewed the lease on its name by then. */
const UNLEASED_MS = 4_000;
/** A member that asked Redis for something so lately is at work. */
const AT_WORK_MS = 30_000;
/** Share of the stream's greatest length from which a lag is dangerous, and below which it is not. */
const ALARM = 0.8;
const CALM = 0.5;

export interface GroupWatchParts {
  readonly read: RedisConnection;
  readonly group: string;
  readonly member: string;
  readonly everyMs: number;
  readonly streamMaxLen: number;
  /** Infinity: never. */
  readonly removeDeadMembersMs: number;
  readonly notice: (notice: SourceNotice) => void;
  /** Members of ours have a lease on their name, as far as we may have one. */
  readonly hasLeases: () => boolean;
}

/** What is remembered of a source from one look to the next. */
interface LastLook {
  readonly at: number;
  readonly delivered: string;
  readonly read: number | null;
  /** How many entries, of all that were ever added, the group is past; null: Redis cannot say. */
  readonly place: number | null;
  /** Entries that were trimmed or deleted by then. */
  readonly removed: number | null;
  /** `source.freshCount` at that time. */
  readonly fresh: number;
}

/**
 * Looks at the group of each stream between two reads, for what no read tells: entries that were
 * trimmed unread, a position that somebody moved, a stream about to be trimmed, strangers in the group.
 */
export class GroupWatch {
  private readonly last = new Map<string, LastLook>();
  private readonly alarmed = new Set<string>();
  /** Names without a lease, with when they were first seen so, and `told` once that was told. */
  private readonly unleased = new Map<string, number | 'told'>();
  /** Something failed since the last look. */
  private isTroubled = false;
  private nextAt = 0;
  private askedForPolicy = false;

  private readonly deadMembers: DeadMembers | undefined;

  constructor(private readonly parts: GroupWatchParts) {
    const { read: connection, group, member, removeDeadMembersMs: idleMs } = parts;
    if (idleMs < Infinity)
      this.deadMembers = new DeadMembers({ connection, group, member, idleMs });
  }

  /** To be called when no read of ours is under way. Rejects when Redis cannot be asked. */
  async look(sources: readonly StreamSource[]): Promise<void> {
    if (monotonicNow() < this.nextAt) return;
    this.nextAt = monotonicNow() + this.parts.everyMs;
    try {
      if (!this.askedForPolicy) await this.lookAtPolicy(sources);
      // Of what Redis has given us all must have been seen here.
      for (const source of sources) if (!source.mustRecover) await this.lookAt(source);
      this.isTroubled = false;
      await this.deadMembers?.remove(sources.map(({ stream }) => stream));
    } catch (error) {
      // Not allowed to look: reading goes on without.
      if (faultOf(error) !== 'refused') throw error;
      this.nextAt = monotonicNow() + REFUSED_MS;
    }
  }

  /** Something failed: the next look is at once. */
  flushNow(): void {
    this.isTroubled = true;
    this.nextAt = 0;
  }

  /** A read was given entries once more: somebody has moved the group back. */
  movedBack(source: StreamSource, to: string): void {
    this.forget(source);
    const detail = `back to ${to}; entries will be redelivered`;
    this.parts.notice({ kind: 'cursorMoved', source: source.stream, detail });
  }

  /** The group begins anew. */
  forget({ stream }: StreamSource): void {
    this.last.delete(stream);
  }

  private async lookAt(source: StreamSource): Promise<void> {
    const { read, group } = this.parts;
    const { stream } = source;
    const at = monotonicNow();
    const now = await groupSnapshot(read, { stream, group });
    if (!now) return this.forget(source);
    const last = this.last.get(stream);
    const others = this.atWork(now, last ? at - last.at : AT_WORK_MS);
    const moved = last && (await this.findMove(source, last, now, others.length > 0));
    const before = moved ? undefined : accountedBy(source, last, now, others.length === 0);
    const place = await this.errorContext(stream, now, before);
    if (place !== null && before !== undefined) this.lookAtGap(stream, place - before, last, now);
    const { delivered, removed, read: count } = now;
    const fresh = source.freshCount;
    this.last.set(stream, { at, delivered, read: count, place, removed, fresh });
    await this.lookAtLength(stream, now, place);
    this.reportDisorder(source);
    for (const { name } of others) await this.lookForLease(stream, name);
  }

  private atWork({ members }: GroupSnapshot, sinceMs: number): GroupMember[] {
    const { member } = this.parts;
    const limit = sinceMs + 1_000;
    return members.filter(({ name, idleMs }) => name !== member && idleMs < limit);
  }

  private async findMove(
    source: StreamSource,
    last: LastLook,
    now: GroupSnapshot,
    hasOthers: boolean,
  ): Promise<boolean> {
    const { stream, lastFresh } = source;
    const { delivered } = now;
    const known =
      lastFresh !== undefined && compareIds(lastFresh, last.delivered) > 0
        ? lastFresh
        : last.delivered;
    const isBack = compareIds(delivered, last.delivered) < 0;
    // Redis no longer knows how many entries the group is past only after a SETID or a deletion.
    const wasSet = now.read === null && last.read !== null && now.deletedTo === BEFORE_FIRST;
    const isForward = compareIds(delivered, known) > 0 && (!hasOthers || wasSet);
    if (!isBack && !isForward) return false;
    const { read, group } = this.parts;
    const range = { after: known, upTo: delivered, limit: COUNTED_AT_MOST };
    const skipped = isBack ? 0 : await countBetween(read, stream, range);
    if (!isBack && skipped === 0) return false;
    // Given to us by a read whose reply was lost, or to a member that has not been seen.
    if (!isBack && (await isGivenBetween(read, { stream, group }, range))) {
      source.recover(known);
      return true;
    }
    const why = this.isTroubled ? '; the cause may also be that Redis lost data' : '';
    this.parts.notice({
      kind: 'cursorMoved',
      source: stream,
      ...(isBack ? {} : { count: skipped }),
      detail: `from ${known} to ${delivered}${why}; ${isBack ? 'entries will be redelivered' : `entries in between are not handled; to handle them (and all later ones again), run openedx-event-bus replay-events --from-id ${known}`}`,
    });
    return true;
  }

  /** How many entries, of all ever added, the group is past when it is given its next one. */
  private async errorContext(
    stream: string,
    { added, removed, isAtEnd, isPast, delivered, length }: GroupSnapshot,
    before: number | undefined,
  ): Promise<number | null> {
    if (added === null || removed === null) return null;
    if (isAtEnd) return added;
    if (isPast) return removed;
    // Nothing was removed that had not been read.
    if (before !== undefined && removed <= before) return before;
    const range = { after: delivered, upTo: '+', limit: length };
    return added - (await countBetween(this.parts.read, stream, range));
  }

  /** More than was removed cannot be lost: then Redis, or somebody who set its counts, counts otherwise than we do. */
  private lookAtGap(
    stream: string,
    missing: number,
    last: LastLook | undefined,
    { removed, isPast, delivered, deletedTo }: GroupSnapshot,
  ): void {
    // Redis may count too low for ever after a gap: without a look before, only one that can be seen now is told.
    const isSeen = isPast || compareIds(deletedTo, delivered) > 0;
    const most = last ? (removed ?? 0) - (last.removed ?? 0) : isSeen ? missing : 0;
    const count = Math.min(missing, most);
    if (count <= 0) return;
    const detail = 'trimmed or deleted';
    this.parts.notice({ kind: 'gap', source: stream, count, detail });
  }

  private async lookAtLength(
    stream: string,
    { length, added, pending, delivered }: GroupSnapshot,
    place: number | null,
  ): Promise<void> {
    const { streamMaxLen, notice } = this.parts;
    if (added === null || place === null) return;
    const counted = Math.min(length, added - place + pending);
    if (counted < CALM * streamMaxLen) this.alarmed.delete(stream);
    if (counted < ALARM * streamMaxLen || this.alarmed.has(stream)) return;
    const range = { after: delivered, upTo: '+', limit: length };
    const unread = await countBetween(this.parts.read, stream, range);
    const behind = Math.min(length, unread + pending);
    if (behind < ALARM * streamMaxLen) return;
    this.alarmed.add(stream);
    const detail = `the stream keeps about ${streamMaxLen} entries (streamMaxLen)`;
    notice({ kind: 'trimSoon', source: stream, count: behind, detail });
  }

  private reportDisorder(source: StreamSource): void {
    const count = source.takeDisorder();
    if (count === 0) return;
    const detail = 'delivered after later entries';
    this.parts.notice({ kind: 'outOfOrder', source: source.stream, count, detail });
  }

  /** Every member of ours holds a lease on its name. */
  private async lookForLease(stream: string, name: string): Promise<void> {
    const { read, group, notice, hasLeases } = this.parts;
    const key = leaseKey(stream, group, name);
    const state = this.unleased.get(key);
    if (state === 'told' || !hasLeases()) return;
    if (Number(await read.call('EXISTS', [key], REPLY_MS)) > 0) this.unleased.delete(key);
    else if (state === undefined) this.unleased.set(key, monotonicNow());
    else if (monotonicNow() - state >= UNLEASED_MS) {
      this.unleased.set(key, 'told');
      notice({ kind: 'foreignMember', source: stream, detail: name });
    }
  }

  private async lookAtPolicy(sources: readonly StreamSource[]): Promise<void> {
    this.askedForPolicy = true;
    const eviction = await evictionOf(this.parts.read);
    if (!eviction) return;
    const { policy, risk } = eviction;
    for (const { stream } of sources)
      this.parts.notice({
        kind: risk === 'small' ? 'evictionTolerated' : 'evictionPossible',
        source: stream,
        detail: `maxmemory-policy ${policy}: ${EVICTED[risk]}`,
      });
  }
}

const EVICTED: Readonly<Record<Eviction['risk'], string>> = {
  streams: 'Redis may evict whole streams with their groups and unread entries',
  leases:
    'streams stay, because they have no TTL. The keys by which consumers see each other (leases) have a TTL and may be evicted; then two consumers may handle the same entries',
  small:
    'streams stay, because they have no TTL. The keys by which consumers see each other (leases) are used so often that other keys are evicted first',
};

/** How many entries, of all ever added, were read or reported as lost; undefined where that is not known. */
function accountedBy(
  { freshCount }: StreamSource,
  last: LastLook | undefined,
  now: GroupSnapshot,
  isAlone: boolean,
): number | undefined {
  if (!last) return now.read ?? undefined;
  if (last.place === null) return undefined;
  if (isAlone) return last.place + freshCount - last.fresh;
  return now.read === null || last.read === null ? undefined : last.place + now.read - last.read;
}

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

/** Keeps our place in the group of each stream: what is lost is reported or recreated. */
export class GroupKeeper {
  constructor(private readonly parts: GroupKeeperParts) {}

  /** Pending entries that Redis no longer has; they are lost. */
  trimmed({ stream }: StreamSource, ids: readonly string[]): void {
    for (const id of ids) this.parts.acknowledger?.add(stream, id);
    const detail = `pending entries ${ids[0]} to ${ids.at(-1)} were trimmed or deleted`;
    this.parts.sink.notice({ kind: 'gap', source: stream, count: ids.length, detail });
  }

  /** Settled, though Redis did not hear of it: not to be delivered again. */
  isSettled(stream: string, id: string): boolean {
    return this.parts.acknowledger?.has(stream, id) ?? false;
  }

  /**
   * The group of at least one stream is gone. It is recreated after the last entry up to which all is settled: nothing is
   * skipped, some may come twice. Rejects when it cannot be made now.
   */
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
      sink.notice({ kind: 'groupRemade', source: stream, detail: `reading after ${from}` });
    }
  }

  /** Nothing new was there in the streams. */
  async foundNothing(sources: readonly StreamSource[]): Promise<void> {
    const { bound, read, changed } = this.parts;
    if (!bound) return;
    const now = await brokerTime(read, monotonicNow() + REPLY_MS);
    for (const { stream } of sources) bound.foundNothing(stream, now);
    changed();
  }

  /** Entries were given that had been given before. */
  movedBack(source: StreamSource, to: string): void {
    source.comesAgain(idBefore(to));
    this.parts.watch?.movedBack(source, to);
  }

  /** No read of new entries is under way. */
  async betweenReads(): Promise<void> {
    const now = monotonicNow();
    const readable = this.parts.sources.filter(({ suspendedUntil }) => suspendedUntil <= now);
    await this.parts.watch?.look(readable);
  }

  failed(error: Error): void {
    this.parts.watch?.flushNow();
    this.parts.failed(error);
  }

  healed(): void {
    this.parts.healed();
  }
}
