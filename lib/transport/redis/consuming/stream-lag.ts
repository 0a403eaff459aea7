import { systemNow } from '../../../common/clocks.js';
import type { GroupLag, SourceLag } from '../../transport.interface.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import { infoNumber, pendingEntries, streamEntries, text } from '../client/redis-reply.js';
import { groupsOf, BEFORE_FIRST, compareIds, idTime } from '../group/stream-group.js';

/** What of a stream a group has not settled; unknown (null) where Redis cannot say. */
export async function streamLag(
  command: RedisConnection,
  of: { stream: string; group: string },
  deadline: number,
): Promise<SourceLag> {
  const { events: unread, pending, oldest } = await groupLag(command, of, deadline);
  const events = unread === null || pending === undefined ? null : unread + pending;
  return { source: of.stream, events, oldest };
}

/** How far a group is behind on a stream; unknown (null) where Redis cannot say. */
export async function groupLag(
  command: RedisConnection,
  { stream, group }: { stream: string; group: string },
  deadline: number,
): Promise<GroupLag> {
  const place = { topic: stream, partition: '0' };
  const groups = await groupsOf(command, stream, deadline);
  const info = groups.find((map) => text(map.get('name')) === group);
  if (!info) return { ...place, events: null, oldest: null };
  const read = text(info.get('last-delivered-id'));
  const [length, pending, first, unread] = await Promise.all([
    command.request('XLEN', [stream], deadline),
    command.request('XPENDING', [stream, group, '-', '+', 1], deadline),
    command.request('XRANGE', [stream, '-', '+', 'COUNT', 1], deadline),
    command.request('XRANGE', [stream, `(${read}`, '+', 'COUNT', 1], deadline),
  ]);
  const next = streamEntries(unread)[0]?.id;
  const ids = [pendingEntries(pending)[0]?.id, next].filter((id) => id !== undefined);
  const waiting = infoNumber(info, 'pending');
  const oldest = ids.sort(compareIds)[0];
  const told = { lag: infoNumber(info, 'lag'), length: Number(length) };
  const isAllUnread = next !== undefined && next === streamEntries(first)[0]?.id;
  return {
    ...place,
    events:
      next === undefined
        ? 0
        : isAllUnread
          ? told.length
          : (unreadCount(told) ?? (await countAfter(command, { stream, after: read }, deadline))),
    ...(waiting !== null && { pending: waiting }),
    oldest: oldest === undefined ? 0 : Math.max(0, systemNow() - idTime(oldest)),
  };
}

/** Redis says no lag where entries were deleted, and a wrong one after a trim: what is there bounds it. */
function unreadCount({ lag, length }: { lag: number | null; length: number }): number | null {
  return lag === null ? null : Math.min(Math.max(lag, 1), length);
}

/** null: there are more than are counted. */
async function countAfter(
  command: RedisConnection,
  { stream, after }: { stream: string; after: string },
  deadline: number,
): Promise<number | null> {
  const args = [stream, `(${after}`, '+', 'COUNT', COUNTED_AT_MOST + 1];
  const { length } = streamEntries(await command.request('XRANGE', args, deadline));
  return length > COUNTED_AT_MOST ? null : length;
}

/** How far a group-less read is behind. */
export async function readLag(
  command: RedisConnection,
  { stream, settledTo }: { stream: string; settledTo: string },
  deadline: number,
): Promise<SourceLag> {
  const from = settledTo === BEFORE_FIRST ? '-' : `(${settledTo}`;
  const args = [stream, from, '+', 'COUNT', COUNTED_AT_MOST + 1];
  const entries = streamEntries(await command.request('XRANGE', args, deadline));
  const oldest = entries[0]?.id;
  return {
    source: stream,
    events: entries.length > COUNTED_AT_MOST ? null : entries.length,
    oldest: oldest === undefined ? 0 : Math.max(0, systemNow() - idTime(oldest)),
  };
}

const COUNTED_AT_MOST = 1_000;
