import { monotonicNow } from '../../../common/clocks.js';
import { asError } from '../../../errors/thrown-values.js';
import { backoffDelay, pauseFor } from '../../../common/waiting.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import { serviceFault } from '../client/redis-errors.js';

const IDS_PER_CALL = 1_000;
/** Of each stream, on their way at the same time. */
const CALLS_PER_ROUND = 5;
const REPLY_MS = 5_000;

export interface AcknowledgerListener {
  /** Redis knows all of the stream's settled entries. */
  confirmed(stream: string): void;
  failed(error: Error): void;
  healed(): void;
  /** Each call to Redis. */
  asked?(stream: string, tookMs: number, error?: Error): void;
}

/**
 * Tells Redis what is settled: one round of XACKs in flight, which takes all that was settled before
 * it began. A round that fails is repeated until Redis answers: XACK and XDEL are idempotent.
 */
export class Acknowledger {
  private readonly waiting = new Map<string, Set<string>>();
  /** Of those, what is not to be deleted. */
  private readonly staying = new Map<string, Set<string>>();
  private readonly flushes = new Set<() => void>();
  private readonly stopped = new AbortController();
  private running = false;

  constructor(
    private readonly connection: RedisConnection,
    private readonly of: { readonly group: string; readonly deletes: boolean },
    private readonly listener: AcknowledgerListener,
  ) {}

  /** `stays`: it is not deleted, even where what is settled is. */
  add(stream: string, id: string, stays = false): void {
    addTo(this.waiting, stream, id);
    if (stays && this.of.deletes) addTo(this.staying, stream, id);
    if (this.running) return;
    this.running = true;
    // What is settled in the same turn travels in the same round.
    setImmediate(() => void this.run());
  }

  /** The entry is settled, but Redis has not confirmed it yet. */
  has(stream: string, id: string): boolean {
    return this.waiting.get(stream)?.has(id) ?? false;
  }

  isConfirmed(stream: string): boolean {
    return !this.waiting.has(stream);
  }

  /** Resolves when Redis knows all that is settled, or at the deadline (by `monotonicNow`). */
  async flush(deadline: number): Promise<void> {
    if (this.waiting.size === 0) return;
    const done = new AbortController();
    const finish = (): void => done.abort();
    this.flushes.add(finish);
    await pauseFor(Math.max(0, deadline - monotonicNow()), done.signal);
    this.flushes.delete(finish);
  }

  /** What Redis does not know now, it is not told any more. */
  stop(): void {
    this.stopped.abort();
  }

  private async run(): Promise<void> {
    let failures = 0;
    while (this.waiting.size > 0 && !this.stopped.signal.aborted) {
      try {
        await this.connection.whenReady(Infinity, this.stopped.signal);
        await this.round();
        if (failures > 0) this.listener.healed();
        failures = 0;
      } catch (error) {
        if (this.stopped.signal.aborted) break;
        this.listener.failed(serviceFault(error, { group: this.of.group }));
        await pauseFor(backoffDelay(++failures, 100), this.stopped.signal);
      }
    }
    this.running = false;
    for (const finish of this.flushes) finish();
  }

  private async round(): Promise<void> {
    const rounds = [...this.waiting].flatMap(([stream, ids]) => {
      const first = firstOf(ids, IDS_PER_CALL * CALLS_PER_ROUND);
      const calls: Promise<void>[] = [];
      for (let at = 0; at < first.length; at += IDS_PER_CALL)
        calls.push(this.acknowledge(stream, ids, first.slice(at, at + IDS_PER_CALL)));
      return calls;
    });
    const failed = (await Promise.allSettled(rounds)).find((r) => r.status === 'rejected');
    if (failed) throw failed.reason;
  }

  private async acknowledge(stream: string, ids: Set<string>, some: string[]): Promise<void> {
    const { group, deletes } = this.of;
    const begun = monotonicNow();
    const calls = [this.connection.call('XACK', [stream, group, ...some], REPLY_MS)];
    // On its way with the other, so that a process that ends leaves nothing that is acknowledged and stays.
    const staying = this.staying.get(stream);
    const gone = deletes ? some.filter((id) => !staying?.has(id)) : [];
    if (gone.length > 0) calls.push(this.connection.call('XDEL', [stream, ...gone], REPLY_MS));
    try {
      await Promise.all(calls);
    } catch (error) {
      this.listener.asked?.(stream, monotonicNow() - begun, asError(error));
      throw error;
    }
    this.listener.asked?.(stream, monotonicNow() - begun);
    for (const id of some) {
      ids.delete(id);
      staying?.delete(id);
    }
    if (ids.size > 0) return;
    this.waiting.delete(stream);
    this.staying.delete(stream);
    this.listener.confirmed(stream);
  }
}

function addTo(all: Map<string, Set<string>>, stream: string, id: string): void {
  const ids = all.get(stream);
  if (ids) ids.add(id);
  else all.set(stream, new Set([id]));
}

function firstOf(ids: ReadonlySet<string>, most: number): string[] {
  const first: string[] = [];
  for (const id of ids) {
    if (first.length === most) break;
    first.push(id);
  }
  return first;
}
