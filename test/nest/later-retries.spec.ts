import { MemoryBroker, memoryTransport } from '../../lib/transport/memory/index.js';
import { describeLaterRetries } from '../support/later-retry-cases.js';

const broker = new MemoryBroker({ partitions: 3 });
describeLaterRetries('in memory', () => memoryTransport({ broker }));
