import type { GroupKeeper } from './group-watch.js';
import { monotonicNow } from '../../../common/clocks.js';
import { backoffDelay, endBy, pauseFor } from '../../../common/waiting.js';
import type { ReadBound } from './read-bound.js';
import { type DeliveryCounts, heldEntry, type HeldEntry } from './redis-delivery.js';
import type { RedisArgument } from '../client/redis-client.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import type { CommandPort } from '../connection/redis-deployment.js';
import { faultOf, serviceFault, type RedisFault } from '../client/redis-errors.js';
import { PendingList } from './pending-list.js';
import { PendingRecovery } from './pending-recovery.js';
import { entriesByStream, text, type StreamEntry } from '../client/redis-reply.js';
import { compareIds, idBefore } from '../group/stream-group.js';
import type { StreamSource } from './stream-source.js';

const REPLY_MS = 5_000;
/** How much later than its block time a blocking read may answer. */
const READ_MARGIN_MS = 3_000;
/** Longest pause after reads that Redis rejects one after the other. */
const LONGEST_PAUSE_MS = 30_000;

/** First delay where waiting does not help Redis: the connection has delays of its own. */
const QUICK_MS = 50;
const NO_REFUSAL: ReadonlySet<RedisFault> = new Set(['lost', 'notWritten', 'moved']);
const CALL_BACK_MS = 500;
/** A full page that took longer was on a long way. */
const LONG_WAY_MS = 30;
const MOST_PAGES = 10;
const NEVER_BEFORE: ReadonlyMap<string, DeliveryCounts> = new Map();
const FIRST: DeliveryCounts = { deliveries: 0, earlier: 0 };

export interface ReaderPlan {
  /** null: plain XREAD. */
  readonly group: string | null;
  readonly member: string;
  readonly count: number;
  readonly maxInFlight: number;
  readonly blockMs: number;
  readonly failureSleepMs: number;
  readonly claimIdleMs: number;
  readonly bound?: ReadBound | undefined;
}

/** A reason of its own: to abort without one makes an error with a stack. */
const WOKEN = Symbol('woken');

/**
 * Reads streams of one subscription on a connection of its own: after each (re)connection first
 * what Redis says is pending for us and we never saw, then new entries of all streams at once.
 */
export class StreamReader {
  private readonly stopped = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private idle: AbortController | undefined;
  private reading: readonly StreamSource[] | undefined;
  private readonly blocked: BlockedRead;
  private readonly recovery: PendingRecovery | undefined;
  private generation = -1;
  /** Pages of new entries that are asked for at once. */
  private pages = 1;
  /** Reads that failed one after the other. */
  private failures = 0;
  /** The listener was told of a failure, and not of its end. */
  private isFaulty = false;

  constructor(
    private readonly read: RedisConnection,
    beside: CommandPort,
    private readonly sources: readonly StreamSource[],
    private readonly plan: ReaderPlan,
    private readonly keeper: GroupKeeper,
  ) {
    this.blocked = new BlockedRead(read, beside);
    if (plan.group === null) return;
    const list = new PendingList(read, plan.group, plan.member);
    const isSettled = (stream: string, id: string): boolean => keeper.isSettled(stream, id);
    this.recovery = new PendingRecovery(list, plan, isSettled);
  }

  /** Begins to read; goes on until stopped. */
  run(): void {
    this.running = this.readOn();
  }

  private async readOn(): Promise<void> {
    while (!this.stopped.signal.aborted) {
      try {
        await this.read.whenReady(Infinity, this.stopped.signal);
        await this.meetConnection();
        const isWhole = this.sources.every(
          ({ suspendedUntil }) => suspendedUntil <= monotonicNow(),
        );
        await this.step();
        this.failures = 0;
        if (this.isFaulty && isWhole) this.heal();
      } catch (error) {
        if (!this.stopped.signal.aborted) await this.recover(error);
      }
    }
  }

  /** Something changed: a source may want more than what the read in flight asks for, or must not be read. */
  wake(): void {
    this.idle?.abort(WOKEN);
    const reading = this.reading;
    if (!reading) return;
    const asksForAll = this.wanting().every((source) => reading.includes(source));
    if (asksForAll && reading.every(({ isOurs }) => isOurs)) return;
    void this.blocked.callBack(() => this.reading === reading);
  }

