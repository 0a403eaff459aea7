import { monotonicNow } from '../../common/clocks.js';
import { BaseTransport } from '../common/base-transport.js';
import type { HealthBoard } from '../common/health-board.js';
import { endBy } from '../common/waiting.js';
import type {
  DeliverySink,
  OutcomeListener,
  OutgoingRecord,
  PublishOutcome,
  Subscription,
  TransportAdmin,
  TransportCapabilities,
} from '../transport.interface.js';
import { enterStreams } from './group-entry.js';
import { RedisAdmin } from './redis-admin.js';
import type { RedisDeployment } from './redis-deployment.js';
import type { RedisSettings } from './redis-settings.js';
import { RedisSubscription } from './redis-subscription.js';

/** How long `subscribe` tries to reach Redis. */
const ENTER_MS = 10_000;

/**
 * Redis Streams. Owns its connections, those of the deployment and of each subscription's blocking
 * reads. Each reconnects by itself until `close`.
 */
export class RedisTransport extends BaseTransport<RedisSubscription> {
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
  ): Promise<RedisSubscription> {
    const { deployment, settings, health } = this;
    const { command } = deployment;
    const member = wanted.member ?? settings.consumerName;
    const deadline = monotonicNow() + ENTER_MS;
    const { singleActive } = settings;
    const joining = { member, singleActive };
    const entry = await enterStreams(command, wanted, joining, sink, deadline);
    const streams = entry.points.map(({ stream }) => stream);
    const readings = deployment.openReadings(streams, `${name}, connection`);
    const onEnd = (ended: RedisSubscription): void => {
      this.drop(ended);
      for (const { part } of readings) health.forget(part);
    };
    const parts = { name, member, entry, readings, command, settings, health, onEnd };
    const subscription = new RedisSubscription(wanted, sink, parts);
    this.hold(subscription);
    if (!this.isClosing) subscription.run();
    return subscription;
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
