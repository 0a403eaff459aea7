import type { RedisConnection } from './redis-connection.js';

/**
 * Takes a key that is free, or renews it where the token holds it: 0; else the ms that its holder has
 * left. One step each, so that nothing that passes to another between a look and a write is touched.
 */
const TAKE = `
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 0 end
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return redis.call('PTTL', KEYS[1]) end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 0`;

const FREE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`;

/** A key at Redis that at most one holds at a time, for a time. */
export class Lease {
  constructor(
    private readonly connection: RedisConnection,
    readonly key: string,
    private readonly token: string,
    private readonly ms: number,
  ) {}

  /**
   * Takes or renews it. Resolves to 0 when it is ours, for its time from when this was called at the
   * least, else to how many ms its holder has left. Rejects like `RedisConnection.request`.
   */
  async take(deadline: number): Promise<number> {
    const args = [TAKE, 1, this.key, this.token, this.ms];
    const left = Number(await this.connection.request('EVAL', args, deadline));
    // Gone since, or without an end.
    return left === -2 ? 1 : left < 0 ? Infinity : left;
  }

  /** Gives it back where it is still ours. */
  async free(deadline: number): Promise<void> {
    await this.connection.request('EVAL', [FREE, 1, this.key, this.token], deadline);
  }
}
