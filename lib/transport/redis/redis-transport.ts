import { BaseTransport } from '../common/base-transport.js';
import type { HealthBoard } from '../common/health-board.js';
import { endBy } from '../common/waiting.js';
import type {
  DeliverySink,
  OutgoingRecord,
  PublishOutcome,
  Subscription,
  TransportAdmin,
  TransportCapabilities,
} from '../transport.interface.js';
import { enterStreams } from './group-entry.js';
import { RedisAdmin } from './redis-admin.js';
import { CONNECTION_OPTIONS, RedisConnection } from './redis-connection.js';
import type { RedisClientClass } from './redis-client.js';
import { messageOf, wantsNewConnection } from './redis-errors.js';
import { RedisPublisher } from './redis-publisher.js';
import type { RedisSettings } from './redis-settings.js';
import { RedisSubscription } from './redis-subscription.js';

/** How long `subscribe` tries to reach Redis. */
const ENTER_MS = 10_000;

/**
 * Redis Streams. Owns its connections: one to publish, one for commands of consumers, and one for
 * each subscription's blocking reads. Each reconnects by itself until `close`.
 */
export class RedisTransport extends BaseTransport<RedisSubscription> {
  readonly capabilities: TransportCapabilities = {
    order: 'singleReader',
    groups: true,
    persistent: true,
    countsDeliveries: true,
  };
  readonly admin: TransportAdmin;
  private readonly produce: RedisConnection;
  private readonly command: RedisConnection;
  private readonly publisher: RedisPublisher;

  constructor(
    private readonly clientClass: RedisClientClass,
    private readonly settings: RedisSettings,
    health: HealthBoard,
  ) {
    super('Redis', health);
    this.produce = this.connection('publishing', () => this.publisher.write());
    this.command = this.connection('commands');
    this.publisher = new RedisPublisher(this.produce, settings.streamMaxLen);
    this.admin = new RedisAdmin(this.command);
  }

  publish(records: readonly OutgoingRecord[], deadline: number): Promise<PublishOutcome[]> {
    return this.publisher.publish(records, deadline);
  }

  /** The ioredis client that publishes. */
  unwrap<T>(): T {
    return this.produce.inner as T;
  }

  protected async reach(deadline: number): Promise<void> {
    await this.produce.request('PING', [], deadline);
  }

  protected async enter(
    wanted: Subscription,
    sink: DeliverySink,
    name: string,
  ): Promise<RedisSubscription> {
    const { command, settings, health } = this;
    const member = wanted.member ?? settings.consumerName;
    const deadline = Date.now() + ENTER_MS;
    const entry = await enterStreams(command, wanted, member, sink, deadline);
    const read = this.connection(`${name}, connection`);
    const onEnd = (ended: RedisSubscription): void => {
      this.drop(ended);
      health.forget(`${name}, connection`);
    };
    const parts = { name, member, entry, read, command, settings, health, onEnd };
    const subscription = new RedisSubscription(wanted, sink, parts);
    this.hold(subscription);
    if (!this.isClosing) subscription.run();
    return subscription;
  }

  protected override endPublishing(deadline: number): Promise<unknown> {
    this.publisher.close();
    return endBy(deadline, this.publisher.drained());
  }

  protected override disconnect(): void {
    this.produce.close();
    this.command.close();
  }

  protected override reasonOf(failure: unknown): string {
    return messageOf(failure);
  }

  private connection(part: string, up?: () => void): RedisConnection {
    const options = {
      ...this.settings.connection,
      ...CONNECTION_OPTIONS,
      reconnectOnError: wantsNewConnection,
    };
    return new RedisConnection(() => new this.clientClass(options), {
      up: () => {
        this.health.healed(part);
        up?.();
      },
      down: (error) => this.health.failed(part, error),
    });
  }
}
