import * as ioredis6 from 'ioredis';
import * as ioredis5 from 'ioredis-5';
import { redisTransport } from '../../lib/transport/redis/index.js';
import { type RedisCluster, startRedisCluster } from '../services/redis-cluster.js';
import { sharedRedisUrl } from '../services/shared-services.js';
import { describeLaterRetries } from '../support/later-retry-cases.js';

let cluster: RedisCluster;
beforeAll(async () => (cluster = await startRedisCluster()), 60_000);
afterAll(() => cluster?.stop());

for (const [version, client] of [
  ['5', ioredis5],
  ['6', ioredis6],
] as const) {
  let made = 0;
  describeLaterRetries(`Redis, ioredis ${version}`, () =>
    redisTransport({
      client,
      url: sharedRedisUrl(),
      consumerName: `one-${++made}`,
      pollTimeout: 1,
    }),
  );
  describeLaterRetries(`Redis cluster, ioredis ${version}`, () => {
    const nodes = cluster.masters.slice(0, 1).map(({ port }) => `127.0.0.1:${port}`);
    return redisTransport({
      client,
      cluster: nodes,
      consumerName: `one-${++made}`,
      pollTimeout: 1,
    });
  });
}
