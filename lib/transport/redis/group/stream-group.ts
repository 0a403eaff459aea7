import { ConfigurationError } from '../../../errors/index.js';
import { shownValue } from '../../../errors/outside-text.js';
import type { RecordPosition, StartPosition } from '../../transport.interface.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import { faultOf, messageOf } from '../client/redis-errors.js';
import { infoMap, infoMaps, text } from '../client/redis-reply.js';

/** The id after which reading of the stream starts; `$` is the end at that moment. */
export function startId(stream: string, start: StartPosition): string {
  if (start === 'earliest') return BEFORE_FIRST;
  if (start === 'latest') return '$';
  if ('time' in start) return idBeforeTime(start.time);
  return positionIn(stream, start.after) ?? BEFORE_FIRST;
}

/** The id of the position that names this stream. Throws ConfigurationError for one that is no id. */
export function positionIn(
  stream: string,
  positions: readonly RecordPosition[],
): string | undefined {
  const named = positions.find(({ topic }) => topic === stream);
  if (!named || isStreamId(named.offset)) return named?.offset;
  const allowed = 'the ID of a stream entry, such as 1700000000000-0';
  throw new ConfigurationError([
    { setting: `position in ${stream}`, found: shownValue('position', named.offset), allowed },
  ]);
}

/**
 * Makes the group of a stream where there is none, and the stream with it. An existing group is left
 * as it is. Resolves to whether it was made. Throws ConfigurationError when the key is not a stream.
 */
export async function createGroup(
  connection: RedisConnection,
  { stream, group, from }: { stream: string; group: string; from: string },
  deadline: number,
): Promise<boolean> {
  try {
    await connection.request('XGROUP', ['CREATE', stream, group, from, 'MKSTREAM'], deadline);
    return true;
  } catch (error) {
    if (messageOf(error).startsWith('BUSYGROUP')) return false;
    if (faultOf(error) !== 'wrongType') throw error;
    throw new ConfigurationError(
      [{ setting: `topic ${stream}`, found: 'a Redis key of another type', allowed: 'a stream' }],
      { cause: error },
    );
  }
}

/** The id that the group has read to; undefined where group or stream are not. */
export async function groupPosition(
  connection: RedisConnection,
  { stream, group }: { stream: string; group: string },
  deadline: number,
): Promise<string | undefined> {
  const info = (await groupsOf(connection, stream, deadline)).find(
    (map) => text(map.get('name')) === group,
  );
  return info && text(info.get('last-delivered-id'));
}

/** XINFO GROUPS; none where the stream is not. */
export async function groupsOf(
  connection: RedisConnection,
  stream: string,
  deadline: number,
): Promise<Map<string, unknown>[]> {
  try {
    return infoMaps(await connection.request('XINFO', ['GROUPS', stream], deadline));
  } catch (error) {
    if (/no such key/i.test(messageOf(error))) return [];
    throw error;
  }
}

/** The greatest id that the stream ever gave; `0-0` where it is not. */
export async function lastGeneratedId(
  connection: RedisConnection,
  stream: string,
  deadline: number,
): Promise<string> {
  try {
    const info = infoMap(await connection.request('XINFO', ['STREAM', stream], deadline));
    return text(info.get('last-generated-id'));
  } catch (error) {
    if (/no such key/i.test(messageOf(error))) return BEFORE_FIRST;
    throw error;
  }
}

/** Ids of stream entries: `milliseconds-sequence`, two unsigned 64-bit numbers. */

const LAST_SEQUENCE = 18_446_744_073_709_551_615n;

/** Below every entry; reading after it starts with the first. */
export const BEFORE_FIRST = '0-0';

function parts(id: string): [bigint, bigint] {
  const dash = id.indexOf('-');
  return dash < 0
    ? [BigInt(id), 0n]
    : [BigInt(id.slice(0, dash)), BigInt(id.slice(dash + 1) || '0')];
}

export function isStreamId(text: string): boolean {
  return /^\d{1,20}(-\d{1,20})?$/.test(text);
}

/** Whether it names one entry: both numbers are there, and none is too large. */
export function isEntryId(text: string): boolean {
  return (
    isStreamId(text) && text.includes('-') && parts(text).every((part) => part <= LAST_SEQUENCE)
  );
}

/** Negative, zero or positive, as `a` is before, at or behind `b`. */
export function compareIds(a: string, b: string): number {
  if (a === b) return 0;
  // Of one length and shape, which neighbours nearly always are, the order of texts is that of numbers.
  if (a.length === b.length && a.indexOf('-') === b.indexOf('-')) return a < b ? -1 : 1;
  const [aTime, aSequence] = parts(a);
  const [bTime, bSequence] = parts(b);
  if (aTime !== bTime) return aTime < bTime ? -1 : 1;
  return aSequence < bSequence ? -1 : aSequence > bSequence ? 1 : 0;
}

/** The id directly below: reading after it gives `id` and all that follows. */
export function idBefore(id: string): string {
  const [time, sequence] = parts(id);
  if (sequence > 0n) return `${time}-${sequence - 1n}`;
  return time === 0n ? BEFORE_FIRST : `${time - 1n}-${LAST_SEQUENCE}`;
}

/** The id below every entry stored at `time` (ms since the epoch) or later. */
export function idBeforeTime(time: number): string {
  const ms = Math.floor(time);
  return ms <= 0 ? BEFORE_FIRST : idBefore(`${ms}-0`);
}

/** When the broker stored the entry, in ms since the epoch. */
export function idTime(id: string): number {
  return Number(id.split('-', 1)[0]);
}
