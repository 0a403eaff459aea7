import type { Socket } from 'node:net';
import type { Broker, BrokerMetadata, Cluster, Kafka } from 'kafkajs';

/** A request as kafkajs hands it to its connections. */
export interface ProtocolRequest {
  readonly request: {
    readonly apiKey?: number;
    readonly apiName: string;
    readonly apiVersion: number;
    readonly encode: () => Promise<unknown>;
  };
  readonly response: ProtocolResponse;
}

export interface ProtocolResponse {
  readonly decode: (bytes: Buffer) => Promise<unknown>;
  /** Throws the first error that is in an answer. */
  readonly parse?: (answer: unknown) => Promise<unknown>;
}

interface ConnectionPool {
  send(asked: ProtocolRequest): Promise<unknown>;
}

interface BrokerPool {
  createBroker: (options: unknown) => Broker;
  readonly metadata?: BrokerMetadata | null;
  readonly brokers?: Readonly<Record<string, Broker | undefined>>;
  findConnectedBroker(): Promise<Broker>;
}

/** What a broker speaks: by number of the request, once it is connected. */
type Versions = Readonly<
  Record<number, { readonly minVersion: number; readonly maxVersion: number } | undefined>
>;

const NO_ANSWER = new Set(['KafkaJSConnectionClosedError', 'KafkaJSRequestTimeoutError']);

/** Calls `act` with each broker of a cluster before it is used for the first time. */
export function forEachBroker(cluster: Cluster, act: (broker: Broker) => void): void {
  const find = cluster.findBroker.bind(cluster);
  const found = new WeakSet<Broker>();
  cluster.findBroker = async (node) => {
    const broker = await find(node);
    if (!found.has(broker)) {
      found.add(broker);
      act(broker);
    }
    return broker;
  };
}

/** Calls `act` with each broker of a cluster that is made from now on, those that kafkajs only asks for others too. */
export function forEachNewBroker(cluster: Cluster, act: (broker: Broker) => void): void {
  const pool = poolOf(cluster);
  if (!pool) return;
  const create = pool.createBroker;
  pool.createBroker = (options) => {
    const broker = create(options);
    act(broker);
    return broker;
  };
}

/** A broker of the cluster that is connected. Undefined where kafkajs is not as it was. */
export async function anyBroker(cluster: Cluster): Promise<Broker | undefined> {
  return poolOf(cluster)?.findConnectedBroker?.();
}

/** Ends the connections to a broker: what waits for its answer rejects. */
export function endConnectionsTo(cluster: Cluster, broker: number): void {
  const known = poolOf(cluster)?.brokers?.[broker] as
    { connectionPool?: { pool?: readonly { socket?: Socket | null }[] } } | undefined;
  // kafkajs does not notice a socket that is closed without an error.
  const error = new Error('The broker did not answer a request in time');
  for (const { socket } of known?.connectionPool?.pool ?? []) socket?.destroy(error);
}

/** What the cluster knows about the topics once brokers were asked about them, and about no others. */
export async function askAbout(
  cluster: Cluster,
  topics: readonly string[],
): Promise<BrokerMetadata['topicMetadata']> {
  (cluster as unknown as { targetTopics: Set<string> }).targetTopics = new Set(topics);
  await cluster.refreshMetadata();
  return poolOf(cluster)?.metadata?.topicMetadata ?? [];
}

/** The error that kafkajs makes of a part of an answer. */
export async function rejectionOf({ parse }: ProtocolResponse, answer: unknown): Promise<Error> {
  try {
    await parse?.(answer);
  } catch (error) {
    return error as Error;
  }
  return new Error('the broker answered with an error code that kafkajs does not know');
}

/** The newest version of a request, by its number, that a broker speaks; -1 where that is not known. */
export function newestVersion(broker: Broker, request: number): number {
  const { versions } = broker as unknown as { versions?: Versions };
  return versions?.[request]?.maxVersion ?? -1;
}

/** The answer of a broker to a request of our own. */
export function askBroker(broker: Broker, asked: ProtocolRequest): Promise<unknown> {
  const { connectionPool: pool } = broker as unknown as { connectionPool: ConnectionPool };
  return pool.send(asked);
}

