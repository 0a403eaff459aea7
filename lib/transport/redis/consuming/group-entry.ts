import { ConfigurationError, ConnectError } from '../../../errors/index.js';
import { outsideText } from '../../../errors/outside-text.js';
import type { DeliverySink, Subscription } from '../../transport.interface.js';
import { tryUntil } from '../../../common/waiting.js';
import { NameLease } from '../leases/name-lease.js';
import { lastId, ReadBound } from './read-bound.js';
import type { EntryPoint } from './stream-source.js';
import { ReaderLease } from '../leases/reader-lease.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import { messageOf } from '../client/redis-errors.js';
import { infoMaps, pendingEntries, text } from '../client/redis-reply.js';
import {
  createGroup,
  groupPosition,
  startId,
  BEFORE_FIRST,
  idBefore,
} from '../group/stream-group.js';

export interface Entry {
  readonly points: readonly EntryPoint[];
  readonly bound: ReadBound | undefined;
  readonly lease: NameLease | undefined;
  /** Asked for already. */
  readonly readerLease: ReaderLease | undefined;
}

/** Who joins, and how. */
export interface Joining {
  readonly member: string;
  /** One member of the group alone reads a stream. */
  readonly singleActive: boolean;
}

/** How to join; the groups are there, so what comes from now on is not skipped. */
export interface Approach {
  readonly bound: ReadBound | undefined;
  readonly lease: NameLease | undefined;
  /**
   * Joins once the lease is ours, and says where reading starts (notice `start`). Rejects with ConfigurationError for
   * what will not heal (a bad position, no right to the lease that `singleActive` needs), with ConnectError at the
   * deadline; the lease is given back then.
   */
  enter(deadline: number): Promise<Entry>;
}

/**
 * Makes the group of each stream where there is none, or finds where to read without one. Tries until the deadline (by
 * `monotonicNow`). Rejects with ConfigurationError for what will not heal (a key of another type, a bad position), with
 * ConnectError at the deadline.
 */
export async function approachStreams(
  command: RedisConnection,
  wanted: Subscription,
  joining: Joining,
  sink: DeliverySink,
  deadline: number,
): Promise<Approach> {
  const { topics, group, start, until } = wanted;
  const streams = [...new Set(topics)];
  const bound =
    until && (await untilDeadline(() => ReadBound.of(until, streams, command, deadline), deadline));
  const made = new Map<string, EntryMade>();
  for (const stream of streams) {
    const from = startId(stream, start);
    const place = { stream, group: group ?? '', from };
    const make = async (): Promise<EntryMade> =>
      group === null
        ? { after: from === '$' ? await lastId(command, stream, deadline) : from, isNew: true }
        : { after: from, isNew: await createGroup(command, place, deadline) };
    made.set(stream, await untilDeadline(make, deadline));
  }
  const lease =
    group === null
      ? undefined
      : new NameLease(command, streams, group, joining.member, {
          lost: (stream) =>
            sink.notice({ kind: 'nameTaken', source: stream, detail: joining.member }),
          forbidden: (stream, error) =>
            sink.notice({ kind: 'nameUnguarded', source: stream, detail: messageOf(error) }),
        });
  const enter = (by: number): Promise<Entry> =>
    enterStreams({ command, group, made, bound, lease, ...joining }, sink, by);
  return { bound, lease, enter };
}

interface EntryMade {
  /** Nothing at or before it is read; of a group only where it is new. */
  readonly after: string;
  /** The group was not there. */
  readonly isNew: boolean;
}

interface Entrance extends Joining {
  readonly command: RedisConnection;
  readonly group: string | null;
  readonly made: ReadonlyMap<string, EntryMade>;
  readonly bound: ReadBound | undefined;
  readonly lease: NameLease | undefined;
}

async function enterStreams(
  { command, group, made, bound, lease, member, singleActive }: Entrance,
  sink: DeliverySink,
  deadline: number,
): Promise<Entry> {
  const streams = [...made.keys()];
  const patiently = <T>(step: () => Promise<T>): Promise<T> => untilDeadline(step, deadline);
  const readerLease =
    group === null || !singleActive ? undefined : new ReaderLease(command, group, streams);
  try {
    const points: EntryPoint[] = [];
    for (const [stream, { after, isNew }] of made) {
      const { detail, ...point } =
        group === null
          ? withoutGroup(stream, after)
          : await patiently(() =>
              intoGroup(command, { stream, group, member, from: after, isNew }, deadline),
            );
      sink.notice({ kind: 'start', source: stream, detail });
      points.push(point);
    }
    if (lease) await patiently(() => lease.mark(deadline));
    if (readerLease) {
      const place = { streams, group: group!, member };
      const unread = await patiently(() => unreadByOthers(command, place, deadline));
      await patiently(() => readerLease.ask(unread, deadline));
    }
    return { points, bound, lease, readerLease };
  } catch (error) {
    await readerLease?.release(deadline);
    await lease?.release(deadline);
    throw error;
  }
}

type DescribedPoint = EntryPoint & { readonly detail: string };

function withoutGroup(stream: string, after: string): DescribedPoint {
  const detail = `after ${after} (no group)`;
  return { stream, after, position: after, hasPending: false, detail };
}

async function intoGroup(
  command: RedisConnection,
  place: { stream: string; group: string; member: string; from: string; isNew: boolean },
  deadline: number,
): Promise<DescribedPoint> {
  const { stream, group, member, isNew } = place;
  // Somebody may have removed it while we waited for our name.
  const isMade = await createGroup(command, place, deadline);
  const position = (await groupPosition(command, place, deadline)) ?? BEFORE_FIRST;
  const args = [stream, group, '-', '+', 1, member];
  const [pending] = pendingEntries(await command.request('XPENDING', args, deadline));
  const how = isNew || isMade ? 'new' : 'existing';
  const detail = `after ${position} (${how} group)`;
  return {
    stream,
    after: pending ? idBefore(pending.id) : position,
    position,
    hasPending: pending !== undefined,
    detail: pending ? `${detail}, beginning with the pending entries of ${member}` : detail,
  };
}

/** The streams that the group has no other member on. */
async function unreadByOthers(
  command: RedisConnection,
  { streams, group, member }: { streams: readonly string[]; group: string; member: string },
  deadline: number,
): Promise<Set<string>> {
  const unread = new Set<string>();
  for (const stream of streams) {
    const reply = await command.request('XINFO', ['CONSUMERS', stream, group], deadline);
    const names = infoMaps(reply).map((info) => text(info.get('name')));
    if (names.every((name) => name === member)) unread.add(stream);
  }
  return unread;
}

/** Rejects with ConfigurationError or ConnectError. */
export async function untilDeadline<T>(step: () => Promise<T>, deadline: number): Promise<T> {
  try {
    return await tryUntil(deadline, step, (failure) => failure instanceof ConfigurationError);
  } catch (error) {
    if (error instanceof ConfigurationError || error instanceof ConnectError) throw error;
    throw new ConnectError(`Cannot read from Redis: ${outsideText(messageOf(error))}`, error);
  }
}
