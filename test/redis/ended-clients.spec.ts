import { createServer } from 'node:net';
import type { TransportStatus } from '../../lib/transport/transport.interface.js';
import { bodies, CLIENTS, eventually, RedisWorkbench, soon } from './support/redis-workbench.js';

describe.each(CLIENTS)('ioredis clients that ended, ioredis %s', (_, client) => {
  interface Ending {
    disconnect(): void;
    quit(): Promise<unknown>;
  }
  let made: Ending[];
  let bench: RedisWorkbench;
  const Watched = class extends (client.Redis as new (options: object) => Ending) {
    constructor(options: object) {
      super(options);
      made.push(this);
    }
  };
  const options = { client: { Redis: Watched }, pollTimeout: 0.1, pollFailureSleep: 0.1 };

  beforeEach(() => {
    made = [];
    bench = new RedisWorkbench();
  });
  afterEach(() => bench.end());

  const failures = (states: readonly TransportStatus[]): number =>
    states.filter(({ state }) => state === 'degraded').length;

  it.each([
    ['disconnected', async (one: Ending) => one.disconnect()],
    ['quit', async (one: Ending) => one.quit().catch(() => undefined)],
  ])(
    'replaces every client that somebody %s, reads and sends on, and says so (R-13)',
    async (_how, end) => {
      const transport = await bench.transport(options);
      const { sink } = await bench.read(transport);
      await bench.publish(transport, 1);
      await eventually(() => sink.deliveries.length === 1, 'the first record');
      const states = bench.states(transport);
      expect(states).toEqual([{ state: 'ready' }]);
      const before = [...made];
      expect(before).toHaveLength(3);
      await Promise.all(before.map(end));
      await eventually(() => made.length === 6, 'three new clients');
      await bench.publish(transport, 2);
      await eventually(() => bodies(sink).includes('2'), 'the second record');
      await eventually(async () => (await bench.pending()) === 0, 'both acknowledged');
      await eventually(() => states.at(-1)!.state === 'ready', 'a good status');
      expect(failures(states)).toBeGreaterThan(0);
      expect(bodies(sink)).toEqual(['1', '2']);
      expect(transport.unwrap()).toBe(made.find((one) => one === transport.unwrap()));
      expect(before).not.toContain(transport.unwrap());
    },
  );

  it('tries again, at a bounded rate, where ioredis gives up on its Sentinels (R-13)', async () => {
    const port = await closedPort();
    const transport = await bench.transport({
      ...options,
      url: '',
      redis: {
        sentinels: [{ host: '127.0.0.1', port }],
        name: 'bus',
        sentinelRetryStrategy: () => null,
      },
    });
    const states = bench.states(transport);
    const failed = expect(transport.connect(soon(1_500))).rejects.toThrow(
      /Cannot connect to Redis/,
    );
    await eventually(() => made.length >= 3, 'a third client');
    await failed;
    expect(made.length).toBeLessThan(12);
    expect(states.at(-1)!.state).toBe('connecting');
  });
});

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
