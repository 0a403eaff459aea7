import type { RedisConnection } from './redis-connection.js';
import {
  entriesByStream,
  pendingEntries,
  text,
  type PendingEntry,
  type StreamEntry,
} from './redis-reply.js';
import { BEFORE_FIRST } from './stream-id.js';

const REPLY_MS = 5_000;
const PAGE = 1_000;
/** Idle time that says: the member that had this left, anybody may have it. No living member lets it come to that. */
const LEFT_BEHIND_MS = 30 * 24 * 3_600_000;

export interface ClaimedPage {
  /** Ours now; not read yet. */
  readonly ids: readonly string[];
  /** Were pending, and the stream no longer has them. They are pending no more. */
  readonly deleted: readonly string[];
}

/** What Redis keeps as delivered to a member and not acknowledged. */
export class PendingList {
  constructor(
    private readonly connection: RedisConnection,
    private readonly group: string,
    private readonly member: string,
  ) {}

  /** A page of our own list, behind an entry; changes nothing. Empty at its end. */
  async own(stream: string, after: string, count: number): Promise<PendingEntry[]> {
    const from = after === BEFORE_FIRST ? '-' : `(${after}`;
    const args = [stream, this.group, from, '+', count, this.member];
    return pendingEntries(await this.connection.call('XPENDING', args, REPLY_MS));
  }

  /** Reads up to `count` entries of our own list, behind an entry: each counts as delivered once more. */
  async read(stream: string, after: string, count: number): Promise<StreamEntry[]> {
    const { group, member, connection } = this;
    const args = ['GROUP', group, member, 'COUNT', count, 'STREAMS', stream, after];
    return entriesByStream(await connection.call('XREADGROUP', args, REPLY_MS))[0]?.[1] ?? [];
  }

  /**
   * Makes ours some of the first entries of other members that nobody has touched for so long, at most
   * `count`; counts no delivery. Undefined when there are none.
   */
  async claim(
    stream: string,
    { idleMs, count }: { idleMs: number; count: number },
  ): Promise<ClaimedPage | undefined> {
    const { group, member, connection } = this;
    const run = await this.idleOfOthers(stream, idleMs, count);
    if (run.length === 0) return undefined;
    const args = [stream, group, member, idleMs, run[0]!.id, 'COUNT', run.length, 'JUSTID'];
    const [, ids, deleted] = (await connection.call('XAUTOCLAIM', args, REPLY_MS)) as unknown[];
    return { ids: texts(ids), deleted: texts(deleted) };
  }

  /**
   * Leaves all that is pending for us to whoever stays, and to us when we come again. Nobody died of
   * it: its deliveries count as one.
   */
  async leaveBehind(stream: string, deadline: number): Promise<void> {
    const { group, member, connection } = this;
    for (let from = '-'; ;) {
      const range = [stream, group, from, '+', PAGE, member];
      const ids = pendingEntries(await connection.request('XPENDING', range, deadline)).map(
        ({ id }) => id,
      );
      if (ids.length === 0) return;
      const state = ['IDLE', LEFT_BEHIND_MS, 'RETRYCOUNT', 1, 'JUSTID'];
      await connection.request('XCLAIM', [stream, group, member, 0, ...ids, ...state], deadline);
      from = `(${ids.at(-1)}`;
    }
  }

  /**
   * The first such entries, with none of ours between them. XAUTOCLAIM alone would also renew our own,
   * and claim a later entry before an earlier one that is not idle for so long yet.
   */
  private async idleOfOthers(
    stream: string,
    idleMs: number,
    count: number,
  ): Promise<PendingEntry[]> {
    for (let from = '-'; ;) {
      const args = [stream, this.group, 'IDLE', idleMs, from, '+', count];
      const page = pendingEntries(await this.connection.call('XPENDING', args, REPLY_MS));
      const first = page.findIndex(({ owner }) => owner !== this.member);
      if (first >= 0) {
        const end = page.findIndex(({ owner }, i) => i > first && owner === this.member);
        return page.slice(first, end < 0 ? undefined : end);
      }
      if (page.length < count) return [];
      from = `(${page.at(-1)!.id}`;
    }
  }
}

function texts(reply: unknown): string[] {
  return Array.isArray(reply) ? reply.map(text) : [];
}
