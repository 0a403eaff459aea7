import { ConfigurationError } from '../../errors/index.js';
import { HealthBoard } from '../common/health-board.js';
import type { TransportFactory } from '../wire-format.interface.js';
import { StreamWireFormat } from '../wire/stream-wire-format.js';
import { MemoryBroker, type MemoryBrokerOptions } from './memory-broker.js';
import { MemoryTransport } from './memory-transport.js';

export { memoryIdempotencyStore } from './memory-idempotency-store.js';
export { MemoryBroker, type MemoryBrokerOptions } from './memory-broker.js';

/** Options of `memoryTransport`: those of a broker, or the broker. */
export interface MemoryTransportOptions extends MemoryBrokerOptions {
  /** The broker to use, which others may use too. Default: one that only this factory has. */
  readonly broker?: MemoryBroker | undefined;
}

/**
 * The in-memory transport, for tests and for a single process: events travel as Avro bytes, as over a broker.
 *
 * Groups, order, redelivery and back-pressure are those of a broker; the records are lost when the process ends.
 * Each call makes a broker of its own unless `broker` is given; every bus that the returned factory
 * makes uses the same one. Throws ConfigurationError for an option that is invalid.
 */
export function memoryTransport(options: MemoryTransportOptions = {}): TransportFactory {
  const { broker: shared, ...own } = options;
  if (shared && Object.keys(own).length > 0) {
    const setting = Object.keys(own).join(', ');
    throw new ConfigurationError([
      {
        setting: `memoryTransport ${setting}`,
        found: 'a value although `broker` is set',
        allowed: 'this option not to be set (pass it to the MemoryBroker)',
      },
    ]);
  }
  const broker = shared ?? new MemoryBroker(own);
  return Object.assign(
    (host: Parameters<TransportFactory>[0]) => ({
      transport: new MemoryTransport(broker, new HealthBoard('memory', host.bus, host.logger)),
      wire: new StreamWireFormat({ serviceName: host.serviceName }),
    }),
    { transportName: 'memory' },
  );
}
