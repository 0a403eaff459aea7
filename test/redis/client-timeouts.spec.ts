import * as ioredis6 from 'ioredis';
import type { RedisTransportOptions } from '../../lib/transport/redis/index.js';
import { startRedisCluster } from '../services/redis-cluster.js';
import { startRedis } from '../services/redis.js';
import { begun } from './support/begun.js';
import { CLIENTS, eventually, record, RedisWorkbench, soon } from './support/redis-workbench.js';

/** Far below the block time, as a service has them for its own commands. */
const TIMEOUTS = { commandTimeout: 400, socketTimeout: 400, blockingTimeout: 400 };
const QUIET_MS = 1_500;
const QUICK: RedisTransportOptions = { pollTimeout: 1, pollFailureSleep: 0.1 };

/** What becomes of a transport whose reads wait for entries that do not come, and of an entry that comes then. */
async function wait(bench: RedisWorkbench, options: RedisTransportOptions) {
  const transport = await bench.transport({ ...QUICK, ...options });
  await transport.connect(soon());
  const { sink } = await bench.read(transport);
  const states = bench.states(transport);
  await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
  const [sent] = await transport.publish([record(bench.topic, 1)], soon());
  await eventually(() => sink.deliveries.length === 1, 'the record');
  await bench.end();
  const faults = bench.logged.filter((line) => /unreachable|degraded|Redis:/.test(line));
  return { sent: sent!.status, states: new Set(states.map(({ state }) => state)), faults };
}

const UNDISTURBED = { sent: 'sent', states: new Set(['ready', 'closed']), faults: [] };

describe.each(CLIENTS)('time-outs among the options of ioredis %s', (_, client) => {
  const single = begun(() => wait(new RedisWorkbench(), { client, redis: { ...TIMEOUTS } }));
  it('do not reach reads that wait for entries', async () => {
    expect(await single()).toEqual(UNDISTURBED);
  });

  const inClass = begun(() => {
    class Redis extends (client as typeof ioredis6).Redis {
      constructor(options: ioredis6.RedisOptions) {
        super({ ...options, ...TIMEOUTS } as never);
      }
    }
    return wait(new RedisWorkbench(), { client: { ...client, Redis } });
  });
  it('do not either where a class of the application sets them', async () => {
    expect(await inClass()).toEqual(UNDISTURBED);
  });

  const behindSentinel = begun(async () => {
    const master = await startRedis();
    const sentinel = await startRedis({
      sentinel: [`sentinel monitor bus 127.0.0.1 ${master.port} 1`],
    });
    const sentinels = [{ host: '127.0.0.1', port: sentinel.port }];
    try {
      const redis = { ...TIMEOUTS, sentinels, name: 'bus' };
      return await wait(new RedisWorkbench(master.url), { client, redis, url: '' });
    } finally {
      await sentinel.stop();
      await master.stop();
    }
  });
  it('do not behind a Sentinel', async () => {
    expect(await behindSentinel()).toEqual(UNDISTURBED);
  });
});

describe('time-outs among the options of a cluster', () => {
  it.each(CLIENTS)(
    'do not reach reads that wait for entries, ioredis %s',
    async (_, client) => {
      const cluster = await startRedisCluster();
      try {
        const bench = new RedisWorkbench('');
        const nodes = [`127.0.0.1:${cluster.masters[0]!.port}`];
        const options = { client, url: '', cluster: nodes, redis: { ...TIMEOUTS } };
        expect(await wait(bench, options)).toEqual(UNDISTURBED);
      } finally {
        await cluster.stop();
      }
    },
    60_000,
  );
});
