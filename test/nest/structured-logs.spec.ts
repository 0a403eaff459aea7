import { describeStructuredLogs } from '../support/structured-log-cases.js';
import { memoryTransport } from '../../lib/transport/memory/index.js';

describeStructuredLogs('in memory', () => memoryTransport());
