import { jest } from '@jest/globals';
import { keepIt } from '../../lib/testing/conformance/recording-sink.js';
import { startRedis } from '../services/redis.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { bodies, CLIENTS, eventually, RedisWorkbench, soon } from './support/redis-workbench.js';

const sharedPort = (): number => Number(new URL(process.env.TEST_REDIS_URL!).port);

afterEach(() => jest.restoreAllMocks());

describe.each(CLIENTS)('reading from a Redis that fails, ioredis %s', (_, client) => {
  it('R-07: an entry whose reply was lost is handled without a restart, once', async () => {
    const proxy = await TcpProxy.to(sharedPort());
    const bench = new RedisWorkbench();
    const transport = await bench.transport({ client, url: `redis://127.0.0.1:${proxy.port}/0` });
    const { sink } = await bench.read(transport);
    await bench.redis.xadd(bench.topic, '*', 'event_data', 'first');
    await eventually(() => sink.deliveries.length === 1, 'the first record');
    proxy.loseNextReply(/lost on the way/);
    await bench.redis.xadd(bench.topic, '*', 'event_data', 'lost on the way');
    await bench.redis.xadd(bench.topic, '*', 'event_data', 'third');
    await eventually(() => sink.deliveries.length === 3, 'all records');
    expect(bodies(sink)).toEqual(['first', 'lost on the way', 'third']);
    await eventually(async () => (await bench.pending()) === 0, 'nothing pending');
    await bench.end();
    await proxy.stop();
  });

  it('R-06: a half-open socket is left within the block time and a margin; nothing is lost', async () => {
    const proxy = await TcpProxy.to(sharedPort());
    const bench = new RedisWorkbench();
    const url = `redis://127.0.0.1:${proxy.port}/0`;
    const transport = await bench.transport({ client, url, pollTimeout: 0.2 });
    const states = bench.states(transport);
    const { sink } = await bench.read(transport);
    proxy.blackHole();
    await bench.redis.xadd(bench.topic, '*', 'event_data', 'while deaf');
    await eventually(
      () => states.some(({ state }) => state === 'degraded'),
      'the fault shows',
      8_000,
    );
    await eventually(() => sink.deliveries.length === 1, 'the record');
    await eventually(() => states.at(-1)?.state === 'ready', 'the state is ready again');
    await bench.end();
    await proxy.stop();
  }, 30_000);

  it('R-12: a lost group is made again behind what was settled; nothing written since is skipped', async () => {
    const bench = new RedisWorkbench();
    const transport = await bench.transport({ client });
    const { sink } = await bench.read(transport, {
      react: (delivery) => {
        if (Buffer.from(delivery.record.value!).toString() !== 'in hand') delivery.settle();
      },
    });
    await bench.publish(transport, 'settled', 'in hand');
    await eventually(() => sink.deliveries.length === 2, 'two records');
    await bench.redis.del(bench.topic);
    await bench.publish(transport, 'after');
    await eventually(() => bodies(sink).includes('after'), 'the record after the loss');
    expect(bodies(sink)).toEqual(['settled', 'in hand', 'after']);
    const [remade] = sink.noticesOf('groupRemade');
    expect(remade?.detail).not.toContain('$');
    expect(bench.logged.length).toBeLessThan(10);
    await bench.end();
  });

  it('R-13: goes on after CLIENT KILL and after a restart; what is settled meanwhile is acknowledged', async () => {
    const server = await startRedis({ persistent: true });
    const bench = new RedisWorkbench(server.url);
    const transport = await bench.transport({ client });
    const { sink } = await bench.read(transport, { react: keepIt });
    await bench.publish(transport, 1, 2);
    await eventually(() => sink.deliveries.length === 2, 'two records');
    await bench.redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await server.restart();
    for (const delivery of sink.deliveries) delivery.settle();
    await eventually(async () => (await bench.pending()) === 0, 'both acknowledged');
    await eventually(async () => {
      const [outcome] = await transport.publish(
        [
          {
            topic: bench.topic,
            key: null,
            attributes: [['event_data', Buffer.from('3')]],
            value: null,
          },
        ],
        soon(),
      );
      return outcome!.status === 'sent';
    }, 'publishing works again');
    await eventually(() => sink.deliveries.length === 3, 'the third record');
    expect(bodies(sink)).toEqual(['1', '2', '3']);
    await bench.end();
    await server.stop();
  }, 30_000);

  it('N-03: stops by its deadline with Redis down, and with Redis stopped', async () => {
    const made = jest.spyOn(globalThis, 'setInterval');
    const ended = jest.spyOn(globalThis, 'clearInterval');
    for (const signal of ['SIGSTOP', 'SIGKILL'] as const) {
      const server = await startRedis();
      const bench = new RedisWorkbench(server.url);
      // A read waits for longer than a test may take.
      const transport = await bench.transport({ client, pollTimeout: 300 });
      const { sink, handle } = await bench.read(transport);
      await server.kill(signal);
      await handle.stop(soon(500));
      await transport.close(soon(500));
      expect(sink.ends).toEqual(['stopped']);
      if (signal === 'SIGSTOP') await server.kill('SIGCONT');
      await server.stop();
      await bench.end();
    }
    const timers = made.mock.results.map(({ value }) => value);
    expect(timers.length).toBeGreaterThanOrEqual(2);
    expect(ended.mock.calls.flat()).toEqual(expect.arrayContaining(timers));
  });

  it('reads the other streams while the key of one is something else', async () => {
    const bench = new RedisWorkbench();
    const transport = await bench.transport({ client, pollFailureSleep: 0.1 });
    const other = `${bench.topic}-other`;
    const { sink } = await bench.read(transport, { topics: [bench.topic, other] });
    await bench.redis.multi().del(other).set(other, 'text').exec();
    await eventually(async () => {
      await bench.publish(transport, 'x');
      return sink.deliveries.length > 0;
    }, 'records of the stream that is one').catch((error: unknown) => {
      throw new Error(bench.logged.join('\n'), { cause: error });
    });
    await bench.end();
  });
});
