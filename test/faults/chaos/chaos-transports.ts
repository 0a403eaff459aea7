import type { ChaosTransport } from './chaos-stage.interface.js';
import { kafkaChaos } from './kafka-chaos.js';
import { MEMORY } from './memory-chaos.js';
import { REDIS, REDIS_SINGLE_ACTIVE } from './redis-chaos.js';

/** What `--transport` may name. */
export const CHAOS_TRANSPORTS: readonly ChaosTransport[] = [
  REDIS,
  REDIS_SINGLE_ACTIVE,
  kafkaChaos(1),
  MEMORY,
];
