import * as ioredis6 from 'ioredis';
import * as ioredis5 from 'ioredis-5';
import { reconnectingCases } from '../../lib/testing/conformance/watching.cases.js';
import { Bench } from '../../lib/testing/conformance/bench.js';
import { redisTransport } from '../../lib/transport/redis/index.js';
import { startRedis } from '../services/redis.js';

const capabilities = {
  order: 'singleReader',
  groups: true,
  persistent: true,
  partitions: false,
  countsDeliveries: true,
} as const;
const logger = { log() {}, warn() {}, error() {}, debug() {} };

describe.each([
  ['5', ioredis5],
  ['6', ioredis6],
])('transport redis, ioredis %s, on a Redis that is restarted', (_, client) => {
  it.each(reconnectingCases.map((one) => [one.name, one] as const))(
    '%s',
    async (_name, { run }) => {
      // Nothing that was confirmed may be lost, and nothing trimmed.
      const server = await startRedis({ persistent: true });
      const factory = redisTransport({ url: server.url, client, streamMaxLen: 1_000_000 });
      const bench = new Bench({
        capabilities,
        slow: 10,
        restart: () => server.restart(),
        create: async () => {
          const made = await factory({ bus: 'conformance', setting: () => undefined, logger });
          return { ...made, dispose: async () => undefined };
        },
      });
      try {
        await run(bench);
      } finally {
        await bench.end();
        await server.stop();
      }
    },
    180_000,
  );
});
