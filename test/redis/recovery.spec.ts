import type { Delivery } from '../../lib/transport/transport.interface.js';
import { keepIt } from '../../lib/testing/conformance/recording-sink.js';
import { bodies, CLIENTS, eventually, RedisWorkbench, soon } from './support/redis-workbench.js';

const numbers = (count: number): string[] => Array.from({ length: count }, (_, n) => String(n));
const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.each(CLIENTS)('recovery from other members on Redis, ioredis %s', (_, client) => {
  let bench: RedisWorkbench;
  beforeEach(() => (bench = new RedisWorkbench()));
  afterEach(() => bench.end());

  /** Entries as a member has them that was killed. `deliveries`: how often they were given out. */
  const killed = async (member: string, count: number, deliveries = 1): Promise<string[]> => {
    const { redis, topic, group } = bench;
    const added: string[] = [];
    for (const n of numbers(count)) added.push((await redis.xadd(topic, '*', 'event_data', n))!);
    await redis.xgroup('CREATE', topic, group, '0').catch(() => undefined);
    await redis.xreadgroup('GROUP', group, member, 'COUNT', count, 'STREAMS', topic, '>');
    if (deliveries > 1)
      await redis.call(
        'XCLAIM',
        ...[topic, group, member, 0, ...added, 'RETRYCOUNT', deliveries, 'JUSTID'],
      );
    return added;
  };

  it('R-03: what a dead member had is claimed under another name, in order and by pages', async () => {
    await killed('dead', 250);
    const transport = await bench.transport({ client, claimIdle: 0.3, readCount: 20 });
    const { sink } = await bench.read(transport, { member: 'new' });
    await eventually(() => sink.deliveries.length === 250, 'all records');
    expect(bodies(sink)).toEqual(numbers(250));
    expect(new Set(sink.deliveries.map((d) => d.deliveryCount))).toEqual(new Set([2]));
    expect(new Set(sink.deliveries.map((d) => d.earlierDeliveries))).toEqual(new Set([1]));
    await eventually(async () => (await bench.pending()) === 0, 'nothing pending');
  });

  it('R-03: nothing is claimed before the idle time', async () => {
    await killed('alive', 3);
    const transport = await bench.transport({ client, claimIdle: 30, pollTimeout: 0.05 });
    const { sink } = await bench.read(transport, { member: 'new' });
    for (let round = 1; round <= 5; round++) {
      await bench.publish(transport, `mine ${round}`);
      await eventually(() => bodies(sink).includes(`mine ${round}`), 'the new record');
    }
    expect(bodies(sink)).toEqual([1, 2, 3, 4, 5].map((round) => `mine ${round}`));
  });

  it('R-04: two members that sweep at once share what is left; no entry is handled twice', async () => {
    await killed('dead', 400);
    const options = { client, claimIdle: 0.3, readCount: 7 };
    const [one, two] = [await bench.transport(options), await bench.transport(options)];
    const [a, b] = await Promise.all([
      bench.read(one, { member: 'a' }),
      bench.read(two, { member: 'b' }),
    ]);
    const all = (): string[] => [...bodies(a.sink), ...bodies(b.sink)];
    await eventually(() => all().length >= 400, 'all records');
    await eventually(async () => (await bench.pending()) === 0, 'nothing pending');
    expect(all().sort()).toEqual(numbers(400).sort());
  });

  it('R-04: a slow member keeps what it gives a sign of life for, in its hands or waiting', async () => {
    const options = { client, claimIdle: 2, pollTimeout: 0.1 };
    const [slow, other] = [await bench.transport(options), await bench.transport(options)];
    const a = await bench.read(slow, { member: 'slow', maxInFlight: 1, react: keepIt });
    await bench.publish(slow, 'in hand');
    await eventually(() => a.sink.deliveries.length === 1, 'the record');
    a.sink.deliveries[0]!.settle();
    await bench.publish(slow, 1, 2, 3, 4, 5);
    await eventually(() => a.sink.deliveries.length === 2, 'the next record');
    const life = setInterval(() => a.sink.deliveries[1]!.keepAlive(), 50);
    const b = await bench.read(other, { member: 'other', react: keepIt });
    await pass(5_000);
    clearInterval(life);
    const mine = await bench.redis.xpending(
      ...([bench.topic, bench.group, '-', '+', 10, 'slow'] as const),
    );
    expect(mine.length + b.sink.deliveries.length).toBe(5);
    expect(bodies(b.sink)).not.toContain('1');
    expect(a.sink.deliveries[1]!.signal.aborted).toBe(false);
  });

  it('R-04: a member that gives no sign of life is robbed after the idle time, and told', async () => {
    const options = { client, claimIdle: 0.3, pollTimeout: 0.1 };
    const [silent, other] = [await bench.transport(options), await bench.transport(options)];
    const a = await bench.read(silent, { member: 'silent', react: keepIt });
    await bench.publish(silent, 'x');
    await eventually(() => a.sink.deliveries.length === 1, 'the record');
    const b = await bench.read(other, { member: 'other', react: keepIt });
    await eventually(() => b.sink.deliveries.length === 1, 'the claimed record');
    expect(b.sink.deliveries[0]!.deliveryCount).toBe(2);
    a.sink.deliveries[0]!.keepAlive();
    await eventually(() => a.sink.deliveries[0]!.signal.aborted, 'the abort');
    a.sink.deliveries[0]!.settle();
    await a.handle.flush(soon());
    expect(await bench.pending()).toBe(1);
  });

  it('R-11: entries that were trimmed while a dead member had them are reported, page by page', async () => {
    const ids = await killed('dead', 60);
    await bench.redis.xdel(bench.topic, ...ids.slice(0, 25), ...ids.slice(30, 40));
    const transport = await bench.transport({ client, claimIdle: 0.2, readCount: 10 });
    const { sink } = await bench.read(transport, { member: 'new' });
    await eventually(() => sink.deliveries.length === 25, 'what is left');
    const left = numbers(60).filter((n) => (+n >= 25 && +n < 30) || +n >= 40);
    expect(bodies(sink)).toEqual(left);
    const gaps = sink.noticesOf('gap');
    expect(gaps.reduce((sum, { count }) => sum + count!, 0)).toBe(35);
    await eventually(async () => (await bench.pending()) === 0, 'nothing pending');
  });

  it('an entry that was often delivered is handled alone, so that no other is counted with it', async () => {
    const ids = await killed('me', 30);
    const { redis, topic, group } = bench;
    const suspects = [ids[4]!, ids[5]!, ids[20]!];
    await redis.call('XCLAIM', topic, group, 'me', 0, ...suspects, 'RETRYCOUNT', 3, 'JUSTID');
    const inHand: Delivery[] = [];
    const together = new Map<string, number>();
    const transport = await bench.transport({ client });
    const { sink } = await bench.read(transport, {
      member: 'me',
      react: (delivery) => {
        inHand.push(delivery);
        for (const { position } of inHand)
          together.set(
            position.offset,
            Math.max(together.get(position.offset) ?? 0, inHand.length),
          );
        setTimeout(() => {
          inHand.splice(inHand.indexOf(delivery), 1);
          delivery.settle();
        }, 10);
      },
    });
    await bench.publish(transport, 'new');
    await eventually(() => sink.deliveries.length === 31, 'all records');
    expect(bodies(sink)).toEqual([...numbers(30), 'new']);
    expect(suspects.map((id) => together.get(id))).toEqual([1, 1, 1]);
    expect(together.get(ids[10]!)).toBeGreaterThan(1);
    await eventually(() => inHand.length === 0, 'all are settled');
  });

  it('an orderly stop counts as one delivery, however often it happened', async () => {
    for (let restart = 0; restart < 4; restart++) {
      const transport = await bench.transport({ client });
      const { sink } = await bench.read(transport, { member: 'me', react: keepIt });
      if (restart === 0) await bench.publish(transport, 'x');
      await eventually(() => sink.deliveries.length === 1, 'the record');
      expect(sink.deliveries[0]!.deliveryCount).toBe(restart === 0 ? 1 : 2);
      await transport.close(soon());
    }
  });

  it('R-15: members that are gone are removed when told to, and only those without pending entries', async () => {
    const { redis, topic, group } = bench;
    await killed('busy', 1);
    for (const name of ['gone', 'also gone'])
      await redis.xgroup('CREATECONSUMER', topic, group, name);
    const names = async (): Promise<unknown[]> =>
      ((await redis.xinfo('CONSUMERS', topic, group)) as unknown[][]).map(([, name]) => name);
    const keeping = await bench.transport({ client, claimIdle: 0.3, pollTimeout: 0.05 });
    const kept = await bench.read(keeping, { member: 'keeps', react: keepIt });
    await eventually(() => kept.sink.deliveries.length === 1, 'the claimed record');
    await pass(500);
    expect(await names()).toEqual(['also gone', 'busy', 'gone', 'keeps']);
    kept.sink.deliveries[0]!.settle();
    // From here on `keeps` must not take over what `busy` is given.
    await keeping.close(soon());
    const lasting = await bench.transport({ client, claimIdle: 30, pollTimeout: 0.05 });
    await bench.read(lasting, { member: 'keeps', react: keepIt });
    await redis.xclaim(topic, group, 'busy', 0, (await killed('busy', 1))[0]!);
    const options = { client, removeDeadMembers: 0.5, pollTimeout: 0.05, claimIdle: 30 };
    const { sink } = await bench.read(await bench.transport(options), { member: 'removes' });
    await redis.xgroup('CREATECONSUMER', topic, group, 'fresh');
    await eventually(async () => !(await names()).includes('gone'), 'the removal');
    const left = await names();
    expect(left).toEqual(expect.arrayContaining(['busy', 'keeps']));
    expect(left).not.toContain('also gone');
    expect(sink.ends).toEqual([]);
  });

  it('R-07: what a member has pending and does not hold is found on a timer too', async () => {
    const transport = await bench.transport({ client, claimIdle: 0.2, pollTimeout: 0.1 });
    const { sink } = await bench.read(transport, { member: 'me' });
    const { redis, topic, group } = bench;
    await bench.publish(transport, 'first');
    await eventually(() => sink.deliveries.length === 1, 'the first record');
    // Another client reads in our name: as when a reply is lost and the connection lives on.
    const thief = redis.duplicate();
    const read = thief.xreadgroup(
      ...(['GROUP', group, 'me', 'BLOCK', 5_000, 'STREAMS', topic, '>'] as const),
    );
    for (let n = 0; !(await Promise.race([read, pass(20)])); n++)
      await redis.xadd(topic, '*', 'event_data', `more ${n}`);
    thief.disconnect();
    const length = await redis.xlen(topic);
    await eventually(() => sink.deliveries.length === length, 'every record');
    expect(new Set(bodies(sink)).size).toBe(length);
  });
});
