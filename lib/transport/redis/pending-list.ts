import type { RedisConnection } from './redis-connection.js';
import {
  entriesByStream,
  pendingEntries,
  streamEntries,
  text,
  type StreamEntry,
} from './redis-reply.js';

const REPLY_MS = 5_000;
const PAGE = 1_000;
/** Idle time that says: the member that had this left, anybody may have it. No living member lets it come to that. */
const LEFT_BEHIND_MS = 30 * 24 * 3_600_000;

/** Entries that were delivered before and came to us again. */
export interface PendingPage {
  /** With `fields` null where the stream no longer has the entry. */
  readonly entries: readonly StreamEntry[];
  /** Deliveries of each before this one. */
  readonly deliveries: ReadonlyMap<string, number>;
}

export interface LeftBehindPage extends PendingPage {
  /** Where to look on; `0-0` when all was looked at. */
  readonly next: string;
}

/** What Redis keeps as delivered to a member and not acknowledged. */
export class PendingList {
  constructor(
    private readonly connection: RedisConnection,
    private readonly group: string,
    private readonly member: string,
  ) {}

  /** A page of our own list, behind an entry; empty at its end. */
  async own(stream: string, after: string, count: number): Promise<PendingPage> {
    const { group, member, connection } = this;
    const args = ['GROUP', group, member, 'COUNT', count, 'STREAMS', stream, after];
    const reply = await connection.call('XREADGROUP', args, REPLY_MS);
    return this.page(stream, entriesByStream(reply)[0]?.[1] ?? []);
  }

  /** Makes ours what other members left behind when they stopped, up to `count`. */
  async leftBehind(stream: string, from: string, count: number): Promise<LeftBehindPage> {
    const { group, member, connection } = this;
    const args = [stream, group, member, LEFT_BEHIND_MS, from, 'COUNT', count];
    const reply = (await connection.call('XAUTOCLAIM', args, REPLY_MS)) as unknown[];
    const [next, claimed, deleted] = reply;
    const gone = (Array.isArray(deleted) ? deleted : []).map((id) => ({
      id: text(id),
      fields: null,
    }));
    const page = await this.page(stream, streamEntries(claimed));
    return { ...page, entries: [...gone, ...page.entries], next: text(next) };
  }

  /** Leaves all that is pending for us to whoever stays, and to us when we come again. */
  async leaveBehind(stream: string, deadline: number): Promise<void> {
    const { group, member, connection } = this;
    for (let from = '-'; ;) {
      const range = [stream, group, from, '+', PAGE, member];
      const ids = pendingEntries(await connection.request('XPENDING', range, deadline)).map(
        ({ id }) => id,
      );
      if (ids.length === 0) return;
      const claim = [stream, group, member, 0, ...ids, 'IDLE', LEFT_BEHIND_MS, 'JUSTID'];
      await connection.request('XCLAIM', claim, deadline);
      from = `(${ids.at(-1)}`;
    }
  }

  private async page(stream: string, entries: readonly StreamEntry[]): Promise<PendingPage> {
    if (entries.length === 0) return { entries, deliveries: new Map() };
    const ends = [entries[0]!.id, entries.at(-1)!.id];
    const args = [stream, this.group, ...ends, PAGE, this.member];
    const pending = pendingEntries(await this.connection.call('XPENDING', args, REPLY_MS));
    // Redis has counted the delivery that brought them here.
    const deliveries = pending.map(({ id, deliveryCount }) => [id, deliveryCount - 1] as const);
    return { entries, deliveries: new Map(deliveries) };
  }
}
