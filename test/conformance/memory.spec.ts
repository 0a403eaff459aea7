import { memoryIdempotencyStore, memoryTransport } from '../../lib/transport/memory/index.js';
import { MemoryBroker } from '../../lib/transport/memory/memory-broker.js';
import { describeIdempotencyStore, describeTransport } from '../../lib/testing/index.js';

const host = {
  bus: 'conformance',
  setting: () => undefined,
  logger: { log() {}, warn() {}, error() {}, debug() {} },
};

for (const partitions of [1, 4]) {
  const broker = new MemoryBroker({ partitions, maxRecords: 50_000 });
  const factory = memoryTransport({ broker });
  describeTransport(`memory, partitions: ${partitions}`, {
    capabilities: {
      order: 'key',
      groups: true,
      persistent: true,
      partitions: true,
      countsDeliveries: true,
    },
    create: async () => ({ ...(await factory(host)), dispose: async () => undefined }),
  });
}

const store = memoryIdempotencyStore();
describeIdempotencyStore('memory', { create: () => store });