/** Calls `act` with the cluster of each producer, consumer and admin made from now on: kafkajs gives it to nobody. */
export function forEachCluster(kafka: Kafka, act: (cluster: Cluster) => void): void {
  changeClusters(kafka, (make) => {
    const cluster = make();
    act(cluster);
    return cluster;
  });
}

/** Gives the producers, consumers and admins made from now on another cluster. Whether that is possible. */
export function standInFor(kafka: Kafka, cluster: object): boolean {
  return changeClusters(kafka, () => cluster as Cluster);
}

function changeClusters(kafka: Kafka, change: (make: () => Cluster) => Cluster): boolean {
  const makers = kafka as unknown as Record<symbol, ((...args: unknown[]) => Cluster) | undefined>;
  const key = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  );
  const make = key && makers[key];
  if (!make) return false;
  makers[key] = (...args) => change(() => make(...args));
  return true;
}

/** kafkajs's name for a log-on that failed, and ours where the function that gives credentials did. */
const NOT_LOGGED_ON = new Set(['KafkaJSSASLAuthenticationError', 'CredentialsError']);

/**
 * Has kafkajs go on to the next broker of its list where one accepts a connection and then closes it or
 * says nothing, as a load balancer does for a dead one: it would stay with it until it gives up. And has it begin a
 * log-on that failed with another connection: on the same one the broker refuses to begin again.
 */
export function leaveDeadBrokers(cluster: Cluster): void {
  forEachNewBroker(cluster, (broker) => {
    const connect = broker.connect.bind(broker);
    broker.connect = () =>
      connect().catch(async (error: Error) => {
        if (NOT_LOGGED_ON.has(error.name)) await broker.disconnect().catch(() => undefined);
        // The one name by which kafkajs knows a broker that it cannot reach.
        if (NO_ANSWER.has(error.name)) error.name = 'KafkaJSConnectionError';
        throw error;
      });
  });
}

interface RequestQueue {
  scheduleRequestTimeoutCheck?: () => void;
  scheduleCheckPendingRequests?: () => void;
  readonly requestTimeoutIntervalId?: NodeJS.Timeout;
  readonly pending?: readonly unknown[];
}

/**
 * Has the timers of connections to brokers of the cluster keep no process alive: one looks for requests that took too
 * long, and one, where nothing need be sent later, would wake the process each millisecond for ever.
 */
export function letProcessEnd(cluster: Cluster): void {
  forEachNewBroker(cluster, (broker) => {
    const { connectionPool } = broker as unknown as {
      readonly connectionPool?: {
        readonly pool?: readonly { readonly requestQueue?: RequestQueue }[];
      };
    };
    for (const { requestQueue: queue } of connectionPool?.pool ?? []) {
      const lookForLate = queue?.scheduleRequestTimeoutCheck?.bind(queue);
      const sendLater = queue?.scheduleCheckPendingRequests?.bind(queue);
      if (!queue || !lookForLate || !sendLater) continue;
      queue.scheduleRequestTimeoutCheck = () => {
        lookForLate();
        queue.requestTimeoutIntervalId?.unref();
      };
      queue.scheduleCheckPendingRequests = () => {
        if (queue.pending?.length !== 0) sendLater();
      };
    }
  });
}

/** Has kafkajs repeat no more what fails from now on: nothing of the cluster can be asked. */
export function endRepeats(cluster: Cluster): void {
  const closed = (): Promise<never> =>
    Promise.reject(Object.assign(new Error('The client is closed'), { retriable: false }));
  const methods = ['connect', 'refreshMetadata', 'refreshMetadataIfNecessary', 'findBroker'];
  Object.assign(cluster, Object.fromEntries(methods.map((name) => [name, closed])));
}

/** Has `change` change each request of a broker. Nothing happens where kafkajs is not as it was. */
export function changeRequests(
  broker: Broker,
  change: (asked: ProtocolRequest) => ProtocolRequest,
): void {
  const { connectionPool: pool } = broker as unknown as { connectionPool?: ConnectionPool };
  if (typeof pool?.send !== 'function') return;
  const send = pool.send.bind(pool);
  pool.send = (asked) => send(change(asked));
}

function poolOf(cluster: Cluster): BrokerPool | undefined {
  const { brokerPool: pool } = cluster as unknown as { brokerPool?: BrokerPool };
  return typeof pool?.createBroker === 'function' ? pool : undefined;
}
