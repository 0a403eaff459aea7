import { backoffDelay, pauseFor } from './waiting.js';
import type { ReadBound } from './read-bound.js';
import { heldEntry, type HeldEntry } from './redis-delivery.js';
import type { RedisConnection } from './redis-connection.js';
import { faultOf, serviceFault, type RedisFault } from './redis-errors.js';
import { entriesByStream, pendingEntries, text, type StreamEntry } from './redis-reply.js';
import type { StreamSource } from './stream-source.js';

const REPLY_MS = 5_000;
/** How much later than its block time a blocking read may answer. */
export const READ_MARGIN_MS = 3_000;

/** First delay where waiting does not help Redis: the connection has delays of its own. */
const QUICK_MS = 50;
const NO_REFUSAL: ReadonlySet<RedisFault> = new Set(['lost', 'notWritten']);
const UNBLOCK_TRIES = 10;

export interface ReaderPlan {
  /** null: plain XREAD. */
  readonly group: string | null;
  readonly member: string;
  readonly count: number;
  readonly blockMs: number;
  readonly failureSleepMs: number;
  readonly bound?: ReadBound | undefined;
}

export interface ReaderListener {
  /** Pending entries that Redis no longer has; they are lost. */
  trimmed(source: StreamSource, ids: readonly string[]): void;
  /** Settled, though Redis did not hear of it: not to be delivered again. */
  isSettled(stream: string, id: string): boolean;
  /** The group of at least one stream is gone. Rejects when it cannot be remade now. */
  groupLost(): Promise<void>;
  /** Nothing new was there in the streams. */
  foundNothing(sources: readonly StreamSource[]): Promise<void>;
  failed(error: Error): void;
  healed(): void;
}

/**
 * Reads the streams of one subscription on a connection of its own: after each (re)connection first
 * what Redis says is pending for us and we never saw, then new entries of all streams at once.
 */
export class StreamReader {
  private readonly stopped = new AbortController();
  private idle: AbortController | undefined;
  private reading: readonly StreamSource[] | undefined;
  private clientId = '';
  private interrupting = false;
  private generation = -1;
  private failures = 0;

  constructor(
    private readonly read: RedisConnection,
    private readonly command: RedisConnection,
    private readonly sources: readonly StreamSource[],
    private readonly plan: ReaderPlan,
    private readonly listener: ReaderListener,
  ) {}

  /** Reads until stopped. Never rejects. */
  async run(): Promise<void> {
    while (!this.stopped.signal.aborted) {
      try {
        await this.read.whenReady(Infinity, this.stopped.signal);
        await this.meetConnection();
        await this.step();
        if (this.failures > 0) this.listener.healed();
        this.failures = 0;
      } catch (error) {
        if (!this.stopped.signal.aborted) await this.recover(error);
      }
    }
  }

  /** Something changed: a source may want more than what the read in hand asks for. */
  wake(): void {
    this.idle?.abort();
    if (!this.reading || !this.command.isReady || !this.clientId) return;
    const reading = this.reading;
    if (this.wanting().some((source) => !reading.includes(source))) void this.interrupt(reading);
  }

  /** Ends the reading at once; a blocked read is cut off. Idempotent. */
  stop(): void {
    this.stopped.abort();
    this.idle?.abort();
    this.read.close();
  }

  private wanting(): StreamSource[] {
    const now = Date.now();
    return this.sources.filter(
      (source) =>
        source.wantsMore && source.suspendedUntil <= now && !this.plan.bound?.isPassed(source),
    );
  }

  private async meetConnection(): Promise<void> {
    if (this.generation === this.read.generation) return;
    const generation = this.read.generation;
    const first = this.generation < 0;
    // Without the right to CLIENT ID a waiting read is not interrupted, it ends by itself.
    this.clientId = text(await this.read.call('CLIENT', ['ID'], REPLY_MS).catch(() => ''));
    if (!first && this.plan.group !== null)
      for (const source of this.sources) source.recovering = true;
    this.generation = generation;
  }

  private async step(): Promise<void> {
    const sources = this.wanting();
    const recovering = sources.find((source) => source.recovering);
    if (recovering) return this.readPending(recovering);
    if (sources.length > 0) return this.readNew(sources);
    this.idle = new AbortController();
    await pauseFor(this.plan.blockMs, this.idle.signal);
    this.idle = undefined;
  }

