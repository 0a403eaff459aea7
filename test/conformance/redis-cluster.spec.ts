import * as ioredis6 from 'ioredis';
import * as ioredis5 from 'ioredis-5';
import { describeIdempotencyStore, describeTransport } from '../../lib/testing/index.js';
import { redisIdempotencyStore, redisTransport } from '../../lib/transport/redis/index.js';
import { startRedisCluster, type RedisCluster } from '../services/redis-cluster.js';

const logger = { log() {}, warn() {}, error() {}, debug() {} };
const START_MS = 60_000;

let cluster: RedisCluster;
beforeAll(async () => {
  cluster = await startRedisCluster();
}, START_MS);
afterAll(() => cluster.stop());

for (const [version, client] of [
  ['5', ioredis5],
  ['6', ioredis6],
] as const) {
  describeTransport(`redis cluster, ioredis ${version}`, {
    capabilities: {
      order: 'singleReader',
      groups: true,
      persistent: true,
      partitions: false,
      countsDeliveries: true,
    },
    create: async () => {
      const nodes = cluster.masters.slice(0, 1).map(({ port }) => `127.0.0.1:${port}`);
      const factory = redisTransport({ cluster: nodes, client });
      const made = await factory({ bus: 'conformance', setting: () => undefined, logger });
      return { ...made, dispose: async () => undefined };
    },
  });
  describeIdempotencyStore(`redis cluster, ioredis ${version}`, {
    create: () => {
      const nodes = cluster.masters.slice(0, 1).map(({ port }) => `127.0.0.1:${port}`);
      const factory = redisIdempotencyStore({ cluster: nodes, client });
      return factory({ bus: 'conformance', setting: () => undefined, logger });
    },
  });
}
