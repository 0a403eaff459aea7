import type { RedisConnection } from '../connection/redis-connection.js';
import { text } from '../client/redis-reply.js';
import { keyBeside } from '../connection/key-slot.js';

/** What a lease says that its holder gave back: the next one may use it at once. */
const HANDED_OVER = 'free';

/**
 * Takes a lease that nobody has (where it may), that was handed over, or that its holder has not renewed (its value is
 * the one given); renews it where the token holds it. The value says since when it is held, and counts the
 * renewals. One step, so that nothing that passes to another between a look and a write is touched.
 */
const TAKE = `
local value = redis.call('GET', KEYS[1])
local ours = ARGV[1] .. ':'
local since
if not value then
  if ARGV[5] ~= '' then return {'', -2} end
  since = 'gone' .. ARGV[2]
elseif value == '${HANDED_OVER}' or value == ARGV[4] then since = 'next' .. ARGV[2]
elseif string.sub(value, 1, #ours) == ours then since = string.match(value, ':(%w+):', #ours)
else return {value, redis.call('PTTL', KEYS[1])} end
redis.call('SET', KEYS[1], ours .. since .. ':' .. ARGV[2], 'PX', ARGV[3])
return {since}`;

const FREE = `
local ours = ARGV[1] .. ':'
if string.sub(redis.call('GET', KEYS[1]) or '', 1, #ours) ~= ours then return 0 end
if ARGV[2] == '0' then return redis.call('DEL', KEYS[1]) end
redis.call('SET', KEYS[1], '${HANDED_OVER}', 'PX', ARGV[2])
return 1`;

export interface LeaseTerms {
  /** A holder uses what it holds for less than this after each renewal that it sent. */
  readonly ms: number;
  /** How long Redis, by its own clock, keeps a lease that is not renewed: `ms` at the least. */
  readonly keyMs: number;
}

export type Taken =
  | {
      readonly isOurs: true;
      /** Names the time since which it is ours without a break. */
      readonly since: string;
      /** Its holder before gave it back, or did not renew it for its whole time; else one may still use it. */
      readonly isUnused: boolean;
    }
  | {
      readonly isOurs: false;
      /** Its holder renewed it between two of our looks. */
      readonly isLive: boolean;
    };

interface Sighting {
  readonly value: string;
  readonly leftMs: number;
  /** As `performance.now()`, of the first look that saw the value. */
  readonly at: number;
}

/**
 * A key at Redis that at most one holds at a time, for a time. That a holder has died is seen by our own
 * clock: it renewed nothing for the whole time of the lease. The clock of Redis may be set to anything.
 */
export class Lease {
  private count = 0;
  private seen: Sighting | undefined;

  constructor(
    private readonly connection: RedisConnection,
    readonly key: string,
    private readonly token: string,
    private readonly terms: LeaseTerms,
  ) {}

  /** Takes or renews it. Rejects like `RedisConnection.request`. */
  async take(deadline: number): Promise<Taken> {
    const { ms, keyMs } = this.terms;
    const { seen } = this;
    const seenMs = seen && isCounted(seen.value) ? performance.now() - seen.at : undefined;
    const unused = seenMs !== undefined && seenMs >= ms ? seen!.value : '';
    // Whoever renewed it just now and finds it gone takes it back.
    const spared = seenMs !== undefined && seenMs < ms / 2 ? 'spared' : '';
    const args = [TAKE, 1, this.key, this.token, ++this.count, keyMs, unused, spared];
    const reply = (await this.connection.request('EVAL', args, deadline)) as unknown[];
    const value = text(reply[0]);
    if (reply.length === 1) {
      this.seen = undefined;
      return { isOurs: true, since: value, isUnused: value.startsWith('next') };
    }
    return { isOurs: false, isLive: this.note(value, Number(reply[1])) };
  }

  /** Gives it back where it is still ours; `handOver`: the next holder may use it at once. */
  async free(deadline: number, { handOver = false } = {}): Promise<void> {
    const args = [FREE, 1, this.key, this.token, handOver ? this.terms.ms : 0];
    await this.connection.request('EVAL', args, deadline);
  }

  /** True when the holder has renewed it since the look before. */
  private note(value: string, left: number): boolean {
    // Gone, and left to its holder.
    if (value === '') return false;
    // -2: gone since, -1: without an end.
    const leftMs = left === -2 ? 1 : left < 0 ? Infinity : left;
    const { seen } = this;
    const isSame = seen?.value === value;
    this.seen = { value, leftMs, at: isSame ? seen.at : performance.now() };
    if (isCounted(value))
      return seen !== undefined && !isSame && holderOf(seen.value) === holderOf(value);
    return leftMs === Infinity || (isSame && leftMs > seen.leftMs);
  }
}

/** A lease of an older release of this package has a value that stays the same. */
function isCounted(value: string): boolean {
  return /:\d+$/.test(value);
}

function holderOf(value: string): string {
  return value.slice(0, value.lastIndexOf(':'));
}

/** For scripts: whether a value of a lease says that the token holds it. */
export const IS_HELD_BY = (value: string, token: string): string =>
  `string.sub(${value} or '', 1, #${token} + 1) == ${token} .. ':'`;

/** Who holds a consumer name of a group on a stream. */
export function leaseKey(stream: string, group: string, consumer: string): string {
  return keyBeside(stream, 'lease', group, consumer);
}

/** There while a consumer name counts as ours: without a lease it is then not alive. */
export function ownNameKey(stream: string, group: string, consumer: string): string {
  return keyBeside(stream, 'member', group, consumer);
}

/** Who alone reads a stream for a group. */
export function readerKey(stream: string, group: string): string {
  return keyBeside(stream, 'reader', group);
}
