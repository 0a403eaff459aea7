import { BaseTransport } from '../common/base-transport.js';
import type { HealthBoard } from '../common/health-board.js';
import { endBy } from '../../common/waiting.js';
import type {
  DeliverySink,
  GroupLag,
  OutcomeListener,
  OutgoingRecord,
  PublishOutcome,
  Subscription,
  TransportAdmin,
  TransportCapabilities,
  RecordPosition,
  StartPosition,
} from '../transport.interface.js';
import type { DeadLetterStore } from '../dead-letter-store.interface.js';
import type { Entry } from './consuming/group-entry.js';
import type { RedisDeployment } from './connection/redis-deployment.js';
import { RedisMembership } from './consuming/redis-membership.js';
import type { RedisSettings } from './settings/redis-settings.js';
import { groupLag } from './consuming/stream-lag.js';
import { RedisSubscription } from './consuming/redis-subscription.js';
import { monotonicNow } from '../../common/clocks.js';
import { EventBusError } from '../../errors/index.js';
import { leaseKey, ownNameKey } from './leases/lease.js';
import { lastId } from './consuming/read-bound.js';
import type { RedisConnection } from './connection/redis-connection.js';
import type { LaterRetries } from '../later-retries.interface.js';
import { RedisLaterRetries } from './later-retries/redis-later-retries.js';
import { RedisDeadLetters } from './dead-letters/redis-dead-letters.js';
import { serviceFault } from './client/redis-errors.js';
import { infoMaps, text } from './client/redis-reply.js';
import {
  createGroup,
  groupPosition,
  groupsOf,
  positionIn,
  startId,
  idBefore,
} from './group/stream-group.js';

/**
 * Redis Streams. Owns its connections, those of the deployment and of each subscription's blocking
 * reads. Each reconnects by itself until `close`.
 */
export class RedisTransport extends BaseTransport<RedisMembership> {
  readonly capabilities: TransportCapabilities = {
    order: 'singleReader',
    groups: true,
    persistent: true,
    partitions: false,
    countsDeliveries: true,
  };
  readonly admin: TransportAdmin;
  readonly deadLetters: DeadLetterStore;
  readonly laterRetries: LaterRetries;

  constructor(
    private readonly deployment: RedisDeployment,
    private readonly settings: RedisSettings,
    health: HealthBoard,
  ) {
    super('Redis', health);
    this.admin = new RedisAdmin(deployment);
    this.deadLetters = new RedisDeadLetters(deployment.command);
    this.laterRetries = new RedisLaterRetries(deployment.command);
  }

  publish(
    records: readonly OutgoingRecord[],
    deadline: number,
    told?: OutcomeListener,
  ): Promise<PublishOutcome[]> {
    return this.deployment.publisher.publish(records, deadline, told);
  }

  /** The ioredis client that publishes; on a cluster the one that knows it. */
  unwrap<T>(): T {
    return this.deployment.inner as T;
  }

  protected async reach(deadline: number): Promise<void> {
    await this.deployment.ping(deadline);
  }

  protected async enter(
    wanted: Subscription,
    sink: DeliverySink,
    name: string,
  ): Promise<RedisMembership> {
    const { deployment, settings, health } = this;
    const { command } = deployment;
    const member = wanted.member ?? settings.consumerName;
    const { singleActive, nameTimeoutMs } = settings;
    const part = `${name}, joining`;
    const over = (): void => {
      health.forget(part);
      this.drop(membership);
    };
    const read = (entry: Entry): RedisSubscription => {
      const streams = entry.points.map(({ stream }) => stream);
      const readings = deployment.openReadings(streams, `${name}, connection`);
      const onEnd = (): void => {
        for (const reading of readings) health.forget(reading.part);
        over();
      };
      const parts = { name, member, entry, readings, command, settings, health, onEnd };
      const subscription = new RedisSubscription(wanted, sink, parts);
      subscription.run();
      health.forget(part);
      return subscription;
    };
    const membership = new RedisMembership(wanted, sink, {
      ...{ member, singleActive, nameTimeoutMs, command, read },
      failed: (error) => health.failed(part, error),
      healed: () => health.healed(part),
      onEnd: over,
    });
    this.hold(membership);
    try {
      await membership.enter();
    } catch (error) {
      over();
      throw error;
    }
    return membership;
  }

