import { quietHandshake } from './quiet-handshake.js';
import type { ClusterClient, RedisClient, RedisClientClasses } from './redis-client.js';

/** What goes with an ioredis client of ours. */
export interface ClientManners {
  /** Says something that is no fault, and to be known. */
  readonly tell: (what: string) => void;
  /** Whether a refusal calls for a new connection. */
  readonly renewsOn?: ((error: Error) => boolean) | undefined;
}

/** A client that does not connect yet. */
export function openClient(
  Redis: RedisClientClasses['Redis'],
  options: object,
  { tell, renewsOn = () => false }: ClientManners,
): RedisClient {
  let isRenewing = false;
  // ioredis would close the connection once more, with one more listener, for each refusal of a pipeline.
  const reconnectOnError = (error: Error): boolean => {
    if (isRenewing || !renewsOn(error)) return false;
    return (isRenewing = true);
  };
  const client = new Redis({ ...options, reconnectOnError });
  client.on('connect', () => (isRenewing = false));
  quietHandshake(client, tell);
  return client;
}

/** Has the clients of a cluster client, which makes them itself, connect without a word on the console. */
export function quietCluster(cluster: ClusterClient, tell: ClientManners['tell']): void {
  cluster.on('+node', (node: RedisClient) => quietHandshake(node, tell));
  // Its client for subscriptions, which no event tells of.
  const { subscriber: its } = cluster as { subscriber?: { subscriber?: RedisClient | null } };
  if (!its) return;
  let current = its.subscriber;
  Object.defineProperty(its, 'subscriber', {
    get: () => current,
    set: (next: typeof current) => {
      if (next) quietHandshake(next, tell);
      current = next;
    },
  });
}
