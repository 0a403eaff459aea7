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
import { KafkaSubscription, placeOf } from './consuming/kafka-subscription.js';
import type { HealthBoard } from './health-board.js';
import { KafkaAdmin } from './kafka-admin.js';
import type { KafkaDriver } from './kafka-driver.interface.js';
import { isForbidden, isTransient, reasonOf, serviceFault } from './kafka-errors.js';
import type { KafkaSettings } from './kafka-settings.js';
import { RecordPublisher } from './producing/record-publisher.js';
import { backoffDelay, endBy, pauseFor } from './waiting.js';

/** How long `subscribe` tries to join, for example while the broker loads the group. */
const ENTER_MS = 10_000;

/**
 * Kafka. Owns its connections: one client for questions, one to publish, and one for each
 * subscription. Each reconnects by itself until `close`.
 */
export class KafkaTransport implements EventTransport {
  readonly capabilities: TransportCapabilities = {
    order: 'key',
    groups: true,
    persistent: true,
    countsDeliveries: false,
  };
  readonly admin: TransportAdmin;
  private readonly publisher: RecordPublisher;
  private readonly subscriptions = new Set<KafkaSubscription>();
  private subscribed = 0;
  private closing: Promise<void> | undefined;

  constructor(
    private readonly driver: KafkaDriver,
    private readonly settings: KafkaSettings,
    private readonly health: HealthBoard,
  ) {
    this.admin = new KafkaAdmin(driver);
    this.publisher = new RecordPublisher(driver, settings.maxRequestBytes, health);
  }

  get status$(): Observable<TransportStatus> {
    return this.health.status$;
  }

  async connect(deadline: number): Promise<void> {
    if (this.closing) throw new ClosedError('The Kafka transport');
    this.health.connecting();
    let failure: unknown = new Error('no answer');
    for (let failures = 1; ; failures++) {
      try {
        const connected = this.driver.connect();
        if (await endBy(deadline, connected)) {
          await connected;
          this.health.healed('connecting');
          return;
        }
      } catch (error) {
        failure = error;
      }
      const delay = backoffDelay(failures, 100);
      const refused = isForbidden(failure);
      if (this.closing || refused || Date.now() + delay >= deadline)
        throw new ConnectError(`Kafka does not answer: ${reasonOf(failure)}`, failure);
      await pauseFor(delay);
    }
  }

  publish(
    records: readonly OutgoingRecord[],
    deadline: number,
  ): Promise<readonly PublishOutcome[]> {
    return this.publisher.publish(records, deadline);
  }

  async subscribe(wanted: Subscription, sink: DeliverySink): Promise<SubscriptionHandle> {
    if (this.closing) throw new ClosedError('The Kafka transport', placeOf(wanted));
    checkSubscription(wanted);
    this.health.connecting();
    const giveUpAt = Date.now() + ENTER_MS;
    for (let failures = 1; ; failures++) {
      try {
        return await this.join(wanted, sink);
      } catch (error) {
        if (error instanceof ConfigurationError || error instanceof ClosedError) throw error;
        const delay = backoffDelay(failures, 100);
        if (!isTransient(error) || this.closing || Date.now() + delay >= giveUpAt)
          throw serviceFault(error, placeOf(wanted));
        await pauseFor(delay);
      }
    }
  }

  close(deadline: number): Promise<void> {
    return (this.closing ??= this.end(deadline));
  }

  /** The kafkajs client that answers our questions. */
  unwrap<T>(): T {
    return this.driver.inner as T;
  }

  private async join(wanted: Subscription, sink: DeliverySink): Promise<KafkaSubscription> {
    const { driver, health, settings } = this;
    const subscription = new KafkaSubscription(wanted, sink, {
      ...{ driver, health, sessionTimeoutMs: settings.sessionTimeoutMs },
      name: `subscription ${++this.subscribed} (${wanted.group ?? 'no group'})`,
      clientId: wanted.member ?? settings.clientId,
      onEnd: (ended) => void this.subscriptions.delete(ended),
    });
    this.subscriptions.add(subscription);
    await subscription.join();
    // Closed while it joined: nothing may be left behind.
    if (this.closing) await subscription.stop(Date.now());
    return subscription;
  }

  private async end(deadline: number): Promise<void> {
    await Promise.all([
      this.publisher.close(deadline),
      ...[...this.subscriptions].map((subscription) => subscription.stop(deadline)),
    ]);
    this.driver.close();
    this.health.closed();
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
