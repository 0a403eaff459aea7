import { ConnectError } from '../../lib/errors/index.js';
import { memoryTransport } from '../../lib/transport/memory/index.js';
import type { TransportFactory } from '../../lib/transport/wire-format.interface.js';

/** A memory transport that takes `connect` calls and never gets through. */
export function unreachableTransport(): TransportFactory {
  const factory = memoryTransport();
  return Object.assign(
    async (host: Parameters<TransportFactory>[0]) => {
      const parts = await factory(host);
      parts.transport.connect = () => Promise.reject(new ConnectError('nobody is there'));
      return parts;
    },
    { transportName: 'memory' },
  );
}
