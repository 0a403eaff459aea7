import type { Subscription } from '../../transport.interface.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import { streamEntries, text } from '../client/redis-reply.js';
import {
  positionIn,
  BEFORE_FIRST,
  compareIds,
  idBeforeTime,
  idTime,
} from '../group/stream-group.js';
import type { StreamSource } from './stream-source.js';

/** Where a bounded read ends in each stream. */
export class ReadBound {
  private readonly exhausted = new Set<string>();

  private constructor(private readonly ends: ReadonlyMap<string, string>) {}

  /** `end` is the last entry of each stream now; `time` is exclusive; a stream without a position is not read. */
  static async of(
    until: NonNullable<Subscription['until']>,
    streams: readonly string[],
    connection: RedisConnection,
    deadline: number,
  ): Promise<ReadBound> {
    const ends = streams.map(async (stream): Promise<[string, string]> => {
      if (until === 'end') return [stream, await lastId(connection, stream, deadline)];
      if ('time' in until) return [stream, idBeforeTime(until.time)];
      return [stream, positionIn(stream, until.positions) ?? BEFORE_FIRST];
    });
    return new ReadBound(new Map(await Promise.all(ends)));
  }

  includes(stream: string, id: string): boolean {
    return compareIds(id, this.ends.get(stream) ?? BEFORE_FIRST) <= 0;
  }

  /** Nothing within the bound is unread. */
  isPassed({ stream, lastRead, recoverAfter }: StreamSource): boolean {
    if (recoverAfter !== undefined) return false;
    return this.exhausted.has(stream) || !this.isBefore(lastRead, stream);
  }

  /** A read found nothing new although it looked until `brokerTime`: no entry within comes later. */
  foundNothing(stream: string, brokerTime: number): void {
    if (idTime(this.ends.get(stream) ?? BEFORE_FIRST) < brokerTime) this.exhausted.add(stream);
  }

  private isBefore(id: string, stream: string): boolean {
    return compareIds(id, this.ends.get(stream) ?? BEFORE_FIRST) < 0;
  }
}

/** Id of the last entry of a stream, `0-0` where there is none. */
export async function lastId(
  connection: RedisConnection,
  stream: string,
  deadline: number,
): Promise<string> {
  const args = [stream, '+', '-', 'COUNT', 1];
  return (
    streamEntries(await connection.request('XREVRANGE', args, deadline))[0]?.id ?? BEFORE_FIRST
  );
}

/** The clock of Redis, which entries are numbered by, in ms since the epoch. */
export async function brokerTime(connection: RedisConnection, deadline: number): Promise<number> {
  const [seconds, micros] = (await connection.request('TIME', [], deadline)) as unknown[];
  return Number(text(seconds)) * 1_000 + Number(text(micros)) / 1_000;
}
