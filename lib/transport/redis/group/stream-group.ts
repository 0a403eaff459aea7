import { ConfigurationError } from '../../../errors/index.js';
import { shownValue } from '../../../errors/shown-value.js';
import type { Position, Start } from '../../transport.interface.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import { faultOf, messageOf } from '../client/redis-errors.js';
import { infoMap, infoMaps, text } from '../client/redis-reply.js';
import { BEFORE_FIRST, idBeforeTime, isStreamId } from './stream-id.js';

/** The id after which reading of the stream starts; `$` is the end at that moment. */
export function startId(stream: string, start: Start): string {
  if (start === 'earliest') return BEFORE_FIRST;
  if (start === 'latest') return '$';
  if ('time' in start) return idBeforeTime(start.time);
  return positionIn(stream, start.after) ?? BEFORE_FIRST;
}

/** The id of the position that names this stream. Throws ConfigurationError for one that is no id. */
export function positionIn(stream: string, positions: readonly Position[]): string | undefined {
  const named = positions.find(({ topic }) => topic === stream);
  if (!named || isStreamId(named.offset)) return named?.offset;
  const allowed = 'the id of a stream entry, as 1700000000000-0';
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
