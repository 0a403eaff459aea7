import type { HealthBoard } from '../common/health-board.js';
import {
  openClient,
  type ClientManners,
  type RedisClient,
  type RedisClientClasses,
  type RedisArgument,
} from './client/redis-client.js';
import { CONNECTION_OPTIONS, RedisConnection } from './connection/redis-connection.js';
import type { Reading, RedisDeployment, CommandPort } from './connection/redis-deployment.js';
import { wantsNewConnection, NotConnectedError } from './client/redis-errors.js';
import { RedisPublisher } from './publishing/redis-publisher.js';
import type { RedisSettings, ClusterSettings } from './settings/redis-settings.js';
import { XaddPipeline } from './publishing/xadd-pipeline.js';
import { ConfigurationError } from '../../errors/index.js';
import { ClusterNodes } from './connection/cluster-nodes.js';
import { ClusterPublisher } from './publishing/cluster-publisher.js';
import { keySlot } from './connection/key-slot.js';

/** The Redis of the settings. It connects when it is used. Throws ConfigurationError as RedisCluster. */
export function openDeployment(
  classes: RedisClientClasses,
  settings: RedisSettings,
  health: HealthBoard,
): RedisDeployment {
  const { cluster } = settings;
  return cluster
    ? new RedisCluster(classes, { ...settings, cluster }, health)
    : new SingleRedis(classes, settings, health);
}

/** One server, or a master that Sentinels name: one connection to publish, one for commands, one for each read. */
export class SingleRedis implements RedisDeployment {
  readonly command: RedisConnection;
  readonly publisher: RedisPublisher;
  private readonly produce: RedisConnection;

  constructor(
    private readonly classes: RedisClientClasses,
    private readonly settings: RedisSettings,
    private readonly health: HealthBoard,
  ) {
    this.produce = this.connection('publishing', {}, () => this.publisher.write());
    this.command = this.connection('connection for commands');
    this.publisher = new RedisPublisher(
      this.produce,
      new XaddPipeline(classes, settings.streamMaxLen),
    );
  }

  get inner(): RedisClient {
    return this.produce.inner;
  }

  async ping(deadline: number): Promise<void> {
    await this.produce.request('PING', [], deadline);
  }

  openReadings(streams: readonly string[], part: string): readonly Reading[] {
    const read = this.connection(part, { isForReads: true });
    return [{ streams, part, read, beside: this.command }];
  }

  everyServer(): Promise<readonly RedisConnection[]> {
    return Promise.resolve([this.command]);
  }

  close(): void {
    this.produce.close();
    this.command.close();
  }

  private connection(
    part: string,
    special: Pick<ClientManners, 'isForReads'> = {},
    up?: () => void,
  ): RedisConnection {
    const { connection, askCredentials } = this.settings;
    const options = { ...connection.reveal(), ...CONNECTION_OPTIONS };
    const manners: ClientManners = {
      renewsOn: wantsNewConnection,
      askCredentials,
      ...special,
      tell: (what) => this.health.warnOnce(what),
    };
    return new RedisConnection(() => openClient(this.classes.Redis, options, manners), {
      up: () => {
        this.health.healed(part);
        up?.();
      },
      down: (error) => this.health.failed(part, error),
    });
  }
}

/** A Redis Cluster: a connection to each master, one for each slot that is read, and a client that knows who has what. */
export class RedisCluster implements RedisDeployment {
  readonly command: RedisConnection;
  readonly publisher: ClusterPublisher;
  private readonly nodes: ClusterNodes;

  /** Throws ConfigurationError when the ioredis that was handed over has no cluster client. */
  constructor(
    { Redis, Cluster, Command }: RedisClientClasses,
    settings: ClusterSettings,
    health: HealthBoard,
  ) {
    if (!Cluster) {
      const allowed = 'an ioredis module that exports `Redis` and `Cluster`';
      const found = 'a module without `Cluster`';
      throw new ConfigurationError([{ setting: 'redisTransport client', found, allowed }]);
    }
    this.nodes = new ClusterNodes({ Redis, Cluster }, settings, health);
    this.publisher = new ClusterPublisher(
      this.nodes,
      new XaddPipeline({ Command }, settings.streamMaxLen),
    );
    this.command = this.nodes.command;
  }

  get inner(): RedisClient {
    return this.command.inner;
  }

  async ping(deadline: number): Promise<void> {
    await this.command.request('PING', [], deadline);
  }

  /** One for the streams of each slot: Redis rejects a command about two slots. */
  openReadings(streams: readonly string[], part: string): readonly Reading[] {
    const bySlot = new Map<number, string[]>();
    for (const stream of streams) {
      const slot = keySlot(stream);
      bySlot.set(slot, [...(bySlot.get(slot) ?? []), stream]);
    }
    return [...bySlot].map(([slot, together]) =>
      this.openReading(together, `${part} for slot ${slot}`),
    );
  }

  everyServer(deadline: number): Promise<readonly RedisConnection[]> {
    return this.nodes.all(deadline);
  }

  close(): void {
    this.nodes.close();
  }

  private openReading(streams: readonly string[], part: string): Reading {
    const beside = new NodeCommands();
    const read = this.nodes.follow(streams[0]!, part, (address) => {
      beside.node = this.nodes.at(address);
      beside.node.start();
    });
    return { streams, part, read, beside };
  }
}

/** Commands to the node that a read is at, if there is one. */
class NodeCommands implements CommandPort {
  node: RedisConnection | undefined;

  get isReady(): boolean {
    return this.node?.isReady ?? false;
  }

  async call(command: string, args: readonly RedisArgument[], ms: number): Promise<unknown> {
    if (!this.node) throw new NotConnectedError();
    return this.node.call(command, args, ms);
  }
}
