import { setTimeout as sleep } from 'node:timers/promises';
import { readerKey } from '../../lib/transport/redis/leases/lease.js';
import { begun } from './support/begun.js';
import { bodies, eventually, RedisWorkbench } from './support/redis-workbench.js';

const HOUR_MS = 3_600_000;

/** One whose lease was deleted reads on for a while, as it has not heard of it; another takes the lease meanwhile. */
async function deletedLease(bench: RedisWorkbench) {
  const key = readerKey(bench.topic, bench.group);
  const one = await bench.transport({ singleActive: true });
  const two = await bench.transport({ singleActive: true });
  const by: string[] = [];
  const handled: number[] = [];
  const reactAs =
    (member: string) => (delivery: { settle(): void; record: { value: Uint8Array | null } }) => {
      by.push(member);
      handled.push(Number(Buffer.from(delivery.record.value!).toString()));
      delivery.settle();
    };
  const a = await bench.read(one, { member: 'a', react: reactAs('a') });
  await bench.publish(two, 0);
  await eventually(() => a.sink.deliveries.length === 1, 'the first record');
  await bench.read(two, { member: 'b', react: reactAs('b') });
  const holder = (await bench.redis.get(key))!.split(':')[0]!;
  let sent = 0;
  const publishing = setInterval(() => void bench.publish(two, ++sent), 25);
  // Its holder takes it back again and again, until the other one is quicker.
  await eventually(
    async () => {
      const value = await bench.redis.get(key);
      if (value !== null && !value.startsWith(holder)) return true;
      await bench.redis.del(key);
      return false;
    },
    'the lease to pass on',
    20_000,
  );
  await eventually(() => by.includes('b'), 'the other one to read', 15_000);
  await sleep(1_500);
  clearInterval(publishing);
  await eventually(() => new Set(handled).size === sent + 1, 'all records', 15_000);
  return { by, handled };
}

/** A read that a member had begun before another took over is given an entry after that. */
async function lateRead(bench: RedisWorkbench) {
  const { redis, topic, group } = bench;
  await redis.xgroup('CREATE', topic, group, '0', 'MKSTREAM');
  const old = redis.duplicate();
  const read = old.xreadgroup('GROUP', group, 'old', 'BLOCK', 0, 'STREAMS', topic, '>');
  const transport = await bench.transport({ singleActive: true });
  const { sink } = await bench.read(transport, { member: 'next' });
  const blocked = async () =>
    Number(/blocked_clients:(\d+)/.exec(await redis.info('clients'))?.[1]);
  await eventually(async () => (await blocked()) >= 2, 'the next member to read', 15_000);
  await bench.publish(transport, 1);
  await read;
  await bench.publish(transport, 2);
  await eventually(() => sink.deliveries.length === 2, 'both records', 15_000);
  old.disconnect();
  return bodies(sink);
}

/** Two leases that Redis keeps for an hour, as it does when its clock is set back: one is renewed, one is not. */
async function clockSetBack(bench: RedisWorkbench) {
  const { redis } = bench;
  const topics = ['dead', 'alive'].map((name) => `${name}-${bench.topic}`);
  const [dead, alive] = topics.map((topic) => readerKey(topic, bench.group));
  let renewals = 0;
  const renew = () => redis.set(alive!, `other:gone1:${++renewals}`, 'PX', HOUR_MS);
  await redis.set(dead!, 'other:gone1:1', 'PX', HOUR_MS);
  await renew();
  const renewing = setInterval(() => void renew(), 500);
  for (const topic of topics) await redis.xadd(topic, '*', 'event_data', topic);
  const { sink } = await bench.read(await bench.transport({ singleActive: true }), { topics });
  await eventually(() => sink.deliveries.length > 0, 'the record of the dead one', 15_000);
  await sleep(1_500);
  clearInterval(renewing);
  const holder = await redis.get(alive!);
  return { read: sink.deliveries.map(({ source }) => source), dead: topics[0], holder };
}

function onBench<T>(scenario: (bench: RedisWorkbench) => Promise<T>): () => Promise<T> {
  return begun(() => {
    const bench = new RedisWorkbench();
    return scenario(bench).finally(() => bench.end());
  });
}

describe('a lease to read that was not handed over', () => {
  const deleted = onBench(deletedLease);
  const late = onBench(lateRead);
  const setBack = onBench(clockSetBack);

  it('is used when the holder before no longer reads, and not before', async () => {
    const { by, handled } = await deleted();
    const first = by.indexOf('b');
    expect(first).toBeGreaterThan(0);
    expect(new Set(by.slice(first))).toEqual(new Set(['b']));
    expect([...new Set(handled)]).toEqual([...new Set(handled).keys()].sort((a, b) => a - b));
  });

  it('lets what a read of the holder before was given come first', async () => {
    expect(await late()).toEqual(['1', '2']);
  });

  it('passes on when its holder does not renew it, whatever the clock of Redis says', async () => {
    const { read, dead, holder } = await setBack();
    expect(read).toEqual([dead]);
    expect(holder).toMatch(/^other:/);
  });
});
