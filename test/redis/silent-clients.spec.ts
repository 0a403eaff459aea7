import { bodies, eventually, RedisWorkbench } from './support/redis-workbench.js';

/** After so long without a sign of trying a client is replaced. */
const SILENT_MS = 30_000;

interface Client {
  call(command: string, ...args: string[]): Promise<unknown>;
}

describe('ioredis clients that do nothing', () => {
  let bench: RedisWorkbench;

  beforeEach(() => (bench = new RedisWorkbench()));
  afterEach(() => bench.end());

  it(
    'replaces those that would wait for an hour before they connect again, once half a minute is over (R-13)',
    async () => {
      const { Redis } = await import('ioredis');
      const made: Client[] = [];
      const Watched = class extends (Redis as unknown as new (options: object) => Client) {
        constructor(options: object) {
          super({ ...options, retryStrategy: () => 3_600_000 });
          made.push(this);
        }
      };
      const transport = await bench.transport({
        client: { Redis: Watched },
        pollTimeout: 0.1,
        pollFailureSleep: 0.1,
      });
      const { sink } = await bench.read(transport);
      await bench.publish(transport, 1);
      await eventually(() => bodies(sink).length === 1, 'the first record');
      const states = bench.states(transport);
      const lost = [...made];
      const ids = await Promise.all(lost.map((client) => client.call('CLIENT', 'ID')));
      const cutAt = performance.now();
      for (const id of ids) await bench.redis.call('CLIENT', 'KILL', 'ID', String(id));
      await eventually(() => states.at(-1)!.state === 'degraded', 'a bad status');
      await eventually(() => made.length === 2 * lost.length, 'new clients', SILENT_MS + 5_000);
      expect(performance.now() - cutAt).toBeGreaterThan(SILENT_MS - 1_000);
      await bench.publish(transport, 2);
      await eventually(() => bodies(sink).length === 2, 'the second record');
      expect(bodies(sink)).toEqual(['1', '2']);
      await eventually(() => states.at(-1)!.state === 'ready', 'a good status');
    },
    SILENT_MS + 30_000,
  );
});
