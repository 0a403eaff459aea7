import type { TransportFactory } from './wire-format.interface.js';

/**
 * The factory of a transport that EVENT_BUS_TRANSPORT may name, with its options from settings. Only
 * the transport that is named is loaded, and its client library with it when a bus is made.
 */
export async function loadTransport(name: 'memory' | 'redis' | 'kafka'): Promise<TransportFactory> {
  if (name === 'memory') return (await import('./memory/index.js')).memoryTransport();
  if (name === 'kafka') return (await import('./kafka/index.js')).kafkaTransport();
  return (await import('./redis/index.js')).redisTransport();
}
