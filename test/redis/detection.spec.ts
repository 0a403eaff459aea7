import { keepIt } from '../../lib/testing/conformance/recording-sink.js';
import { type RedisServer, startRedis } from '../services/redis.js';
import { bodies, CLIENTS, eventually, RedisWorkbench, soon } from './support/redis-workbench.js';

/** Looks often. */
const QUICK = { claimIdle: 0.2, pollTimeout: 0.05 };

describe.each(CLIENTS)('what no read tells, ioredis %s', (_, client) => {
  let server: RedisServer;
  let bench: RedisWorkbench;
  beforeAll(async () => (server = await startRedis()));
  beforeEach(() => (bench = new RedisWorkbench(server.url)));
  afterEach(() => bench.end());
  afterAll(() => server?.stop());

  const looks = async (): Promise<number> =>
    Number(/xinfo\|groups:calls=(\d+)/.exec(await bench.redis.info('commandstats'))?.[1] ?? 0);
  /** A look at the group, which is never while a read is under way, has begun and ended. */
  const looked = async (): Promise<void> => {
    const before = await looks();
    await eventually(async () => (await looks()) > before + 1, 'two looks');
  };

  const add = async (count: number, maxLen = 1_000_000): Promise<void> => {
    const { redis, topic } = bench;
    for (let n = 0; n < count; n++)
      await redis.xadd(topic, 'MAXLEN', '=', maxLen, '*', 'event_data', String(n));
  };

  it('R-09: entries trimmed while nobody read are reported with their number', async () => {
    const first = await bench.transport({ client });
    const before = await bench.read(first, { member: 'me' });
    await add(3);
    await eventually(() => before.sink.deliveries.length === 3, 'three records');
    await first.close(soon());
    await add(20, 5);
    const { sink } = await bench.read(await bench.transport({ client }), { member: 'me' });
    await eventually(() => sink.deliveries.length === 5, 'what is left');
    expect(sink.noticesOf('gap')).toMatchObject([{ source: bench.topic, count: 15 }]);
  });

  it('R-09: entries trimmed before a new group read anything are reported, though Redis says lag 0', async () => {
    const transport = await bench.transport({ client, ...QUICK });
    const { sink, handle } = await bench.read(transport);
    await looked();
    handle.pause();
    await looked();
    await add(20, 5);
    handle.resume();
    await eventually(() => sink.deliveries.length === 5, 'what is left');
    const lost = (): number => sink.noticesOf('gap').reduce((sum, { count }) => sum + count!, 0);
    await eventually(() => lost() === 15, 'the gap');
    const [group] = (await bench.redis.xinfo('GROUPS', bench.topic)) as unknown[][];
    expect(group!.slice(group!.indexOf('lag'))).toEqual(['lag', 0]);
  });

  it('R-09: all trimmed, an empty stream left', async () => {
    await bench.redis.xgroup('CREATE', bench.topic, bench.group, '0', 'MKSTREAM');
    await add(2);
    const args = ['GROUP', bench.group, 'me', 'COUNT', 1, 'NOACK', 'STREAMS', bench.topic] as const;
    await bench.redis.xreadgroup(...args, '>');
    await add(9);
    await bench.redis.xtrim(bench.topic, 'MAXLEN', 0);
    const { sink } = await bench.read(await bench.transport({ client }), { member: 'me' });
    await eventually(() => sink.noticesOf('gap').length > 0, 'the gap');
    expect(sink.noticesOf('gap')).toMatchObject([{ count: 10 }]);
  });

  it('R-09: entries trimmed under a slow reader are counted once, those it read not at all', async () => {
    const transport = await bench.transport({ client, ...QUICK, readCount: 1 });
    const { sink } = await bench.read(transport, { maxInFlight: 1, react: keepIt });
    await add(1);
    await eventually(() => sink.deliveries.length === 1, 'the first record');
    const settleAll = setInterval(() => {
      for (const delivery of sink.deliveries) delivery.settle();
    }, 2);
    const total = 600;
    await add(total - 1, 20);
    await eventually(
      async () => (await bench.pending()) === 0 && bodies(sink).at(-1) === String(total - 2),
      'the last record',
    );
    clearInterval(settleAll);
    const lost = (): number => sink.noticesOf('gap').reduce((sum, { count }) => sum + count!, 0);
    await eventually(() => lost() + sink.deliveries.length === total, 'every entry accounted for');
    expect(lost()).toBeGreaterThan(0);
    expect(new Set(sink.deliveries.map((d) => d.position.offset)).size).toBe(
      sink.deliveries.length,
    );
  });

  it('R-09: a group that keeps up, a new group and trimmed entries that were read raise no alarm', async () => {
    await add(50, 10);
    const transport = await bench.transport({ client, ...QUICK });
    const { sink } = await bench.read(transport);
    await eventually(() => sink.deliveries.length === 10, 'what was there');
    for (let round = 1; round <= 5; round++) {
      await add(5, 10);
      await eventually(() => sink.deliveries.length === 10 + 5 * round, 'the round');
      await looked();
    }
    expect(sink.notices.map(({ kind }) => kind)).toEqual(['start']);
  });

  it('R-02: a position moved to the end, as a Python consumer does at its start, is reported', async () => {
    const transport = await bench.transport({ client, ...QUICK });
    const { sink, handle } = await bench.read(transport);
    await add(3);
    await eventually(() => sink.deliveries.length === 3, 'three records');
    await looked();
    handle.pause();
    await looked();
    await add(7);
    await bench.redis.xgroup('SETID', bench.topic, bench.group, '$');
    handle.resume();
    await eventually(() => sink.noticesOf('cursorMoved').length > 0, 'the notice');
    expect(sink.noticesOf('cursorMoved')).toMatchObject([{ source: bench.topic, count: 7 }]);
    expect(sink.noticesOf('gap')).toEqual([]);
  });

  it('R-02: a position moved back is reported, and the entries come again', async () => {
    const transport = await bench.transport({ client, ...QUICK });
    const { sink } = await bench.read(transport);
    await add(3);
    await eventually(() => sink.deliveries.length === 3, 'three records');
    await looked();
    await bench.redis.xgroup('SETID', bench.topic, bench.group, '0');
    await eventually(() => sink.noticesOf('cursorMoved').length > 0, 'the notice');
    await eventually(() => sink.deliveries.length === 6, 'all again');
  });

  it('R-02: a member that is not ours is reported once; another of ours is not', async () => {
    const transport = await bench.transport({ client, ...QUICK });
    const other = await bench.transport({ client, ...QUICK });
    const { sink } = await bench.read(transport, { member: 'one' });
    await bench.read(other, { member: 'two' });
    const python = setInterval(() => {
      const args = ['GROUP', bench.group, 'python', 'STREAMS', bench.topic, '0'] as const;
      bench.redis.xreadgroup(...args).catch(() => undefined);
    }, 20);
    try {
      await eventually(() => sink.noticesOf('foreignMember').length > 0, 'the notice');
      await new Promise((resolve) => setTimeout(resolve, 700));
    } finally {
      clearInterval(python);
    }
    expect(sink.noticesOf('foreignMember')).toMatchObject([{ detail: 'python' }]);
    expect(sink.noticesOf('cursorMoved')).toEqual([]);
  });

  it('warns once when the group lags and the stream is nearly full, and again after it had caught up', async () => {
    const transport = await bench.transport({ client, ...QUICK, streamMaxLen: 50 });
    const { sink } = await bench.read(transport, { maxInFlight: 1, react: keepIt });
    const alarms = (): number => sink.noticesOf('trimSoon').length;
    const catchUp = async (count: number): Promise<void> =>
      eventually(async () => {
        for (const delivery of sink.deliveries) delivery.settle();
        return sink.deliveries.length >= count && (await bench.pending()) === 0;
      }, 'all settled');
    await add(45);
    await eventually(() => alarms() === 1, 'the first alarm');
    await catchUp(45);
    await looked();
    await add(45);
    await eventually(() => alarms() === 2, 'the second alarm');
    await catchUp(90);
    expect(alarms()).toBe(2);
  });

  it('counts entries that are delivered after later ones', async () => {
    const { redis, topic, group } = bench;
    await add(2);
    await redis.xgroup('CREATE', topic, group, '0');
    await redis.xreadgroup('GROUP', group, 'dead', 'COUNT', 2, 'STREAMS', topic, '>');
    await add(1);
    // So long that the new entry is read before the others may be claimed.
    const transport = await bench.transport({ client, claimIdle: 3, pollTimeout: 0.05 });
    const { sink } = await bench.read(transport, { member: 'me' });
    await eventually(() => sink.noticesOf('outOfOrder').length > 0, 'the notice', 20_000);
    expect(bodies(sink)).toEqual(['0', '0', '1']);
    expect(sink.noticesOf('outOfOrder')).toMatchObject([{ source: topic, count: 2 }]);
  });
});

