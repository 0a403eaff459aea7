import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { findProgram, freePort } from '../services/child-process.js';
import { startRedis } from '../services/redis.js';
import {
  bodies,
  CLIENTS,
  eventually,
  record,
  RedisWorkbench,
  soon,
} from './support/redis-workbench.js';

const program = process.env.TEST_REDIS_SERVER ?? findProgram('redis-server');

/** Needs redis-server on the PATH; where it is not, Redis runs in a container that has no Sentinel. */
const describeWhere = program ? describe.each(CLIENTS) : describe.skip.each(CLIENTS);

describeWhere('Redis behind a Sentinel, ioredis %s', (_, client) => {
  it('R-13: sends and reads on after the Sentinel made the replica master', async () => {
    const master = await startRedis({ persistent: true });
    const replica = await startRedis({
      args: ['--replicaof', '127.0.0.1', String(master.port)],
    });
    const folder = await mkdtemp(join(tmpdir(), 'openedx-event-bus-sentinel-'));
    const port = await freePort();
    const file = join(folder, 'sentinel.conf');
    await writeFile(
      file,
      [
        `port ${port}`,
        'bind 127.0.0.1',
        `dir ${folder}`,
        `sentinel monitor bus 127.0.0.1 ${master.port} 1`,
        'sentinel down-after-milliseconds bus 500',
        'sentinel failover-timeout bus 3000',
      ].join('\n'),
    );
    const sentinel = spawn(program!, [file, '--sentinel'], { stdio: 'ignore' });
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
        30_000,
      );
      await eventually(() => bodies(sink).includes('2'), 'the second record', 15_000);
      await transport.close(soon());
    } finally {
      second.disconnect();
      await bench.end();
      sentinel.kill();
      if (sentinel.exitCode === null) await once(sentinel, 'exit');
      await replica.stop();
      await master.stop();
      await rm(folder, { recursive: true, force: true });
    }
  }, 90_000);
});
