import type { Observable } from 'rxjs';
import { ClosedError, ConfigurationError, ConnectError } from '../../errors/index.js';
import type {
  DeliverySink,
  EventTransport,
  OutgoingRecord,
  PublishOutcome,
  Subscription,
  SubscriptionHandle,
  TransportAdmin,
  TransportCapabilities,
  TransportStatus,
} from '../transport.interface.js';
import { enterStreams } from './group-entry.js';
import type { HealthBoard } from './health-board.js';
import { RedisAdmin } from './redis-admin.js';
import { CONNECTION_OPTIONS, RedisConnection } from './redis-connection.js';
import type { RedisClientClass } from './redis-client.js';
import { messageOf, wantsNewConnection } from './redis-errors.js';
import { RedisPublisher } from './redis-publisher.js';
import type { RedisSettings } from './redis-settings.js';
import { RedisSubscription } from './redis-subscription.js';
import { backoffDelay, endBy, pauseFor } from './waiting.js';

/** How long `subscribe` tries to reach Redis. */
const ENTER_MS = 10_000;

/**
 * Redis Streams. Owns its connections: one to publish, one for commands of consumers, and one for
 * each subscription's blocking reads. Each reconnects by itself until `close`.
 */
export class RedisTransport implements EventTransport {
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
  private readonly subscriptions = new Set<RedisSubscription>();
  private subscribed = 0;
  private closing: Promise<void> | undefined;

  constructor(
    private readonly clientClass: RedisClientClass,
    private readonly settings: RedisSettings,
    private readonly health: HealthBoard,
  ) {
    this.produce = this.connection('publishing', () => this.publisher.write());
    this.command = this.connection('commands');
    this.publisher = new RedisPublisher(this.produce, settings.streamMaxLen);
    this.admin = new RedisAdmin(this.command);
  }

  get status$(): Observable<TransportStatus> {
    return this.health.status$;
  }

  async connect(deadline: number): Promise<void> {
    if (this.closing) throw new ClosedError('The Redis transport');
    this.health.connecting();
    for (let failures = 1; ; failures++) {
      try {
        await this.produce.request('PING', [], deadline);
        return;
      } catch (error) {
        const delay = backoffDelay(failures, 100);
        if (this.closing || Date.now() + delay >= deadline)
          throw new ConnectError(`Redis does not answer: ${messageOf(error)}`, error);
        await pauseFor(delay);
      }
    }
  }

  publish(records: readonly OutgoingRecord[], deadline: number): Promise<PublishOutcome[]> {
    return this.publisher.publish(records, deadline);
  }

  async subscribe(wanted: Subscription, sink: DeliverySink): Promise<SubscriptionHandle> {
    if (this.closing) throw new ClosedError('The Redis transport');
    checkSubscription(wanted);
    this.health.connecting();
    const { command, settings, health } = this;
    const member = wanted.member ?? settings.consumerName;
    const deadline = Date.now() + ENTER_MS;
    const entry = await enterStreams(command, wanted, member, sink, deadline);
    const name = `subscription ${++this.subscribed} (${wanted.group ?? 'no group'})`;
    const read = this.connection(`${name}, connection`);
    const onEnd = (ended: RedisSubscription): void => {
      this.subscriptions.delete(ended);
      health.forget(`${name}, connection`);
    };
    const parts = { name, member, entry, read, command, settings, health, onEnd };
    const subscription = new RedisSubscription(wanted, sink, parts);
    this.subscriptions.add(subscription);
    // Closed while it joined: nothing may be left behind.
    if (this.closing) await subscription.stop(Date.now());
    else subscription.run();
    return subscription;
  }

  close(deadline: number): Promise<void> {
    return (this.closing ??= this.end(deadline));
  }

  /** The ioredis client that publishes. */
  unwrap<T>(): T {
    return this.produce.inner as T;
  }

  private async end(deadline: number): Promise<void> {
    this.publisher.close();
    await Promise.all([
      endBy(deadline, this.publisher.drained()),
      ...[...this.subscriptions].map((subscription) => subscription.stop(deadline)),
    ]);
    this.produce.close();
    this.command.close();
    this.health.closed();
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

function checkSubscription({ topics, maxInFlight, maxInFlightBytes = 1 }: Subscription): void {
  const counts = { topics: topics.length, maxInFlight, maxInFlightBytes };
  const problems = Object.entries(counts)
    .filter(([, found]) => !(found >= 1))
    .map(([setting, found]) => ({
      setting: `subscription ${setting}`,
      found: String(found),
      allowed: 'at least 1',
    }));
  if (problems.length > 0) throw new ConfigurationError(problems);
}
