import type { HealthBoard } from '../../common/health-board.js';
import { backoffDelay } from '../../../common/waiting.js';
import { keySlot } from './key-slot.js';
import {
  openClient,
  quietCluster,
  type ClientManners,
  type ClusterClient,
  type RedisClient,
  type RedisClientClasses,
} from '../client/redis-client.js';
import { CONNECTION_OPTIONS, RedisConnection } from './redis-connection.js';
import { hasMoved, NotConnectedError } from '../client/redis-errors.js';
import type { ClusterSettings } from '../settings/redis-settings.js';

const REFRESH_MS = 5_000;

/**
 * The masters of a cluster, as an ioredis cluster client finds them, with a connection of our own to
 * each: what must be written once, or waits at one server, goes there and not through that client.
 */
export class ClusterNodes {
  /** By the cluster client: each command goes to the master of its key, wherever that is now. */
  readonly command: RedisConnection;
  private readonly masters = new Map<string, RedisConnection>();
  private readonly tell = (what: string): void => this.health.warnOnce(what);

  constructor(
    private readonly classes: Required<Pick<RedisClientClasses, 'Redis' | 'Cluster'>>,
    private readonly settings: ClusterSettings,
    private readonly health: HealthBoard,
  ) {
    this.command = this.watched('connection for commands', () => this.openCluster());
  }

  /** `host:port` of the master of a stream; undefined while that is not known. */
  ownerOf(stream: string): string | undefined {
    return this.cluster.slots[keySlot(stream)]?.[0];
  }

  /** The connection to a master, not begun. */
  at(address: string): RedisConnection {
    let node = this.masters.get(address);
    if (!node) {
      node = this.watched(partOf(address), () => this.openNode(address, CONNECTION_OPTIONS));
      this.masters.set(address, node);
    }
    return node;
  }

  /** Connections to all masters. Rejects with NotConnectedError at the deadline (by `monotonicNow`). */
  async all(deadline: number): Promise<RedisConnection[]> {
    await this.command.whenReady(deadline);
    return [...this.addresses()].map((address) => this.at(address));
  }

  /** Asks who has which slot now. */
  refresh(): void {
    if (this.command.isReady) this.cluster.refreshSlotsCache();
  }

  /** A connection to whichever node is the master of the stream each time that it is made. */
  follow(stream: string, part: string, opened: (address: string) => void): RedisConnection {
    let times = 0;
    return this.watched(part, () => {
      if (times++ > 0) this.refresh();
      const address = this.ownerOf(stream);
      if (address === undefined)
        throw new NotConnectedError(new Error(`no cluster node found for stream ${stream}`));
      opened(address);
      // It ends with its socket; the next one finds the master of then.
      const retryStrategy = (): null => null;
      const options = { ...CONNECTION_OPTIONS, retryStrategy };
      return this.openNode(address, options, { renewsOn: hasMoved, isForReads: true });
    });
  }

  close(): void {
    this.command.close();
    for (const node of this.masters.values()) node.close();
  }

  private get cluster(): ClusterClient {
    return this.command.inner as ClusterClient;
  }

  private addresses(): Set<string> {
    const runs = new Set(this.cluster.slots);
    return new Set([...runs].flatMap((nodes) => nodes?.slice(0, 1) ?? []));
  }

  private openCluster(): ClusterClient {
    const { cluster: place, connection } = this.settings;
    const { maxRetriesPerRequest, disconnectTimeout } = CONNECTION_OPTIONS;
    const cluster = new this.classes.Cluster(place.nodes, {
      slotsRefreshInterval: REFRESH_MS,
      ...place.options.reveal(),
      redisOptions: { ...connection.reveal(), maxRetriesPerRequest, disconnectTimeout },
      lazyConnect: true,
      // A command for a node that is being connected to waits for it.
      enableOfflineQueue: true,
      // What may have been written is not written again.
      retryDelayOnFailover: 0,
      clusterRetryStrategy: (times: number) => backoffDelay(times, 50, 3_000),
    });
    cluster.on('refresh', () => this.forgetOthers());
    quietCluster(cluster, { tell: this.tell, askCredentials: this.settings.askCredentials });
    return cluster;
  }

  private openNode(
    address: string,
    options: object,
    special: Pick<ClientManners, 'renewsOn' | 'isForReads'> = {},
  ): RedisClient {
    const colon = address.lastIndexOf(':');
    const place = { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
    return openClient(
      this.classes.Redis,
      { ...this.settings.connection.reveal(), ...place, ...options },
      { tell: this.tell, askCredentials: this.settings.askCredentials, ...special },
    );
  }

  /** A node that is gone and no master any more is nobody's fault. */
  private forgetOthers(): void {
    const present = this.addresses();
    for (const [address, node] of this.masters) {
      if (present.has(address) || node.isReady) continue;
      this.masters.delete(address);
      node.close();
      this.health.forget(partOf(address));
    }
  }

  private watched(part: string, open: () => RedisClient): RedisConnection {
    return new RedisConnection(open, {
      up: () => this.health.healed(part),
      down: (error) => this.health.failed(part, error),
    });
  }
}

function partOf(address: string): string {
  return `connection to node ${address}`;
}
