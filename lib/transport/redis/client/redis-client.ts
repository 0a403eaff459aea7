import { ConfigurationError, MissingPeerError } from '../../../errors/index.js';

export type RedisArgument = string | number | Buffer;

/** The part of an ioredis client that we use; the same in ioredis 5 and 6. */
export interface RedisClient {
  readonly status: string;
  /** The socket at present, if there is one. */
  readonly stream?: { readonly bytesRead?: number; unref?(): unknown } | null;
  connect(): Promise<unknown>;
  disconnect(reconnect?: boolean): void;
  callBuffer(command: string, ...args: RedisArgument[]): Promise<unknown>;
  pipeline(): RedisPipeline;
  on(event: string, listener: (...args: never[]) => void): unknown;
}

export interface RedisPipeline {
  callBuffer(command: string, ...args: RedisArgument[]): unknown;
  sendCommand?(command: RedisCommand): unknown;
  exec(): Promise<[error: Error | null, reply: unknown][] | null>;
}

/** The part of an ioredis command that we use. */
export interface RedisCommand {
  toWritable(socket: object): string | Buffer;
}

/** The part of an ioredis cluster client that we use, besides. */
export interface ClusterClient extends RedisClient {
  /** `host:port` of the nodes that have each slot, the master first. */
  readonly slots: readonly (readonly string[] | undefined)[];
  /** Asks the cluster again who has what. */
  refreshSlotsCache(): void;
}

export interface RedisClientClasses {
  readonly Redis: new (options: object) => RedisClient;
  /** Missing where an application hands over only the other. */
  readonly Cluster?: new (nodes: readonly unknown[], options: object) => ClusterClient;
  readonly Command?: new (name: string, args: RedisArgument[], options: object) => RedisCommand;
}

/** What an application hands over as its own ioredis. */
export interface RedisClientModule {
  readonly Redis: new (...args: never[]) => object;
  /** Needed for Redis Cluster only. */
  readonly Cluster?: new (...args: never[]) => object;
}

/**
 * The client classes: of the module given, else of the installed package `ioredis`, which is loaded
 * here and not before. Throws MissingPeerError, ConfigurationError.
 */
export async function loadRedisClient(given?: RedisClientModule): Promise<RedisClientClasses> {
  const classes: unknown = given ?? (await importPeer());
  if (typeof (classes as Partial<RedisClientClasses>).Redis === 'function')
    return classes as RedisClientClasses;
  throw new ConfigurationError([
    { setting: 'redisTransport client', found: 'one without `Redis`', allowed: 'an ioredis' },
  ]);
}

async function importPeer(): Promise<RedisClientModule> {
  try {
    return await import('ioredis');
  } catch (error) {
    throw new MissingPeerError('ioredis', 'The Redis transport', error);
  }
}
