import { Redis } from 'ioredis';
import { DeadMembers } from '../../lib/transport/redis/group/dead-members.js';
import { RedisConnection } from '../../lib/transport/redis/connection/redis-connection.js';
import { eventually, RedisWorkbench, soon } from './support/redis-workbench.js';

const IDLE_MS = 50;

/** A connection that does something before each command of one name. */
class InterruptedConnection extends RedisConnection {
  before: [command: string, act: () => Promise<unknown>] | undefined;

  override async call(...args: Parameters<RedisConnection['call']>): Promise<unknown> {
    if (this.before?.[0] === args[0]) await this.before[1]();
    return super.call(...args);
  }
}

describe('removing dead members', () => {
  let bench: RedisWorkbench;
  let connection: InterruptedConnection;
  beforeEach(async () => {
    bench = new RedisWorkbench();
    connection = new InterruptedConnection(() => new Redis(bench.url, { lazyConnect: true }));
    await connection.whenReady(soon());
    const { redis, topic, group } = bench;
    await redis.xgroup('CREATE', topic, group, '0', 'MKSTREAM');
    await redis.xgroup('CREATECONSUMER', topic, group, 'gone');
    await idle();
  });
  afterEach(async () => {
    connection.close();
    await bench.end();
  });

  const idle = (): Promise<void> =>
    eventually(async () => (await bench.idleTime('gone'))! > IDLE_MS, 'the member to be idle');
  const remove = (): Promise<void> =>
    new DeadMembers({ connection, group: bench.group, member: 'me', idleMs: IDLE_MS }).remove([
      bench.topic,
    ]);
  const names = async (): Promise<unknown[]> =>
    ((await bench.redis.xinfo('CONSUMERS', bench.topic, bench.group)) as unknown[][]).map(
      ([, name]) => name,
    );

  it('removes one that is idle and has nothing', async () => {
    await remove();
    expect(await names()).toEqual([]);
  });

  it('an entry that arrives between the look and the removal survives, with its member (R-15)', async () => {
    const { redis, topic, group } = bench;
    let interrupted = 0;
    connection.before = [
      'EVAL',
      async () => {
        interrupted++;
        await redis.xadd(topic, '*', 'event_data', 'late');
        await redis.xreadgroup('GROUP', group, 'gone', 'STREAMS', topic, '>');
        // So that it is the entry, and not the time, that keeps the member.
        await idle();
      },
    ];
    await remove();
    expect(interrupted).toBe(1);
    expect(await names()).toEqual(['gone']);
    expect(await bench.pending()).toBe(1);
  });
});
