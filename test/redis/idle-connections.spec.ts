import { type RedisServer, startRedis } from '../services/redis.js';
import { turnsPerSecond } from '../support/loop-turns.js';
import { bodies, CLIENTS, eventually, RedisWorkbench } from './support/redis-workbench.js';

const TIMEOUT = 2;

describe.each(CLIENTS)('a Redis that closes idle connections, ioredis %s', (_, client) => {
  let server: RedisServer;
  let bench: RedisWorkbench;
  beforeAll(async () => {
    server = await startRedis({ args: ['--timeout', String(TIMEOUT)] });
    bench = new RedisWorkbench(server.url);
  });
  afterAll(async () => {
    await bench.end();
    await server.stop();
  });

  it('closes those of an idle bus, which says little and loses nothing (B-15)', async () => {
    const transport = await bench.transport({ client });
    const states = bench.states(transport);
    const { sink } = await bench.read(transport);
    await bench.publish(transport, 'first');
    await eventually(() => sink.deliveries.length === 1, 'the first record');
    sink.deliveries[0]!.settle();
    const made = async (): Promise<number> =>
      Number(/total_connections_received:(\d+)/.exec(await bench.redis.info('stats'))![1]);
    const before = await made();
    const [lines, began] = [bench.logged.length, performance.now()];
    const seconds = (): number => (performance.now() - began) / 1_000;

    await eventually(async () => (await made()) > before, 'a connection anew', TIMEOUT * 10_000);
    expect(await turnsPerSecond(TIMEOUT * 2_000)).toBeLessThanOrEqual(60);
    // Each time that they are closed it is said, and that it is over.
    expect(bench.logged.length - lines).toBeLessThanOrEqual(2 + 2 * (seconds() / TIMEOUT));

    await bench.publish(transport, 'second');
    await eventually(() => sink.deliveries.length >= 2, 'the second record');
    expect(bodies(sink)).toEqual(['first', 'second']);
    sink.deliveries[1]!.settle();
    await eventually(async () => (await bench.pending()) === 0, 'the acknowledgements');
    await eventually(() => states.at(-1)!.state === 'ready', 'the state is ready');
  });
});
