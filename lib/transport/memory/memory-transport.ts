import { systemNow } from '../../common/clocks.js';
import { ClosedError, ConfigurationError } from '../../errors/index.js';
import { BaseTransport } from '../common/base-transport.js';
import type { HealthBoard } from '../common/health-board.js';
import type {
  DeliverySink,
  GroupLag,
  OutgoingRecord,
  PublishOutcome,
  Subscription,
  TransportCapabilities,
  RecordPosition,
  StartPosition,
  TransportAdmin,
} from '../transport.interface.js';
import type { MemoryBroker } from './memory-broker.js';
import type { DeadLetterStore } from '../dead-letter-store.interface.js';
import type { LaterRetries } from '../later-retries.interface.js';
import { MemoryDeadLetters } from './memory-dead-letters.js';
import { MemorySubscription } from './memory-subscription.js';
import { offsetAfter, startOffset } from './memory-group.js';

/** The in-memory transport: real records, kept in a broker object of this process. */
export class MemoryTransport extends BaseTransport<MemorySubscription> {
  readonly capabilities: TransportCapabilities = {
    order: 'key',
    groups: true,
    persistent: true,
    partitions: true,
    countsDeliveries: true,
  };
  readonly admin: MemoryAdmin;
  readonly deadLetters: DeadLetterStore;
  readonly laterRetries: LaterRetries;

  constructor(
    private readonly broker: MemoryBroker,
    health: HealthBoard,
  ) {
    super('memory', health);
    this.admin = new MemoryAdmin(broker);
    this.deadLetters = new MemoryDeadLetters(broker);
    this.laterRetries = {
      prepare: ({ name }) => Promise.resolve(void broker.topic(name)),
      now: () => broker.now(),
    };
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

class MemoryAdmin implements TransportAdmin {
  constructor(private readonly broker: MemoryBroker) {}

  // eslint-disable-next-line @typescript-eslint/require-await -- what it throws must be a rejection
  async resolve(topic: string, at: StartPosition): Promise<readonly RecordPosition[]> {
    return this.broker
      .topic(topic)
      .partitions.map((partition) => partition.position(startOffset(partition, at) - 1));
  }

  positions(group: string, topic: string): Promise<readonly RecordPosition[]> {
    const { cursors } = this.broker.group(group);
    const positions = this.broker.topic(topic).partitions.flatMap((partition) => {
      const cursor = cursors.get(partition.source);
      return cursor ? [partition.position(cursor.settledTo - 1)] : [];
    });
    return Promise.resolve(positions);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- what it throws must be a rejection
  async reset(group: string, to: readonly RecordPosition[]): Promise<void> {
    const { broker } = this;
    const moves = to.flatMap(({ topic }) =>
      broker.topic(topic).partitions.flatMap((partition) => {
        const offset = offsetAfter(partition, to);
        return offset === undefined ? [] : [{ partition, offset }];
      }),
    );
    const moved = broker.group(group);
    for (const { partition, offset } of moves) {
      if (moved.cursor(partition, () => offset).isNew) continue;
      moved.moveTo(partition.source, offset);
    }
  }

  members(group: string): Promise<readonly string[]> {
    return Promise.resolve([...this.broker.group(group).members].map(({ name }) => name));
  }

  lag(group: string, topic: string): Promise<readonly GroupLag[]> {
    const { cursors } = this.broker.group(group);
    return Promise.resolve(
      this.broker.topic(topic).partitions.map(({ source, index }) => {
        const cursor = cursors.get(source);
        const place = { topic, partition: String(index) };
        if (!cursor) return { ...place, events: null, oldest: null };
        const { unsettled, oldestTime } = cursor;
        const age = oldestTime === undefined ? null : Math.max(0, systemNow() - oldestTime);
        return { ...place, events: unsettled, oldest: unsettled === 0 ? 0 : age };
      }),
    );
  }

  before(position: RecordPosition): RecordPosition {
    const { topic, offset } = position;
    if (!/^\d{1,15}$/.test(offset))
      throw new ConfigurationError([
        { setting: `position in ${topic}`, found: offset, allowed: 'an integer' },
      ]);
    return { ...position, offset: String(Number(offset) - 1) };
  }
}