  protected override endPublishing(deadline: number): Promise<unknown> {
    const { publisher } = this.deployment;
    publisher.close();
    return endBy(deadline, publisher.drained());
  }

  protected override disconnect(): void {
    this.deployment.close();
  }
}

const ANSWER_MS = 10_000;
/** A running Python consumer is seen once a minute, by default. */
const SEEN_MS = 70_000;

/** A position names the last entry read: reading after it goes on. */
class RedisAdmin implements TransportAdmin {
  private readonly command: RedisConnection;

  constructor(private readonly deployment: RedisDeployment) {
    this.command = deployment.command;
  }

  resolve(topic: string, at: StartPosition): Promise<readonly RecordPosition[]> {
    return this.within(async (deadline) => {
      const id = startId(topic, at);
      return [position(topic, id === '$' ? await lastId(this.command, topic, deadline) : id)];
    });
  }

  /** None where the group does not read the topic. */
  positions(group: string, topic: string): Promise<readonly RecordPosition[]> {
    return this.within(async (deadline) => {
      const id = await groupPosition(this.command, { stream: topic, group }, deadline);
      return id === undefined ? [] : [position(topic, id)];
    });
  }

  /** Moves the group, also for its live members; makes it where it is not. What is pending stays so. */
  reset(group: string, to: readonly RecordPosition[]): Promise<void> {
    return this.within(async (deadline) => {
      for (const { topic, offset } of to) {
        const place = { stream: topic, group, from: startId(topic, { after: to }) };
        if (!(await createGroup(this.command, place, deadline)))
          await this.command.request('XGROUP', ['SETID', topic, group, offset], deadline);
      }
    });
  }

  /**
   * Of the consumers that Redis knows of the group on any stream of the database: ours while they hold
   * their lease, others when they were seen in the last 70 s (Python polls once a minute).
   */
  members(group: string): Promise<readonly string[]> {
    return this.within(async (deadline) => {
      const names = new Set<string>();
      for await (const stream of this.streams(deadline)) {
        const groups = await groupsOf(this.command, stream, deadline);
        if (!groups.some((info) => text(info.get('name')) === group)) continue;
        for (const name of await this.living({ stream, group }, deadline)) names.add(name);
      }
      return [...names].sort();
    });
  }

  lag(group: string, topic: string): Promise<readonly GroupLag[]> {
    return this.within(async (deadline) => [
      await groupLag(this.command, { stream: topic, group }, deadline),
    ]);
  }

  before(position: RecordPosition): RecordPosition {
    return { ...position, offset: idBefore(positionIn(position.topic, [position])!) };
  }

  private async living(
    { stream, group }: { stream: string; group: string },
    deadline: number,
  ): Promise<string[]> {
    const reply = await this.command.request('XINFO', ['CONSUMERS', stream, group], deadline);
    const alive: string[] = [];
    for (const consumer of infoMaps(reply)) {
      const name = text(consumer.get('name'));
      const lives = (await this.exists(ownNameKey(stream, group, name), deadline))
        ? await this.exists(leaseKey(stream, group, name), deadline)
        : Number(text(consumer.get('idle'))) < SEEN_MS;
      if (lives) alive.push(name);
    }
    return alive;
  }

  private async exists(key: string, deadline: number): Promise<boolean> {
    return Number(await this.command.request('EXISTS', [key], deadline)) > 0;
  }

  private async *streams(deadline: number): AsyncGenerator<string> {
    for (const server of await this.deployment.everyServer(deadline)) {
      let cursor = '0';
      do {
        const args = [cursor, 'COUNT', 1_000, 'TYPE', 'stream'];
        const reply = await server.request('SCAN', args, deadline);
        const [next, keys] = reply as [unknown, unknown[]];
        cursor = text(next);
        for (const key of keys) yield text(key);
      } while (cursor !== '0');
    }
  }

  private async within<T>(work: (deadline: number) => Promise<T>): Promise<T> {
    try {
      return await work(monotonicNow() + ANSWER_MS);
    } catch (error) {
      throw error instanceof EventBusError ? error : serviceFault(error);
    }
  }
}

function position(topic: string, offset: string): RecordPosition {
  return { topic, partition: '0', offset };
}
