import type { Cluster, Kafka } from 'kafkajs';
import { ConfigurationError } from '../../../../errors/index.js';
import { forEachCluster } from './kafkajs-internals.js';

/** The releases that the patches were written for and are tested with. */
const SUPPORTED = '~2.2.4';

type Kind = 'function' | 'object';
type Parts = Readonly<Record<string, Kind>>;

/** What the patches change or read inside kafkajs. */
const OF_CLUSTER: Parts = {
  connect: 'function',
  findBroker: 'function',
  findGroupCoordinator: 'function',
  getNodeIds: 'function',
  refreshMetadata: 'function',
  refreshMetadataIfNecessary: 'function',
  targetTopics: 'object',
  brokerPool: 'object',
};
const OF_BROKER_POOL: Parts = {
  createBroker: 'function',
  findConnectedBroker: 'function',
  brokers: 'object',
  metadata: 'object',
  connectionPoolBuilder: 'object',
};
const OF_BROKER: Parts = {
  connect: 'function',
  disconnect: 'function',
  fetch: 'function',
  findGroupCoordinator: 'function',
  heartbeat: 'function',
  joinGroup: 'function',
  offsetCommit: 'function',
  syncGroup: 'function',
  versions: 'object',
  connectionPool: 'object',
};
const OF_CONNECTION_POOL: Parts = { send: 'function', pool: 'object' };
const OF_CONNECTION: Parts = { requestQueue: 'object' };
const OF_REQUEST_QUEUE: Parts = {
  pending: 'object',
  scheduleCheckPendingRequests: 'function',
  scheduleRequestTimeoutCheck: 'function',
};

type Inside = Readonly<Record<string, unknown>>;

/**
 * Looks for every part inside kafkajs that the patches rely on, without a connection. Throws ConfigurationError, which
 * names the version, where it is known, and what is missing: with another release sends and reads would fail in ways that
 * nobody sees.
 */
export async function requireInternals(Client: typeof Kafka, version?: string): Promise<void> {
  const missing = await missingInternals(Client);
  if (missing.length === 0) return;
  const found = `${version ?? 'a version'} without ${missing.join(', ')}`;
  const allowed = `a version whose internals this package supports: npm install kafkajs@${SUPPORTED}`;
  throw new ConfigurationError([{ setting: 'kafkajs', found, allowed }]);
}

async function missingInternals(Client: typeof Kafka): Promise<readonly string[]> {
  const missing: string[] = [];
  const look = (name: string, inside: unknown, parts: Parts): Inside => {
    const object = (typeof inside === 'object' ? inside : null) ?? {};
    for (const [part, kind] of Object.entries(parts)) {
      const value = (object as Inside)[part];
      // What is an object later may be null at first.
      if (typeof value !== kind) missing.push(`${name}.${part}`);
    }
    return object as Inside;
  };
  const kafka = new Client({ brokers: ['127.0.0.1:1'], logCreator: () => () => undefined });
  let found: Cluster | undefined;
  forEachCluster(kafka, (cluster) => (found = cluster));
  kafka.admin();
  if (found === undefined) return ['Kafka.createCluster'];
  const cluster = look('Cluster', found, OF_CLUSTER);
  if (missing.length > 0) return missing;
  const pool = look('BrokerPool', cluster['brokerPool'], OF_BROKER_POOL);
  if (missing.length > 0) return missing;
  const connectionPool = await (pool['connectionPoolBuilder'] as PoolBuilder).build();
  const connections = look('ConnectionPool', connectionPool, OF_CONNECTION_POOL)['pool'];
  if (missing.length > 0) return missing;
  const [connection] = connections as readonly unknown[];
  look(
    'RequestQueue',
    look('Connection', connection, OF_CONNECTION)['requestQueue'],
    OF_REQUEST_QUEUE,
  );
  const { createBroker } = pool as { createBroker: (options: object) => object };
  const logger = (found as unknown as { readonly rootLogger?: unknown }).rootLogger;
  look('Broker', createBroker({ connectionPool, logger }), OF_BROKER);
  return missing;
}

interface PoolBuilder {
  build(): Promise<object>;
}
