import { askForCredentials, type AskCredentials } from './client-credentials.js';
import { quietHandshake } from './quiet-handshake.js';
import type { ClusterClient, RedisClient, RedisClientClasses } from './redis-client.js';

/** What goes with an ioredis client of ours. */
export interface ClientManners {
  /** Says something that is no fault, and to be known. */
  readonly tell: (what: string) => void;
  /** Whether a refusal calls for a new connection. */
  readonly renewsOn?: ((error: Error) => boolean) | undefined;
  readonly askCredentials?: AskCredentials | undefined;
  /** Reads wait at Redis for entries: that nothing comes is no fault. */
  readonly isForReads?: boolean;
}

/** Options of ioredis that end a read which waits; RedisConnection finds a silent connection. */
const NO_TIMEOUTS = {
  commandTimeout: undefined,
  socketTimeout: undefined,
  blockingTimeout: undefined,
} as const;

/** A client that does not connect yet. */
export function openClient(
  Redis: RedisClientClasses['Redis'],
  options: object,
  { tell, renewsOn = () => false, askCredentials, isForReads = false }: ClientManners,
): RedisClient {
  let isRenewing = false;
  // ioredis would close the connection once more, with one more listener, for each refusal of a pipeline.
  const reconnectOnError = (error: Error): boolean => {
    if (isRenewing || !renewsOn(error)) return false;
    return (isRenewing = true);
  };
  const timeouts = isForReads ? NO_TIMEOUTS : {};
  const client = new Redis({ ...options, ...timeouts, reconnectOnError });
  // A class of the application's may have options of its own.
  Object.assign((client as { options?: object }).options ?? {}, timeouts);
  client.on('connect', () => (isRenewing = false));
  adopt(client, { tell, askCredentials });
  return client;
}

function adopt(
  client: RedisClient,
  { tell, askCredentials }: Omit<ClientManners, 'renewsOn'>,
): void {
  letProcessEnd(client);
  quietHandshake(client, tell);
  if (askCredentials) askForCredentials(client, askCredentials);
}

/** Has neither the socket of a client nor its wait for the next try keep the process alive. */
function letProcessEnd(client: RedisClient): void {
  client.on('connect', () => client.stream?.unref?.());
  client.on('reconnecting', () => timersOf(client).reconnectTimeout?.unref());
}

/** Timers that ioredis keeps, and has no option for. */
interface ClientTimers {
  /** Until the next try to connect. */
  readonly reconnectTimeout?: NodeJS.Timeout | null;
  /** Until a cluster is asked again who has what. */
  readonly slotsTimer?: NodeJS.Timeout | null;
}

function timersOf(client: RedisClient): ClientTimers {
  return client as unknown as ClientTimers;
}

/**
 * Has the clients of a cluster client, which makes them itself, connect without a word on the console, and none of
 * them keep the process alive.
 */
export function quietCluster(
  cluster: ClusterClient,
  manners: Omit<ClientManners, 'renewsOn'>,
): void {
  cluster.on('+node', (node: RedisClient) => adopt(node, manners));
  cluster.on('reconnecting', () => timersOf(cluster).reconnectTimeout?.unref());
  // Set again after each look.
  for (const event of ['ready', 'refresh'])
    cluster.on(event, () => setImmediate(() => timersOf(cluster).slotsTimer?.unref()));
  // Its client for subscriptions, which no event tells of.
  const { subscriber: its } = cluster as { subscriber?: { subscriber?: RedisClient | null } };
  if (!its) return;
  let current = its.subscriber;
  Object.defineProperty(its, 'subscriber', {
    get: () => current,
    set: (next: typeof current) => {
      if (next) adopt(next, manners);
      current = next;
    },
  });
}
