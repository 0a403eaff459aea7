import { systemNow } from '../../../common/clocks.js';
import type { SourceLag } from '../../transport.interface.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import { infoNumber, pendingEntries, streamEntries, text } from '../client/redis-reply.js';
import { groupsOf, BEFORE_FIRST, compareIds, idTime } from '../group/stream-group.js';

/** How far a group is behind on a stream; unknown (null) where Redis cannot say. */
export async function streamLag(
  command: RedisConnection,
  { stream, group }: { stream: string; group: string },
  deadline: number,
): Promise<SourceLag> {
  const groups = await groupsOf(command, stream, deadline);
  const info = groups.find((map) => text(map.get('name')) === group);
  if (!info) return { source: stream, events: null, oldest: null };
  const read = text(info.get('last-delivered-id'));
  const [length, pending, unread] = await Promise.all([
    command.request('XLEN', [stream], deadline),
    command.request('XPENDING', [stream, group, '-', '+', 1], deadline),
    command.request('XRANGE', [stream, `(${read}`, '+', 'COUNT', 1], deadline),
  ]);
  const ids = [pendingEntries(pending)[0]?.id, streamEntries(unread)[0]?.id].filter(
    (id) => id !== undefined,
  );
  const waiting = infoNumber(info, 'pending');
  const behind = unreadCount(infoNumber(info, 'lag'), streamEntries(unread).length, Number(length));
  const oldest = ids.sort(compareIds)[0];
  return {
    source: stream,
    events: behind === null || waiting === null ? null : behind + waiting,
    oldest: oldest === undefined ? 0 : Math.max(0, systemNow() - idTime(oldest)),
  };
}

/** Redis says no lag where entries were deleted, and a wrong one after a trim: what is there bounds it. */
function unreadCount(lag: number | null, next: number, length: number): number | null {
  if (next === 0) return 0;
  if (lag === null) return null;
  return Math.min(Math.max(lag, 1), length);
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
