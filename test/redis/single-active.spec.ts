import { settleIt } from '../../lib/testing/conformance/recording-sink.js';
import { startRedis } from '../services/redis.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { bodies, CLIENTS, eventually, RedisWorkbench, soon } from './support/redis-workbench.js';

describe.each(CLIENTS)('singleActive, ioredis %s', (_, client) => {
  let bench: RedisWorkbench;
  beforeEach(() => (bench = new RedisWorkbench()));
  afterEach(() => bench.end());
  const OPTIONS = { client, singleActive: true };

  it('one member alone reads the stream; when it stops, another goes on in order', async () => {
    const [one, two] = [await bench.transport(OPTIONS), await bench.transport(OPTIONS)];
    const order: string[] = [];
    const react = (delivery: Parameters<typeof settleIt>[0]): void => {
      order.push(Buffer.from(delivery.record.value!).toString());
      delivery.settle();
    };
    const a = await bench.read(one, { member: 'a', react });
    await bench.publish(one, 0);
    await eventually(() => a.sink.deliveries.length === 1, 'the first record');
    const b = await bench.read(two, { member: 'b', react });
    const rest = Array.from({ length: 200 }, (_, n) => n + 1);
    await bench.publish(one, ...rest.slice(0, 100));
    await eventually(() => a.sink.deliveries.length === 101, 'all by one member');
    expect(b.sink.deliveries).toHaveLength(0);
    await a.handle.stop(soon());
    await bench.publish(two, ...rest.slice(100));
    await eventually(() => b.sink.deliveries.length === 100, 'the rest by the other');
    expect(order).toEqual(['0', ...rest.map(String)]);
  });

  it('takes all that dead members had before anything new, whatever it has room for (R-03)', async () => {
    const { redis, topic, group } = bench;
    const all = Array.from({ length: 300 }, (_, n) => String(n));
    for (const n of all) await redis.xadd(topic, '*', 'event_data', n);
    await redis.xgroup('CREATE', topic, group, '0');
    // What the next reader has from a former life lies behind what another one had.
    for (const [member, count] of [
      ['dead', 100],
      ['next', 100],
    ] as const)
      await redis.xreadgroup('GROUP', group, member, 'COUNT', count, 'STREAMS', topic, '>');
    // On a slow way there is room again before every question about the stream is answered.
    const proxy = await TcpProxy.to(Number(new URL(bench.url).port));
    proxy.delayMs = 5;
    const url = `redis://127.0.0.1:${proxy.port}/0`;
    const next = await bench.transport({ ...OPTIONS, url, claimIdle: 0.1, readCount: 10 });
    const { sink } = await bench.read(next, {
      member: 'next',
      maxInFlight: 10,
      react: (delivery) => void setTimeout(() => delivery.settle(), 40),
    });
    await eventually(() => sink.deliveries.length === all.length, 'all records', 30_000);
    expect(bodies(sink)).toEqual(all);
    await bench.end();
    await proxy.stop();
  });

  it('a holder that is cut off lets go of what it has; the next takes it over first, in order', async () => {
    const server = await startRedis();
    const proxy = await TcpProxy.to(server.port);
    const own = new RedisWorkbench(server.url);
    const url = `redis://127.0.0.1:${proxy.port}/0`;
    const cutOff = await own.transport({ ...OPTIONS, url });
    const other = await own.transport(OPTIONS);
    const a = await own.read(cutOff, { member: 'a', react: () => undefined });
    await own.publish(other, 1, 2, 3);
    await eventually(() => a.sink.deliveries.length === 3, 'the records in hand');
    const b = await own.read(other, { member: 'b' });
    proxy.refuse();
    await own.publish(other, 4);
    await eventually(() => a.sink.deliveries.every(({ signal }) => signal.aborted), 'the loss');
    expect(b.sink.deliveries).toHaveLength(0);
    await eventually(() => b.sink.deliveries.length === 4, 'the take-over');
    expect(bodies(b.sink)).toEqual(['1', '2', '3', '4']);
    proxy.heal();
    await own.publish(other, 5);
    await eventually(() => b.sink.deliveries.length === 5, 'the next record');
    await b.handle.stop(soon());
    await own.publish(other, 6);
    await eventually(() => a.sink.deliveries.length > 3, 'the way back');
    expect(bodies(a.sink)).toEqual(['1', '2', '3', '6']);
    await own.end();
    await proxy.stop();
    await server.stop();
  });
});
