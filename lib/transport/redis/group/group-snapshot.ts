import type { RedisConnection } from '../connection/redis-connection.js';
import { isForbidden } from '../client/redis-errors.js';
import {
  infoMap,
  infoMaps,
  infoNumber,
  pendingEntries,
  streamEntries,
  text,
} from '../client/redis-reply.js';
import { BEFORE_FIRST, compareIds } from './stream-group.js';

const REPLY_MS = 5_000;

export interface GroupMember {
  readonly name: string;
  readonly pending: number;
  /** Since it last asked Redis for anything. */
  readonly idleMs: number;
}

/** A stream and a group of it at one moment. Numbers are null where Redis is too old to count. */
export interface GroupSnapshot {
  readonly length: number;
  /** Entries that were trimmed or deleted, of all that were ever added. */
  readonly removed: number | null;
  readonly added: number | null;
  /** Where the group reads on: behind this entry. */
  readonly delivered: string;
  /** Entries that the group was given, as Redis counts: it may count trimmed ones as unread for ever. */
  readonly read: number | null;
  /** Nothing is there that the group was given. */
  readonly isPast: boolean;
  /** The group was given all. */
  readonly isAtEnd: boolean;
  readonly pending: number;
  /** The last entry that was deleted, and not trimmed; `0-0`: none was. */
  readonly deletedTo: string;
  readonly members: readonly GroupMember[];
}

/** Undefined when stream or group are not there. Rejects like RedisConnection.call. */
export async function groupSnapshot(
  connection: RedisConnection,
  { stream, group }: { stream: string; group: string },
): Promise<GroupSnapshot | undefined> {
  const [streamReply, groupsReply, membersReply] = await infoOf(connection, { stream, group });
  const info = infoMap(streamReply);
  const ours = infoMaps(groupsReply).find((map) => text(map.get('name')) === group);
  if (!ours) return undefined;
  const length = infoNumber(info, 'length') ?? 0;
  const added = infoNumber(info, 'entries-added');
  const [first] = streamEntries([info.get('first-entry')]);
  const delivered = text(ours.get('last-delivered-id'));
  const last = text(info.get('last-generated-id'));
  const isAtEnd = compareIds(last, delivered) <= 0;
  return {
    ...{ length, added, delivered },
    removed: added === null ? null : added - length,
    read: infoNumber(ours, 'entries-read'),
    isAtEnd,
    isPast: !isAtEnd && (!first || compareIds(first.id, delivered) > 0),
    pending: infoNumber(ours, 'pending') ?? 0,
    deletedTo: text(info.get('max-deleted-entry-id')) || BEFORE_FIRST,
    members: infoMaps(membersReply).map((map) => ({
      name: text(map.get('name')),
      pending: infoNumber(map, 'pending') ?? 0,
      idleMs: infoNumber(map, 'idle') ?? 0,
    })),
  };
}

/** All of one moment, so that no other member reads in between. */
const INFO = `
return {
  redis.call('XINFO', 'STREAM', KEYS[1]),
  redis.call('XINFO', 'GROUPS', KEYS[1]),
  redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1]),
}`;

async function infoOf(
  connection: RedisConnection,
  { stream, group }: { stream: string; group: string },
): Promise<unknown[]> {
  try {
    return (await connection.call('EVAL', [INFO, 1, stream, group], REPLY_MS)) as unknown[];
  } catch (error) {
    if (!isForbidden(error)) throw error;
    const ask = (kind: string, ...args: string[]): Promise<unknown> =>
      connection.call('XINFO', [kind, stream, ...args], REPLY_MS);
    return Promise.all([ask('STREAM'), ask('GROUPS'), ask('CONSUMERS', group)]);
  }
}

const COUNT = `return #redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[2], 'COUNT', ARGV[3])`;

/** Entries of a stream behind one id up to another, counted up to a limit: at Redis, where it lets us. */
export async function countBetween(
  connection: RedisConnection,
  stream: string,
  range: { after: string; upTo: string; limit: number },
): Promise<number> {
  const [from, to] = [`(${range.after}`, range.upTo];
  try {
    const args = [COUNT, 1, stream, from, to, range.limit];
    return Number(await connection.call('EVAL', args, REPLY_MS));
  } catch (error) {
    if (!isForbidden(error)) throw error;
    const args = [stream, from, to, 'COUNT', range.limit];
    return streamEntries(await connection.call('XRANGE', args, REPLY_MS)).length;
  }
}

/** Whether entries behind one id up to another were given to a member of the group that has not settled them. */
export async function isGivenBetween(
  connection: RedisConnection,
  { stream, group }: { stream: string; group: string },
  range: { after: string; upTo: string },
): Promise<boolean> {
  const args = [stream, group, `(${range.after}`, range.upTo, 1];
  return pendingEntries(await connection.call('XPENDING', args, REPLY_MS)).length > 0;
}

/** What Redis may drop to make room, of what is ours. */
export interface Eviction {
  readonly policy: string;
  /** Streams have no TTL. Leases have one; they are used all the time, so they are the last of such keys. */
  readonly risk: 'streams' | 'leases' | 'small';
}

/** undefined where Redis drops nothing, or does not say. */
export async function evictionOf(connection: RedisConnection): Promise<Eviction | undefined> {
  const info = text(await connection.call('INFO', ['memory'], REPLY_MS));
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? 'noeviction';
  const limit = Number(/^maxmemory:(\d+)/m.exec(info)?.[1] ?? 0);
  if (!(limit > 0) || policy === 'noeviction') return undefined;
  if (policy === 'volatile-lru' || policy === 'volatile-lfu') return { policy, risk: 'small' };
  return { policy, risk: policy.startsWith('volatile-') ? 'leases' : 'streams' };
}