describe('the memory of Redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis({ args: ['--maxmemory', '100mb'] });
  }, 90_000);
  afterAll(() => server?.stop());

  it.each([
    ['noeviction', [], ''],
    [
      'volatile-lru',
      ['evictionTolerated'],
      'streams stay, because they have no TTL. The keys by which',
    ],
    [
      'volatile-lfu',
      ['evictionTolerated'],
      'streams stay, because they have no TTL. The keys by which',
    ],
    ['volatile-ttl', ['evictionPossible'], '(leases) have a TTL and may be evicted'],
    ['volatile-random', ['evictionPossible'], '(leases) have a TTL and may be evicted'],
    ['allkeys-lru', ['evictionPossible'], 'whole streams'],
    ['allkeys-lfu', ['evictionPossible'], 'whole streams'],
    ['allkeys-random', ['evictionPossible'], 'whole streams'],
  ])('with maxmemory-policy %s: %j', async (policy, kinds, why) => {
    const bench = new RedisWorkbench(server.url);
    await bench.redis.config('SET', 'maxmemory-policy', policy);
    const { sink } = await bench.read(await bench.transport());
    await bench.redis.xadd(bench.topic, '*', 'event_data', 'x');
    await eventually(() => sink.deliveries.length === 1, 'the record');
    const told = sink.notices.filter(({ kind }) => kind.startsWith('eviction'));
    expect(told.map(({ kind }) => kind)).toEqual(kinds);
    for (const { detail } of told) {
      expect(detail).toContain(`maxmemory-policy ${policy}: `);
      expect(detail).toContain(why);
      expect(detail!.length).toBeLessThan(256);
    }
    await bench.end();
  });
});