  private async readPending(source: StreamSource): Promise<void> {
    const { group, member, count } = this.plan;
    const { stream, lastRead } = source;
    const args = ['GROUP', group ?? '', member, 'COUNT', count, 'STREAMS', stream, lastRead];
    const reply = await this.read.call('XREADGROUP', args, REPLY_MS);
    const entries = entriesByStream(reply)[0]?.[1] ?? [];
    if (entries.length === 0) {
      source.recovering = false;
      return;
    }
    const counts = await this.deliveryCounts(stream, entries);
    this.take(source, entries, (id) => Math.max(1, (counts.get(id) ?? 2) - 1));
  }

  /** How often each entry was delivered; the read of the pending list itself is one of them. */
  private async deliveryCounts(
    stream: string,
    entries: readonly StreamEntry[],
  ): Promise<Map<string, number>> {
    const { group, member } = this.plan;
    const [from, to] = [entries[0]!.id, entries.at(-1)!.id];
    const args = [stream, group ?? '', from, to, entries.length, member];
    const pending = pendingEntries(await this.read.call('XPENDING', args, REPLY_MS));
    return new Map(pending.map(({ id, deliveryCount }) => [id, deliveryCount]));
  }

  private async readNew(sources: readonly StreamSource[]): Promise<void> {
    const { group, member, count, blockMs } = this.plan;
    const limits = ['COUNT', count, 'BLOCK', blockMs];
    const streams = sources.map(({ stream }) => stream);
    const [command, args] =
      group === null
        ? ['XREAD', [...limits, 'STREAMS', ...streams, ...sources.map((s) => s.lastRead)]]
        : [
            'XREADGROUP',
            ['GROUP', group, member, ...limits, 'STREAMS', ...streams, ...streams.map(() => '>')],
          ];
    this.reading = sources;
    let reply: unknown;
    try {
      reply = await this.read.call(command, args, blockMs + READ_MARGIN_MS + 1_000);
    } finally {
      this.reading = undefined;
    }
    const found = new Map(entriesByStream(reply));
    for (const source of sources) this.take(source, found.get(source.stream) ?? [], () => 0);
    if (found.size === 0) await this.listener.foundNothing(sources);
  }

  private take(
    source: StreamSource,
    entries: readonly StreamEntry[],
    deliveries: (id: string) => number,
  ): void {
    const held: HeldEntry[] = [];
    const trimmed: string[] = [];
    for (const { id, fields } of entries) {
      source.lastRead = id;
      if (source.holds(id)) continue;
      if (source.recovering && this.listener.isSettled(source.stream, id)) continue;
      if (fields === null) trimmed.push(id);
      else if (this.plan.bound?.includes(source.stream, id) !== false)
        held.push(heldEntry(source.stream, id, fields, deliveries(id)));
    }
    if (trimmed.length > 0) this.listener.trimmed(source, trimmed);
    if (held.length > 0) source.accept(held);
  }

  /** Ends a blocked read early. Where that fails, the read ends when its block time is over. */
  private async interrupt(reading: readonly StreamSource[]): Promise<void> {
    if (this.interrupting) return;
    this.interrupting = true;
    try {
      for (let i = 1; i <= UNBLOCK_TRIES && this.reading === reading; i++) {
        const reply = await this.command.call('CLIENT', ['UNBLOCK', this.clientId], REPLY_MS);
        if (Number(reply) === 1) break;
        // The read has not reached Redis yet, or has just been answered.
        await pauseFor(2 * i, this.stopped.signal);
      }
    } catch {
      // As said above.
    } finally {
      this.interrupting = false;
    }
  }

  private async recover(error: unknown): Promise<void> {
    this.failures++;
    const fault = faultOf(error);
    this.listener.failed(serviceFault(error, { group: this.plan.group ?? undefined }));
    try {
      if (fault === 'groupLost' && this.plan.group !== null) await this.listener.groupLost();
      if (fault === 'wrongType') await this.suspendOthers();
    } catch (again) {
      this.listener.failed(serviceFault(again));
    }
    const quick = fault === 'groupLost' ? this.failures === 1 : NO_REFUSAL.has(fault);
    const firstMs = quick ? QUICK_MS : this.plan.failureSleepMs;
    await pauseFor(backoffDelay(this.failures, firstMs), this.stopped.signal);
  }

  /** Streams whose key is something else at present must not keep the others from being read. */
  private async suspendOthers(): Promise<void> {
    const until = Date.now() + 10 * this.plan.failureSleepMs;
    for (const source of this.sources) {
      const type = text(await this.command.call('TYPE', [source.stream], REPLY_MS));
      if (type !== 'stream' && type !== 'none') source.suspendedUntil = until;
    }
  }
}
