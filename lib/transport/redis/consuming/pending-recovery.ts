import { monotonicNow } from '../../../common/clocks.js';
import { FenceError, type PendingList } from './pending-list.js';
import type { PendingEntry, StreamEntry } from '../client/redis-reply.js';
import { BEFORE_FIRST, idBefore } from '../group/stream-group.js';
import type { DeliveryCounts } from './redis-delivery.js';
import type { StreamSource } from './stream-source.js';

/** How often, at the least, is looked for what others left behind. */
const SWEEP_MS = 5_000;
/** Delivered so often and never settled: perhaps its readers die of it, so it is handled alone. */
const SUSPECT = 3;
const AUDITED = 1_000;

export interface Recovered {
  readonly source: StreamSource;
  /** With `fields` null where the stream no longer has the entry. */
  readonly entries: readonly StreamEntry[];
  readonly counts: ReadonlyMap<string, DeliveryCounts>;
}

export interface RecoveryPlan {
  /** Entries of one page. */
  readonly count: number;
  /** An entry that nobody touched for so long belongs to a member that died. */
  readonly claimIdleMs: number;
}

/** Finds what was delivered before and must be redelivered, which goes before anything new. */
export class PendingRecovery {
  /** How often is looked; blocking reads must not take longer. */
  readonly sweepMs: number;
  private readonly nextSweep = new Map<StreamSource, number>();
  /** Who had entries that nobody touched, and since when (by `monotonicNow`). */
  private readonly idleOwners = new Map<StreamSource, Map<string, number>>();
  private readonly strange = new Map<StreamSource, string | undefined>();

  constructor(
    private readonly list: PendingList,
    private readonly plan: RecoveryPlan,
    private readonly isSettled: (stream: string, id: string) => boolean,
  ) {
    this.sweepMs = Math.min(SWEEP_MS, plan.claimIdleMs);
  }

  /** The next page for one of the sources; undefined when there is none at present. */
  async next(sources: readonly StreamSource[]): Promise<Recovered | undefined> {
    for (const source of sources) {
      // Who takes over claims all of it before reading any: what is ours already may lie behind it.
      const own = source.takesOver ? undefined : await this.own(source);
      const page = own ?? (await this.sweep(source));
      if (page) return page;
    }
    return undefined;
  }

  /** What is pending for us and not in our hands. */
  private async own(source: StreamSource): Promise<Recovered | undefined> {
    const { count } = this.plan;
    while (source.recoverAfter !== undefined) {
      const pending = await this.list.own(source.stream, source.recoverAfter, count);
      const first = pending.findIndex((entry) => !this.isKnown(source, entry));
      if (first < 0) {
        source.recoverAfter = pending.length < count ? undefined : pending.at(-1)!.id;
        continue;
      }
      const run = this.runOf(source, pending.slice(first));
      source.isCareful = run[0]!.deliveryCount >= SUSPECT;
      if (source.isCareful && !source.isEmpty) return undefined;
      const { stream } = source;
      const entries = await this.list.read(stream, idBefore(run[0]!.id), run.length);
      source.recoverAfter = run.at(-1)!.id;
      const counts = new Map(run.map((entry) => [entry.id, countsOf(source, entry)]));
      for (const { id } of run) source.claimed.delete(id);
      if (entries.length === 0) continue;
      return { source, entries: entries.filter((e) => !this.isKnown(source, e)), counts };
    }
    source.isCareful = false;
    return undefined;
  }

  /** The unknown entries up to the next known one; a suspect is a run of its own. */
  private runOf(source: StreamSource, entries: readonly PendingEntry[]): readonly PendingEntry[] {
    const end = entries.findIndex(
      (entry, i) => i > 0 && (entry.deliveryCount >= SUSPECT || this.isKnown(source, entry)),
    );
    if (entries[0]!.deliveryCount >= SUSPECT) return entries.slice(0, 1);
    return end < 0 ? entries : entries.slice(0, end);
  }

  private isKnown(source: StreamSource, { id }: { id: string }): boolean {
    return source.holds(id) || this.isSettled(source.stream, id);
  }

  /** Takes over what members have left that stopped or died. */
  private async sweep(source: StreamSource): Promise<Recovered | undefined> {
    const { takesOver } = source;
    if (!takesOver && monotonicNow() < (this.nextSweep.get(source) ?? 0)) return undefined;
    const { stream } = source;
    const { count, claimIdleMs } = this.plan;
    // Who alone reads the stream owns whatever anybody has of it.
    const { fence } = source;
    const idleMs = fence ? 0 : claimIdleMs;
    try {
      const isSpared = fence ? undefined : this.sparedOn(source);
      const page = await this.list.claim(stream, {
        idleMs,
        count,
        fence,
        ...(isSpared && { isSpared }),
      });
      if (!page) {
        source.takesOver = false;
        this.nextSweep.set(source, monotonicNow() + this.sweepMs);
        await this.audit(source);
        return this.own(source);
      }
      source.claim(page.ids);
      const gone = page.deleted.filter((id) => !this.isSettled(stream, id));
      const entries = gone.map((id) => ({ id, fields: null }));
      if (entries.length > 0) return { source, entries, counts: new Map() };
      return takesOver ? await this.sweep(source) : await this.own(source);
    } catch (error) {
      if (error instanceof FenceError) {
        source.denied();
        return undefined;
      }
      // What was claimed may be ours by now, although we did not hear of it.
      source.recover(BEFORE_FIRST);
      throw error;
    }
  }

  /**
   * Redis may be wrong about how long an entry was left alone, when its clock is set: whoever lives touches what it has
   * within a third of the time, and is spared until it was seen idle for so long by our own clock.
   */
  private sparedOn(source: StreamSource): (owner: string) => boolean {
    const before = this.idleOwners.get(source);
    const seen = new Map<string, number>();
    this.idleOwners.set(source, seen);
    const now = monotonicNow();
    return (owner) => {
      const since = before?.get(owner) ?? now;
      seen.set(owner, since);
      return now - since < this.plan.claimIdleMs / 3;
    };
  }

  /**
   * Of a stream that was taken over: makes ours what a read of its reader before was given meanwhile. True when there
   * was something, which goes before anything read since. Rejects when Redis cannot be asked.
   */
  async claimsLate(source: StreamSource): Promise<boolean> {
    const { count } = this.plan;
    const { stream, fence } = source;
    try {
      const page = await this.list.claim(stream, { idleMs: 0, count, fence });
      if (!page) return false;
    } catch (error) {
      if (!(error instanceof FenceError)) throw error;
      source.denied();
      return false;
    }
    source.takesOver = true;
    source.recover(BEFORE_FIRST);
    return true;
  }

  /** Something pending for us that we do not have, twice in a row: whatever the cause, it is read. */
  private async audit(source: StreamSource): Promise<void> {
    const pending = await this.list.own(source.stream, BEFORE_FIRST, AUDITED);
    const found = pending.find((entry) => !this.isKnown(source, entry))?.id;
    if (found !== undefined && this.strange.get(source) === found) source.recover(idBefore(found));
    this.strange.set(source, found);
  }
}

function countsOf(source: StreamSource, { id, deliveryCount }: PendingEntry): DeliveryCounts {
  return { deliveries: deliveryCount, earlier: source.isForeign(id) ? deliveryCount : 0 };
}
