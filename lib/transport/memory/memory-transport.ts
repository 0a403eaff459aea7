import { ClosedError } from '../../errors/index.js';
import { BaseTransport } from '../common/base-transport.js';
import type { HealthBoard } from '../common/health-board.js';
import type {
  DeliverySink,
  OutgoingRecord,
  PublishOutcome,
  Subscription,
  TransportCapabilities,
} from '../transport.interface.js';
import { MemoryAdmin } from './memory-admin.js';
import type { MemoryBroker } from './memory-broker.js';
import { MemorySubscription } from './memory-subscription.js';

/** The embedded transport: real records, kept in a broker object of this process. */
export class MemoryTransport extends BaseTransport<MemorySubscription> {
  readonly capabilities: TransportCapabilities = {
    order: 'key',
    groups: true,
    persistent: true,
    partitions: true,
    countsDeliveries: true,
  };
  readonly admin: MemoryAdmin;

  constructor(
    private readonly broker: MemoryBroker,
    health: HealthBoard,
  ) {
    super('memory', health);
    this.admin = new MemoryAdmin(broker);
  }

  publish(records: readonly OutgoingRecord[]): Promise<readonly PublishOutcome[]> {
    return Promise.resolve(records.map((record) => this.publishOne(record)));
  }

  /** The MemoryBroker. */
  unwrap<T>(): T {
    return this.broker as T;
  }

  protected reach(): Promise<void> {
    return Promise.resolve();
  }

  protected async enter(
    wanted: Subscription,
    sink: DeliverySink,
    name: string,
  ): Promise<MemorySubscription> {
    const { broker } = this;
    const onEnd = (ended: MemorySubscription): void => this.drop(ended);
    const subscription = new MemorySubscription(broker, wanted, sink, wanted.member ?? name, onEnd);
    await subscription.join();
    this.hold(subscription);
    return subscription;
  }

  private publishOne(record: OutgoingRecord): PublishOutcome {
    if (this.isClosing) {
      const error = new ClosedError('The memory transport', { topic: record.topic });
      return { status: 'notSent', error };
    }
    const position = this.broker.topic(record.topic).append(record);
    return { status: 'sent', receipt: { position } };
  }
}
