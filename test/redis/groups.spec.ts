import { ConfigurationError } from '../../lib/errors/index.js';
import { keepIt } from '../../lib/testing/conformance/recording-sink.js';
import { leaseKey, ownNameKey } from '../../lib/transport/redis/leases/lease.js';
import {
  bodies,
  CLIENTS,
  eventually,
  onRedisOfItsOwn,
  RedisWorkbench,
  soon,
} from './support/redis-workbench.js';

describe.each(CLIENTS)('groups on Redis, ioredis %s', (_, client) => {
  let bench: RedisWorkbench;
  beforeEach(() => (bench = new RedisWorkbench()));
  afterEach(() => bench.end());

  const hundred = Array.from({ length: 100 }, (_, n) => String(n));

  it('B-03: handles what was produced while the consumer was down', async () => {
    const first = await bench.transport({ client });
    const before = await bench.read(first);
    await bench.publish(first, 'seen');
    await eventually(() => before.sink.deliveries.length === 1, 'the first record');
    await first.close(soon());
    const second = await bench.transport({ client });
    await bench.publish(second, ...hundred);
    const { sink } = await bench.read(second, { start: 'latest' });
    await eventually(() => sink.deliveries.length === 100, '100 records');
    expect(bodies(sink)).toEqual(hundred);
  });

  it('B-04: a new group starts as told, and says where', async () => {
    const transport = await bench.transport({ client });
    await bench.publish(transport, 'old');
    const last = (await bench.redis.xrevrange(bench.topic, '+', '-'))[0]![0];
    const early = await bench.read(transport, { group: 'early' });
    const late = await bench.read(transport, { group: 'late', start: 'latest' });
    await bench.publish(transport, 'new');
    await eventually(
      () => early.sink.deliveries.length === 2 && late.sink.deliveries.length === 1,
      'both groups',
    );
    expect(bodies(early.sink)).toEqual(['old', 'new']);
    expect(bodies(late.sink)).toEqual(['new']);
    const details = [early, late].map(({ sink }) => sink.noticesOf('start')[0]?.detail);
    expect(details).toEqual(['after 0-0 (new group)', `after ${last} (new group)`]);
  });

  it('R-01: a second worker that joins a backlog skips nothing', async () => {
    const [one, two] = [await bench.transport({ client }), await bench.transport({ client })];
    const a = await bench.read(one, { member: 'a', maxInFlight: 1, react: keepIt });
    await bench.publish(one, ...hundred);
    await eventually(() => a.sink.deliveries.length === 1, 'the first worker has one in hand');
    const b = await bench.read(two, { member: 'b', start: 'latest' });
    await eventually(() => b.sink.deliveries.length === 98, 'the second has the rest');
    a.sink.deliveries[0]!.settle();
    await eventually(() => a.sink.deliveries.length === 2, 'what the first had fetched');
    expect([...bodies(a.sink), ...bodies(b.sink)]).toEqual(hundred);
  });

  it('never calls XGROUP SETID', () =>
    onRedisOfItsOwn(async (own) => {
      for (const start of ['earliest', 'latest'] as const) {
        const transport = await own.transport({ client });
        const { handle } = await own.read(transport, { start });
        await handle.stop(soon());
      }
      const calls = await own.redis.info('commandstats');
      expect(calls).toContain('cmdstat_xgroup|create:');
      expect(calls).not.toContain('setid');
    }));

  it('gives up a consumer name that a live process uses for too long, and takes it when that one stops', async () => {
    const one = await bench.transport({ client });
    const two = await bench.transport({ client, consumerNameTimeout: 4 });
    const { handle } = await bench.read(one, { member: 'same' });
    const refused = await bench.read(two, { member: 'same' });
    expect(refused.sink.ends).toEqual([expect.any(ConfigurationError)]);
    expect(String(refused.sink.ends[0])).toMatch(
      /consumerName: found same, which another running process uses/,
    );
    const waiting = bench.read(two, { member: 'same' });
    await handle.stop(soon());
    const { sink } = await waiting;
    await bench.publish(two, 'x');
    await eventually(() => sink.deliveries.length === 1, 'the record');
  });

  it('waits for the name of a process that died', async () => {
    const key = leaseKey(bench.topic, bench.group, 'dead');
    await bench.redis.set(key, 'of a process that died', 'PX', 600);
    const transport = await bench.transport({ client });
    const { sink } = await bench.read(transport, { member: 'dead' });
    expect(sink.noticesOf('start')).toHaveLength(1);
  });

  it('remembers its name when it has joined and leaves nothing when it could not', async () => {
    const keys = (topic: string): Promise<string[]> => bench.redis.keys(`${topic}:*`);
    const blocked = `${bench.topic}-blocked`;
    await bench.redis.set(blocked, 'text');
    const transport = await bench.transport({ client });
    await expect(bench.read(transport, { topics: [bench.topic, blocked] })).rejects.toThrow(
      ConfigurationError,
    );
    expect([...(await keys(bench.topic)), ...(await keys(blocked))]).toEqual([]);
    const { handle } = await bench.read(transport, { member: 'me' });
    await handle.stop(soon());
    expect(await keys(bench.topic)).toEqual([ownNameKey(bench.topic, bench.group, 'me')]);
  });

  it('refuses a topic whose key is not a stream, and leaves its name free', async () => {
    await bench.redis.set(bench.topic, 'text');
    const transport = await bench.transport({ client });
    await expect(bench.read(transport)).rejects.toThrow(ConfigurationError);
    const keys = await bench.redis.keys(`${bench.topic}:*`);
    expect(keys).toEqual([]);
  });
});
