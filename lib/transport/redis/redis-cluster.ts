import type { HealthBoard } from '../common/health-board.js';
import { ConfigurationError } from '../../errors/index.js';
import { ClusterNodes } from './connection/cluster-nodes.js';
import { ClusterPublisher } from './publishing/cluster-publisher.js';
import { keySlot } from './connection/key-slot.js';
import type { RedisArgument, RedisClient, RedisClientClasses } from './client/redis-client.js';
import type { RedisConnection } from './connection/redis-connection.js';
import type { CommandPort, Reading, RedisDeployment } from './connection/redis-deployment.js';
import { NotConnectedError } from './client/redis-errors.js';
import type { ClusterSettings } from './settings/redis-settings.js';
import { XaddPipeline } from './publishing/xadd-pipeline.js';

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
      const allowed = 'an ioredis with `Redis` and `Cluster`';
      const found = 'one without `Cluster`';
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

  /** One for the streams of each slot: Redis refuses a command about two slots. */
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
