import { IS_HELD_BY } from '../leases/lease.js';
import type { Fence } from '../leases/reader-lease.js';
import type { RedisArgument } from '../client/redis-client.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import { isForbidden } from '../client/redis-errors.js';
import {
  entriesByStream,
  pendingEntries,
  text,
  type PendingEntry,
  type StreamEntry,
} from '../client/redis-reply.js';
import { BEFORE_FIRST, compareIds, idBefore } from '../group/stream-group.js';

const REPLY_MS = 5_000;
const PAGE = 1_000;
/** Idle time that says: the member that had this left, anybody may have it. No living member lets it come to that. */
const LEFT_BEHIND_MS = 30 * 24 * 3_600_000;

/**
 * Claims for its owner what of the entries is still its own, in one step with the look: what another
 * claimed in between stays that one's. Resolves to the ids.
 */
const TOUCH = `
local ours, claim = {}, {'XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0}
local first = 4 + ARGV[3]
for i = first, #ARGV do
  if redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i], 1, ARGV[2])[1] then
    ours[#ours + 1] = ARGV[i]
    claim[#claim + 1] = ARGV[i]
  end
end
for i = 4, first - 1 do claim[#claim + 1] = ARGV[i] end
if #ours > 0 then redis.call(unpack(claim)) end
return ours`;

/** Claims for the holder of a lease only. */
const FENCED_CLAIM = `
local holder = redis.call('GET', KEYS[2])
if not (${IS_HELD_BY('holder', 'ARGV[1]')}) then return false end
return redis.call('XAUTOCLAIM', KEYS[1], unpack(ARGV, 2))`;

/** Who takes over has lost the lease that allows it. */
export class FenceError extends Error {}

export interface ClaimPlan {
  readonly idleMs: number;
  /** Whose entries nobody may claim yet, as far as is known; hears of all that have some idle for half the time. */
  readonly isSpared?: (owner: string) => boolean;
  readonly count: number;
  /** Nothing is claimed without it. */
  readonly fence?: Fence | undefined;
}

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
   * `count`; counts no delivery. Undefined when there are none. Rejects with FenceError where the
   * fence keeps us out.
   */
  async claim(
    stream: string,
    { idleMs, count, fence, isSpared = () => false }: ClaimPlan,
  ): Promise<ClaimedPage | undefined> {
    const { group, member, connection } = this;
    const idle = await this.idleOfOthers(stream, idleMs / 2, count);
    const spared = new Set(
      idle.filter((e) => e.idleMs < LEFT_BEHIND_MS / 2 && isSpared(e.owner)).map(({ id }) => id),
    );
    const end = idle.findIndex((entry) => entry.idleMs < idleMs || spared.has(entry.id));
    const run = end < 0 ? idle : idle.slice(0, end);
    if (run.length === 0) return undefined;
    const args = [group, member, idleMs, run[0]!.id, 'COUNT', run.length, 'JUSTID'];
    const reply = fence
      ? await connection.call(
          'EVAL',
          [FENCED_CLAIM, 2, stream, fence.key, fence.token, ...args],
          REPLY_MS,
        )
      : await connection.call('XAUTOCLAIM', [stream, ...args], REPLY_MS);
    if (reply === null) throw new FenceError(`The lease of ${stream} is held by another member`);
    const [, ids, deleted] = reply as unknown[];
    return { ids: texts(ids), deleted: texts(deleted) };
  }

  /**
   * Says of those of the entries that are still pending for us that they are being worked on, or with
   * `state` something else. Resolves to which they were.
   */
  async touch(
    stream: string,
    ids: readonly string[],
    deadline: number,
    state: readonly RedisArgument[] = ['JUSTID'],
  ): Promise<readonly string[]> {
    const { group, member, connection } = this;
    const args = [TOUCH, 1, stream, group, member, state.length, ...state, ...ids];
    try {
      return texts(await connection.request('EVAL', args, deadline));
    } catch (error) {
      if (!isForbidden(error)) throw error;
      // The next best where no script may run: a look before.
      const pending = await this.ownOf(stream, ids);
      const ours = ids.filter((id) => pending.has(id));
      const claim = [stream, group, member, 0, ...ours, ...state];
      if (ours.length > 0) await connection.request('XCLAIM', claim, deadline);
      return ours;
    }
  }

  /**
   * Leaves all that is pending for us to whoever stays, and to us when we come back. Nobody died of
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
      await this.touch(stream, ids, deadline, ['IDLE', LEFT_BEHIND_MS, 'RETRYCOUNT', 1, 'JUSTID']);
      from = `(${ids.at(-1)}`;
    }
  }

  private async ownOf(stream: string, ids: readonly string[]): Promise<Set<string>> {
    const [first, last] = [ids[0]!, ids.at(-1)!];
    const found = new Set<string>();
    for (let after = idBefore(first); ;) {
      const page = await this.own(stream, after, PAGE);
      for (const { id } of page) found.add(id);
      after = page.at(-1)?.id ?? last;
      if (page.length < PAGE || compareIds(after, last) >= 0) return found;
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
