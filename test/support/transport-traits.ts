import type { TransportTraits } from '../../lib/transport/wire-format.interface.js';
import { kafkaTransport } from '../../lib/transport/kafka/index.js';
import { memoryTransport } from '../../lib/transport/memory/index.js';
import { redisTransport } from '../../lib/transport/redis/index.js';

/** What the three transports say of themselves. */
export const traits: Record<'redis' | 'kafka' | 'memory', TransportTraits> = {
  redis: redisTransport(),
  kafka: kafkaTransport(),
  memory: memoryTransport(),
};
