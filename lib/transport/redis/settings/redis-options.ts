import type { RedisClientModule } from '../client/redis-client.js';

/** A node of a Redis Cluster. */
export type RedisNode = string | { readonly host: string; readonly port?: number };

/** Without a user name it is the user `default`. */
export interface RedisCredentials {
  readonly username?: string;
  readonly password: string;
}

export interface RedisTransportOptions {
  /**
   * `redis://[user]:[password]@host:port/db`, `rediss://…` for TLS, or `unix:///path`, read as redis-py
   * reads it. Percent-encode reserved characters. Default: EVENT_BUS_REDIS_CONNECTION_URL. Not needed where `redis` says where
   * to connect (`host`, `path`, `sentinels`).
   */
  readonly url?: string | undefined;
  /**
   * Entries that a stream keeps, about (`MAXLEN ~`). Default: EVENT_BUS_REDIS_STREAM_MAX_LEN, else
   * 10,000 as in the reference. Older entries are dropped, read or not.
   */
  readonly streamMaxLen?: number | undefined;
  /**
   * Seconds that a read waits at Redis for new entries; a read connection that died unnoticed is
   * found a few seconds later. Default: EVENT_BUS_REDIS_CONSUMER_POLL_TIMEOUT, else 5 (the
   * reference waits 60).
   */
  readonly pollTimeout?: number | undefined;
  /**
   * Seconds before the second try after Redis refused a read; later ones wait longer, at most 30 s.
   * Default: EVENT_BUS_REDIS_CONSUMER_POLL_FAILURE_SLEEP, else 1.
   */
  readonly pollFailureSleep?: number | undefined;
  /**
   * Our name in the group, under which Redis keeps what we have in hand: one live process each, and
   * the same again after a restart. Default: the host name.
   */
  readonly consumerName?: string | undefined;
  /**
   * Seconds for which another live process may still have `consumerName` when this one starts, as the old pod of a
   * rolling update has it until the new one is ready. Until then the bus is `joining`; after them consuming ends for
   * good. Default: 60.
   */
  readonly consumerNameTimeout?: number | undefined;
  /**
   * Seconds after which an entry that another member has in hand, and that nobody has touched, is
   * taken over: that member died. A living one touches what it has every few seconds, however slow
   * its handlers are. Default: 60.
   */
  readonly claimIdle?: number | undefined;
  /**
   * Seconds after which a member of our groups that is gone and has nothing pending is removed from
   * them. Default: never.
   */
  readonly removeDeadMembers?: number | undefined;
  /**
   * One member of a group alone reads a stream, and another takes over within about 5 s when it dies:
   * so the order of the stream holds with several members too. All members must have it. Default: false.
   */
  readonly singleActive?: boolean | undefined;
  /** Entries fetched at once from each stream. Default: 100. */
  readonly readCount?: number | undefined;
  /**
   * Redis Cluster: nodes to ask first, each as `url` or as `host:port`; those that are named in `url`
   * or here by user and password, or TLS, say so for all. `true`: the node that `url` names.
   */
  readonly cluster?: true | readonly RedisNode[] | undefined;
  /** Options of the ioredis cluster client, such as `natMap` or `dnsLookup`. */
  readonly clusterOptions?: object | undefined;
  /**
   * Options of the ioredis clients (of a cluster: of those to each node), such as `tls`, `username`,
   * `sentinels`; `url` wins over them.
   */
  readonly redis?: object | undefined;
  /**
   * Asked for user and password whenever a connection is made: those of short life, or that are rotated. Wins over those of
   * `url` and `redis`. It is asked often, so what it gives should be kept while it is valid.
   */
  readonly credentialsProvider?: (() => RedisCredentials | Promise<RedisCredentials>) | undefined;
  /** The ioredis to use, for example `import * as ioredis from 'ioredis'`. Default: the installed one. */
  readonly client?: RedisClientModule | undefined;
}
