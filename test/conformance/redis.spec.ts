import * as ioredis6 from 'ioredis';
import * as ioredis5 from 'ioredis-5';
import { describeIdempotencyStore, describeTransport } from '../../lib/testing/index.js';
import { redisIdempotencyStore, redisTransport } from '../../lib/transport/redis/index.js';

const host = {
  bus: 'conformance',
  setting: (name: string) =>
    name === 'EVENT_BUS_REDIS_CONNECTION_URL' ? process.env.TEST_REDIS_URL : undefined,
  logger: { log() {}, warn() {}, error() {}, debug() {} },
};

for (const [version, client] of [
  ['5', ioredis5],
  ['6', ioredis6],
] as const) {
  const factory = redisTransport({ client });
  describeTransport(`redis, ioredis ${version}`, {
    capabilities: {
      order: 'singleReader',
      groups: true,
      persistent: true,
      partitions: false,
      countsDeliveries: true,
    },
    create: async () => ({ ...(await factory(host)), dispose: async () => undefined }),
  });
  describeIdempotencyStore(`redis, ioredis ${version}`, {
    create: () => redisIdempotencyStore({ client })(host),
  });
}
