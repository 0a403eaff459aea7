import { BaseTransport } from '../common/base-transport.js';
import type { HealthBoard } from '../common/health-board.js';
import { endBy } from '../../common/waiting.js';
import type {
  DeliverySink,
  OutcomeListener,
  OutgoingRecord,
  PublishOutcome,
  Subscription,
  TransportAdmin,
  TransportCapabilities,
} from '../transport.interface.js';
import type { Entry } from './consuming/group-entry.js';
import { RedisAdmin } from './redis-admin.js';
import type { RedisDeployment } from './connection/redis-deployment.js';
import { RedisMembership } from './consuming/redis-membership.js';
import type { RedisSettings } from './settings/redis-settings.js';
import { RedisSubscription } from './consuming/redis-subscription.js';

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

  constructor(
    private readonly deployment: RedisDeployment,
    private readonly settings: RedisSettings,
    health: HealthBoard,
  ) {
    super('Redis', health);
    this.admin = new RedisAdmin(deployment);
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
