import { monotonicNow } from '../../../common/clocks.js';
import type { DeliverySink } from '../../transport.interface.js';
import type { Acknowledger } from './acknowledger.js';
import { brokerTime, type ReadBound } from './read-bound.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import type { GroupWatch } from './group-watch.js';
import { createGroup, lastGeneratedId } from '../group/stream-group.js';
import type { ReaderListener } from './stream-reader.js';
import { BEFORE_FIRST, compareIds, idBefore } from '../group/stream-id.js';
import type { StreamSource } from './stream-source.js';

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