  /**
   * Ends the reading. A read that waits at Redis is called back first, so that nothing is handed to us
   * that we would not hear of; one that cannot be called back is cut off.
   */
  async stop(deadline: number): Promise<void> {
    this.stopped.abort();
    this.idle?.abort(WOKEN);
    void this.blocked.callBack(() => this.reading !== undefined);
    const patience = this.blocked.canBeCalledBack ? CALL_BACK_MS : 0;
    await endBy(Math.min(deadline, monotonicNow() + patience), this.running);
    this.read.close();
    await endBy(deadline, this.running);
  }

  private wanting(): StreamSource[] {
    const now = monotonicNow();
    return this.sources.filter(
      (source) =>
        source.wantsMore && source.suspendedUntil <= now && !this.plan.bound?.isPassed(source),
    );
  }

  private async meetConnection(): Promise<void> {
    if (this.generation === this.read.generation) return;
    const generation = this.read.generation;
    const first = this.generation < 0;
    await this.blocked.meetConnection();
    if (!first && this.plan.group !== null)
      for (const source of this.sources) source.recoverUnread();
    this.generation = generation;
  }

  private async step(): Promise<void> {
    const again = await this.recovery?.next(this.wanting());
    if (again) {
      again.source.noteUnseen(again.entries, again.counts);
      return this.take(again.source, again.entries, again.counts);
    }
    await this.keeper.betweenReads();
    const sources = this.wanting();
    if (this.stopped.signal.aborted) return;
    // It had no room when its pending list was looked at: what is there goes before anything new.
    if (sources.some((source) => source.mustRecover)) return;
    if (sources.length > 0) return this.readNew(sources);
    this.idle = new AbortController();
    await pauseFor(this.longestWaitMs, this.idle.signal);
    this.idle = undefined;
  }

  private async readNew(sources: readonly StreamSource[]): Promise<void> {
    const { group, member, count, bound } = this.plan;
    const blockMs = this.longestWaitMs;
    const streams = sources.map(({ stream }) => stream);
    const read = (limits: readonly RedisArgument[]): Promise<unknown> => {
      const [command, args] =
        group === null
          ? ['XREAD', [...limits, 'STREAMS', ...streams, ...sources.map((s) => s.lastRead)]]
          : [
              'XREADGROUP',
              ['GROUP', group, member, ...limits, 'STREAMS', ...streams, ...streams.map(() => '>')],
            ];
      return this.read.call(command, args, blockMs + READ_MARGIN_MS);
    };
    const isLate = sources.some(({ lateUntil }) => lateUntil > monotonicNow());
    const sentAt = performance.now();
    const first = read(['COUNT', count, 'BLOCK', blockMs]);
    // On a long way pages that are there by now need not wait for each other.
    const further: Promise<unknown>[] = [];
    while (!isLate && further.length < this.pages - 1) further.push(read(['COUNT', count]));
    for (const page of further) page.catch(() => undefined);
    this.reading = sources;
    const reply = await first.finally(() => (this.reading = undefined));
    const tookMs = performance.now() - sentAt;
    const found = new Map(entriesByStream(reply));
    let isFull = await this.takeNew(sources, found);
    for (const page of further)
      isFull = (await this.takeNew(sources, new Map(entriesByStream(await page)))) && isFull;
    if (!isFull) this.pages = 1;
    else if (tookMs > LONG_WAY_MS) this.pages = Math.min(this.mostPages, this.pages * 2);
    const over = found.size === 0 ? sources : sources.filter((source) => bound?.isPassed(source));
    if (over.length > 0) await this.keeper.foundNothing(over);
  }

  /** True when there was as much as was asked for. */
  private async takeNew(
    sources: readonly StreamSource[],
    found: ReadonlyMap<string, readonly StreamEntry[]>,
  ): Promise<boolean> {
    let failure: { readonly error: unknown } | undefined;
    let isFull = false;
    for (const source of sources) {
      const entries = found.get(source.stream);
      if (!entries?.length) continue;
      isFull ||= entries.length >= this.plan.count;
      if (!source.noteFresh(entries)) this.keeper.movedBack(source, entries[0]!.id);
      // The stream was lost and taken over while the read was under way: what was in flight is redelivered before this.
      if (source.mustRecover) {
        source.recover(idBefore(entries[0]!.id));
        continue;
      }
      if (source.lateUntil > monotonicNow()) {
        const isNext = await this.isNext(source).catch(
          (error: unknown) => void (failure = { error }),
        );
        // What came before goes first; these are pending for us, and are read with it.
        if (!isNext) source.recover(idBefore(entries[0]!.id));
        if (!isNext) continue;
      }
      this.take(source, entries, NEVER_BEFORE);
    }
    if (failure) throw failure.error;
    return isFull;
  }

