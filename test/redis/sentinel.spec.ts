import { Redis } from 'ioredis';
import { startRedis } from '../services/redis.js';
import {
  bodies,
  CLIENTS,
  eventually,
  record,
  RedisWorkbench,
  soon,
} from './support/redis-workbench.js';

describe.each(CLIENTS)('Redis behind a Sentinel, ioredis %s', (_, client) => {
  it('R-13: sends and reads on after the Sentinel made the replica master', async () => {
    const master = await startRedis({
      persistent: true,
      args: ['--repl-diskless-sync-delay', '0'],
    });
    const replica = await startRedis({
      args: ['--replicaof', '127.0.0.1', String(master.port)],
    });
    const sentinel = await startRedis({
      sentinel: [
        `sentinel monitor bus 127.0.0.1 ${master.port} 1`,
        'sentinel down-after-milliseconds bus 3000',
        'sentinel failover-timeout bus 3000',
      ],
    });
    const { port } = sentinel;
    const second = new Redis(replica.url);
    const bench = new RedisWorkbench(replica.url);
    try {
      const watcher = new Redis({ port, host: '127.0.0.1' }).on('error', () => undefined);
      await eventually(
        async () => {
          const found = (await watcher.call('SENTINEL', 'replicas', 'bus')) as unknown[];
          const isInStep = (await second.info('replication')).includes('master_link_status:up');
          return found.length === 1 && isInStep;
        },
        'the Sentinel knows the replica',
        25_000,
      );
      watcher.disconnect();
      const redis = { sentinels: [{ host: '127.0.0.1', port }], name: 'bus' };
      const options = { client, redis, pollTimeout: 0.2, pollFailureSleep: 0.1 };
      const transport = await bench.transport({ ...options, url: '' });
      await transport.connect(soon());
      const { sink } = await bench.read(transport);
      await bench.publish(transport, 1);
      await eventually(() => sink.deliveries.length === 1, 'the first record');
      await master.kill();
      await eventually(
        async () => {
          const [sent] = await transport.publish([record(bench.topic, 2)], soon(1_000));
          return sent!.status === 'sent';
        },
        'a send to the new master',
        75_000,
      );
      await eventually(() => bodies(sink).includes('2'), 'the second record', 15_000);
      await transport.close(soon());
    } finally {
      second.disconnect();
      await bench.end();
      await sentinel.stop();
      await replica.stop();
      await master.stop();
    }
  }, 150_000);
});
