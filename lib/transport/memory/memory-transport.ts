import { BehaviorSubject } from 'rxjs';
import { ClosedError, ConfigurationError } from '../../errors/index.js';
import type {
  DeliverySink,
  EventTransport,
  OutgoingRecord,
  PublishOutcome,
  Subscription,
  SubscriptionHandle,
  TransportCapabilities,
  TransportStatus,
} from '../transport.interface.js';
import { MemoryAdmin } from './memory-admin.js';
import type { MemoryBroker } from './memory-broker.js';
import { MemorySubscription } from './memory-subscription.js';

/** The embedded transport: real records, kept in a broker object of this process. */
export class MemoryTransport implements EventTransport {
  readonly capabilities: TransportCapabilities = {
    order: 'key',
    groups: true,
    persistent: true,
    countsDeliveries: true,
  };
  readonly admin: MemoryAdmin;
  private readonly status = new BehaviorSubject<TransportStatus>({ state: 'idle' });
  readonly status$ = this.status.asObservable();
  private readonly subscriptions = new Set<MemorySubscription>();
  private joined = 0;
  private closing: Promise<void> | undefined;

  constructor(private readonly broker: MemoryBroker) {
    this.admin = new MemoryAdmin(broker);
  }

  connect(): Promise<void> {
    if (this.closing) return Promise.reject(new ClosedError('The memory transport'));
    if (this.status.value.state === 'idle') this.status.next({ state: 'ready' });
    return Promise.resolve();
  }

  publish(records: readonly OutgoingRecord[]): Promise<readonly PublishOutcome[]> {
    return Promise.resolve(records.map((record) => this.publishOne(record)));
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- what it throws must be a rejection
  async subscribe(wanted: Subscription, sink: DeliverySink): Promise<SubscriptionHandle> {
    if (this.closing) throw new ClosedError('The memory transport', placeOf(wanted));
    const problems = problemsOf(wanted);
    if (problems.length > 0) throw new ConfigurationError(problems);
    const subscription = new MemorySubscription(
      this.broker,
      wanted,
      sink,
      wanted.member ?? `member-${++this.joined}`,
      (ended) => this.subscriptions.delete(ended),
    );
    this.subscriptions.add(subscription);
    subscription.join();
    return subscription;
  }

  close(deadline: number): Promise<void> {
    return (this.closing ??= this.end(deadline));
  }

  /** The MemoryBroker. */
  unwrap<T>(): T {
    return this.broker as T;
  }

  private async end(deadline: number): Promise<void> {
    await Promise.all([...this.subscriptions].map((subscription) => subscription.stop(deadline)));
    this.status.next({ state: 'closed' });
    this.status.complete();
  }

  private publishOne(record: OutgoingRecord): PublishOutcome {
    if (this.closing) {
      const error = new ClosedError('The memory transport', { topic: record.topic });
      return { status: 'notSent', error };
    }
    const position = this.broker.topic(record.topic).append(record);
    return { status: 'sent', receipt: { position } };
  }
}

function placeOf({ topics, group }: Subscription): { topic: string; group?: string } {
  return { topic: topics.join(', '), ...(group === null ? {} : { group }) };
}

function problemsOf({ topics, maxInFlight, maxInFlightBytes = 1 }: Subscription) {
  const wrong = [
    { setting: 'topics', found: topics.length, ok: topics.length > 0 },
    { setting: 'maxInFlight', found: maxInFlight, ok: maxInFlight >= 1 },
    { setting: 'maxInFlightBytes', found: maxInFlightBytes, ok: maxInFlightBytes >= 1 },
  ].filter(({ ok }) => !ok);
  return wrong.map(({ setting, found }) => ({
    setting: `subscription ${setting}`,
    found: String(found),
    allowed: 'at least 1',
  }));
}
