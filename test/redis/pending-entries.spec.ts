import { monotonicNow } from '../../lib/common/clocks.js';
import { keepIt } from '../../lib/testing/conformance/recording-sink.js';
import {
  bodies,
  CLIENTS,
  eventually,
  onRedisOfItsOwn,
  RedisWorkbench,
  soon,
} from './support/redis-workbench.js';

const IDLE_MS = 500;

describe.each(CLIENTS)('pending entries on Redis, ioredis %s', (_, client) => {
  let bench: RedisWorkbench;
  beforeEach(() => (bench = new RedisWorkbench()));
  afterEach(() => bench.end());

  /** As a process leaves them that was killed: delivered to the member, not acknowledged. */
  const died = async (member: string, count: number): Promise<string[]> => {
    const ids: string[] = [];
    for (let n = 0; n < count; n++)
      ids.push((await bench.redis.xadd(bench.topic, '*', 'event_data', `old ${n}`))!);
    await bench.redis.xgroup('CREATE', bench.topic, bench.group, '0', 'MKSTREAM');
    const args = [bench.group, member, 'COUNT', count, 'STREAMS', bench.topic, '>'] as const;
    await bench.redis.xreadgroup('GROUP', ...args);
    return ids;
  };

  it('B-01: come first after a restart, in order, with their delivery count', async () => {
    await died('me', 250);
    await bench.redis.xadd(bench.topic, '*', 'event_data', 'new');
    const transport = await bench.transport({ client });
    const { sink } = await bench.read(transport, { member: 'me' });
    await eventually(() => sink.deliveries.length === 251, 'all records');
    const old = Array.from({ length: 250 }, (_, n) => `old ${n}`);
    expect(bodies(sink)).toEqual([...old, 'new']);
    expect(new Set(sink.deliveries.slice(0, 250).map((d) => d.deliveryCount))).toEqual(
      new Set([2]),
    );
    expect(sink.deliveries[250]!.deliveryCount).toBe(1);
    await eventually(async () => (await bench.pending()) === 0, 'nothing pending');
  });

  it('R-10: a trimmed one is acknowledged and reported, and those behind it are handled', async () => {
    const ids = await died('me', 5);
    await bench.redis.xdel(bench.topic, ids[0]!, ids[2]!);
    const transport = await bench.transport({ client });
    const { sink } = await bench.read(transport, { member: 'me' });
    await eventually(() => sink.deliveries.length === 3, 'the three that are left');
    expect(bodies(sink)).toEqual(['old 1', 'old 3', 'old 4']);
    expect(sink.noticesOf('gap')).toMatchObject([{ source: bench.topic, count: 2 }]);
    await eventually(async () => (await bench.pending()) === 0, 'nothing pending');
  });

  it('stay pending until they are settled', async () => {
    const transport = await bench.transport({ client });
    const { sink, handle } = await bench.read(transport, { react: keepIt });
    await bench.publish(transport, 1, 2, 3);
    await eventually(() => sink.deliveries.length === 3, 'the records');
    expect(await bench.pending()).toBe(3);
    sink.deliveries[1]!.settle();
    await handle.flush(soon());
    const left = (await bench.redis.xpending(bench.topic, bench.group, '-', '+', 10)) as string[][];
    expect(left.map(([id]) => id)).toEqual([
      sink.deliveries[0]!.position.offset,
      sink.deliveries[2]!.position.offset,
    ]);
  });

  it('are acknowledged many at once', () =>
    onRedisOfItsOwn(async (own) => {
      const transport = await own.transport({ client });
      await own.publish(transport, ...Array.from({ length: 1_000 }, (_, n) => n));
      const { sink, handle } = await own.read(transport);
      await eventually(() => sink.deliveries.length === 1_000, 'the records');
      await handle.flush(soon());
      expect(await own.pending()).toBe(0);
      const [, calls] = /cmdstat_xack:calls=(\d+)/.exec(await own.redis.info('commandstats'))!;
      expect(Number(calls)).toBeLessThan(200);
    }));

  it('are lost to a member that claims them, which aborts the delivery at its next sign of life', async () => {
    const transport = await bench.transport({ client });
    const { sink } = await bench.read(transport, { react: keepIt, member: 'me' });
    await bench.publish(transport, 1, 2);
    await eventually(() => sink.deliveries.length === 2, 'the records');
    const [mine, theirs] = sink.deliveries;
    const { topic, group } = bench;
    await bench.redis.xclaim(topic, group, 'other', 0, theirs!.position.offset);
    const entry = async (): Promise<number[]> =>
      ((await bench.redis.xpending(topic, group, '-', '+', 1, 'me')) as number[][])[0]!;
    await eventually(async () => (await entry())[2]! >= IDLE_MS, 'the entries to be idle');
    const toldAt = monotonicNow();
    mine!.keepAlive();
    theirs!.keepAlive();
    await eventually(() => theirs!.signal.aborted, 'the abort');
    expect(mine!.signal.aborted).toBe(false);
    const [, , idle, deliveries] = await entry();
    // Before that it had been idle for so long already.
    expect(idle).toBeLessThan(monotonicNow() - toldAt + IDLE_MS);
    expect(deliveries).toBe(1);
  });
});
