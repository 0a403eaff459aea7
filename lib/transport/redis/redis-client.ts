import { MissingPeerError } from '../../errors/index.js';

export type RedisArgument = string | number | Buffer;

/** The part of an ioredis client that we use; the same in ioredis 5 and 6. */
export interface RedisClient {
  readonly status: string;
  connect(): Promise<unknown>;
  disconnect(reconnect?: boolean): void;
  callBuffer(command: string, ...args: RedisArgument[]): Promise<unknown>;
  pipeline(): RedisPipeline;
  on(event: string, listener: (...args: never[]) => void): unknown;
}

export interface RedisPipeline {
  callBuffer(command: string, ...args: RedisArgument[]): unknown;
  exec(): Promise<[error: Error | null, reply: unknown][] | null>;
}

export type RedisClientClass = new (options: object) => RedisClient;

/** What an application hands over as its own ioredis. */
export interface RedisClientModule {
  readonly Redis: new (...args: never[]) => object;
}

/**
 * The client class: of the module given, else of the installed package `ioredis`, which is loaded
 * here and not before. Throws MissingPeerError.
 */
export async function loadRedisClient(given?: RedisClientModule): Promise<RedisClientClass> {
  return (given ?? (await importPeer())).Redis as unknown as RedisClientClass;
}

async function importPeer(): Promise<RedisClientModule> {
  try {
    return await import('ioredis');
  } catch (error) {
    throw new MissingPeerError('ioredis', 'The Redis transport', error);
  }
}