  /** Pages that may be asked for at once: what may be in flight, and one more that waits. */
  private get mostPages(): number {
    const { group, bound, count, maxInFlight } = this.plan;
    if (group === null || bound) return 1;
    return Math.min(MOST_PAGES, Math.ceil(maxInFlight / count) + 1);
  }

  /** What was just read of a stream that was taken over comes before anything that others were given. */
  private async isNext(source: StreamSource): Promise<boolean> {
    return !(await this.recovery?.claimsLate(source));
  }

  private get longestWaitMs(): number {
    return Math.min(this.plan.blockMs, this.recovery?.sweepMs ?? Infinity);
  }

  private take(
    source: StreamSource,
    entries: readonly StreamEntry[],
    counts: ReadonlyMap<string, DeliveryCounts>,
  ): void {
    const held: HeldEntry[] = [];
    const trimmed: string[] = [];
    for (const { id, fields } of entries) {
      if (compareIds(id, source.lastRead) > 0) source.lastRead = id;
      if (source.holds(id)) continue;
      if (fields === null) trimmed.push(id);
      else if (this.plan.bound?.includes(source.stream, id) !== false)
        held.push(heldEntry(source.stream, id, fields, counts.get(id) ?? FIRST));
    }
    if (trimmed.length > 0) this.keeper.trimmed(source, trimmed);
    if (held.length > 0) source.accept(held);
  }

  private heal(): void {
    this.isFaulty = false;
    this.keeper.healed();
  }

  private async recover(error: unknown): Promise<void> {
    this.failures++;
    this.isFaulty = true;
    const fault = faultOf(error);
    this.keeper.failed(serviceFault(error, { group: this.plan.group ?? undefined }));
    if (this.recovery && fault === 'lost')
      for (const source of this.sources) source.recoverUnread();
    try {
      if (fault === 'groupLost' && this.plan.group !== null) await this.keeper.groupLost();
      if (fault === 'wrongType') await this.suspendOthers();
    } catch (again) {
      this.keeper.failed(serviceFault(again));
    }
    const quick = fault === 'groupLost' ? this.failures === 1 : NO_REFUSAL.has(fault);
    const firstMs = quick ? QUICK_MS : this.plan.failureSleepMs;
    await pauseFor(backoffDelay(this.failures, firstMs, LONGEST_PAUSE_MS), this.stopped.signal);
  }

  /** Streams whose key is something else at present must not keep the others from being read. */
  private async suspendOthers(): Promise<void> {
    const until = monotonicNow() + 10 * this.plan.failureSleepMs;
    for (const source of this.sources) {
      const type = text(await this.read.call('TYPE', [source.stream], REPLY_MS));
      if (type !== 'stream' && type !== 'none') source.suspendedUntil = until;
    }
  }
}

const TRIES = 10;

/** Calls back a read that waits at Redis, by way of another connection to the same server. */
class BlockedRead {
  private clientId = '';
  private calling = false;

  constructor(
    private readonly read: RedisConnection,
    private readonly beside: CommandPort,
  ) {}

  /** To be called on each new connection. Without the right to CLIENT ID no read can be called back. */
  async meetConnection(): Promise<void> {
    const before = this.clientId;
    this.clientId = text(await this.read.call('CLIENT', ['ID'], REPLY_MS).catch(() => ''));
    if (before === '' || before === this.clientId) return;
    // Where Redis does not know that the connection before is gone, its read would be given what comes next.
    await this.read.call('CLIENT', ['UNBLOCK', before], REPLY_MS).catch(() => undefined);
  }

  get canBeCalledBack(): boolean {
    return this.clientId !== '' && this.beside.isReady && this.read.isReady;
  }

  /** Tries while the read still waits. Where that fails, it ends when its block time is over. */
  async callBack(stillWaits: () => boolean): Promise<void> {
    if (this.calling || !this.canBeCalledBack) return;
    this.calling = true;
    try {
      for (let i = 1; i <= TRIES && stillWaits(); i++) {
        const reply = await this.beside.call('CLIENT', ['UNBLOCK', this.clientId], REPLY_MS);
        if (Number(reply) === 1) break;
        // The read has not reached Redis yet, or has just been answered.
        await pauseFor(2 * i);
      }
    } catch {
      // As said above.
    } finally {
      this.calling = false;
    }
  }
}
