import { ConfigurationError } from '../../errors/index.js';
import { HealthBoard } from '../common/health-board.js';
import type { TransportFactory } from '../wire-format.interface.js';
import { StreamWireFormat } from '../wire/stream-wire-format.js';
import { MemoryBroker, type MemoryBrokerOptions } from './memory-broker.js';
import { MemoryTransport } from './memory-transport.js';

export { MemoryBroker, type MemoryBrokerOptions } from './memory-broker.js';
export { MemoryTransport } from './memory-transport.js';

export interface MemoryTransportOptions extends MemoryBrokerOptions {
  /** The broker to use, shared with whoever else has it. Default: a private one. */
  readonly broker?: MemoryBroker | undefined;
}

/**
 * The embedded transport: events travel as real Avro bytes through the memory of this process.
 *
 * Groups, order, redelivery and back-pressure are those of a broker; only the process must not end.
 * Each call makes a private broker unless `broker` is given; every bus that the returned factory
 * makes uses the same one. Throws ConfigurationError for an option that cannot work.
 */
export function memoryTransport(options: MemoryTransportOptions = {}): TransportFactory {
  const { broker: shared, ...own } = options;
  if (shared && Object.keys(own).length > 0) {
    const setting = Object.keys(own).join(', ');
    throw new ConfigurationError([
      {
        setting: `memoryTransport ${setting}`,
        found: 'given together with a broker',
        allowed: 'give it to the MemoryBroker',
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
