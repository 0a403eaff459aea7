import type { OutcomeListener, OutgoingRecord, PublishOutcome } from '../../transport.interface.js';
import type { RedisArgument, RedisClient } from '../client/redis-client.js';
import type { RedisConnection } from './redis-connection.js';

/** Commands to one server. */
export interface CommandPort {
  readonly isReady: boolean;
  /** As RedisConnection.call. */
  call(command: string, args: readonly RedisArgument[], timeoutMs: number): Promise<unknown>;
}

export interface RecordPublisher {
  /**
   * One outcome each, in the order given. Never rejects; ends by the deadline (by `monotonicNow`). What is known of
   * some records before that of others may be told at once.
   */
  publish(
    records: readonly OutgoingRecord[],
    deadline: number,
    told?: OutcomeListener,
  ): Promise<PublishOutcome[]>;
  /** Takes no more; what waits for a connection is not sent, what is written gets its outcome. */
  close(): void;
  /** Resolves when every record has its outcome. */
  drained(): Promise<void>;
}

/** Streams that one blocking read can ask for, and what it needs. */
export interface Reading {
  readonly streams: readonly string[];
  /** For health and logs. */
  readonly part: string;
  /** Of this read alone. */
  readonly read: RedisConnection;
  /** Another connection to the same server. */
  readonly beside: CommandPort;
}

/** How the transport reaches Redis: one server, or what stands for one, or a cluster. */
export interface RedisDeployment {
  /** For commands of consumers, each about one key. */
  readonly command: RedisConnection;
  readonly publisher: RecordPublisher;
  /** The ioredis client for an application to use. */
  readonly inner: RedisClient;
  /** Resolves when Redis has answered. Rejects at the deadline (by `monotonicNow`), or before. */
  ping(deadline: number): Promise<void>;
  /** Ways to read the streams, each to be closed by whoever reads. */
  openReadings(streams: readonly string[], part: string): readonly Reading[];
  /** A connection to each server that has keys of its own. */
  everyServer(deadline: number): Promise<readonly RedisConnection[]>;
  close(): void;
}
