import { asError } from '../../errors/thrown-values.js';
import { monotonicNow } from '../../common/clocks.js';
import { ClosedError, ConfigurationError } from '../../errors/index.js';
import { BaseTransport, errorContext } from '../common/base-transport.js';
import type { HealthBoard } from '../common/health-board.js';
import { endBy, tryUntil, pauseFor } from '../../common/waiting.js';
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
import type { LaterRetries } from '../later-retries.interface.js';
import { KafkaLaterRetries } from './own-topics/kafka-later-retries.js';
import { KafkaDeadLetters } from './dead-letters/kafka-dead-letters.js';
import { KafkaSubscription } from './consuming/kafka-subscription.js';
import type {
  KafkaDriver,
  SendingDetour,
  TopicState,
  PartitionOffsets,
} from './kafka-driver.interface.js';
import {
  isForbidden,
  isTransient,
  reasonOf,
  serviceFault,
  typed,
  isRebalance,
  rootOf,
} from './kafka-errors.js';
import { type KafkaSettings, rebalanceTimeoutMs } from './settings/kafka-settings.js';
import { RecordPublisher } from './producing/record-publisher.js';
import { groupLags } from './consuming/group-lags.js';
import { offsetsAfter, startOffsets } from './consuming/start-places.js';

/** How long `subscribe` tries to be accepted, for example while the broker loads the group. */
const ENTER_MS = 10_000;
/** As kafkajs. */
const METADATA_MS = 300_000;

/**
 * Kafka. Owns its connections: one client for questions, one to publish, and one for each
 * subscription. Each reconnects by itself until `close`.
 */
export class KafkaTransport extends BaseTransport<KafkaSubscription> {
  readonly capabilities: TransportCapabilities = {
    order: 'key',
    groups: true,
    persistent: true,
    partitions: true,
    countsDeliveries: false,
  };
  readonly admin: TransportAdmin;
  readonly deadLetters: DeadLetterStore;
  readonly laterRetries: LaterRetries;
  private readonly publisher: RecordPublisher;
  /** What each group knows of its topics. */
  private readonly topicsKnown = new Map<string, Map<string, TopicState>>();

  /** Of the last try to connect: it says more than that the next one took too long. */
  private failure: Error | undefined;

  /** `registry` ends with the transport. */
  constructor(
    private readonly driver: KafkaDriver,
    private readonly settings: KafkaSettings,
    health: HealthBoard,
    private readonly registry: { close(): void },
    private readonly detour?: SendingDetour,
  ) {
    super('Kafka', health);
    this.admin = new KafkaAdmin(driver);
    const { metadataMaxAge } = settings.kafkajs.reveal().producer ?? {};
    const metadataMaxAgeMs = typeof metadataMaxAge === 'number' ? metadataMaxAge : METADATA_MS;
    this.publisher = new RecordPublisher(driver, { ...settings, metadataMaxAgeMs }, health);
    const publish = this.publisher.publish.bind(this.publisher);
    const parts = { driver, brokers: settings.brokers, publish };
    this.laterRetries = new KafkaLaterRetries(parts);
    this.deadLetters = new KafkaDeadLetters({
      ...parts,
      warn: (line, fields) => health.warnOnce(line, fields),
      counts: settings.countDeadLetters,
    });
  }

  publish(
    records: readonly OutgoingRecord[],
    deadline: number,
    told?: OutcomeListener,
  ): Promise<readonly PublishOutcome[]> {
    const { publisher, detour } = this;
    if (detour === undefined) return publisher.publish(records, deadline, told);
    return detour.publish(records, deadline, told, publisher.publish.bind(publisher));
  }

  /** The kafkajs client that answers our questions. */
  unwrap<T>(): T {
    return this.driver.inner as T;
  }

  protected async reach(deadline: number): Promise<void> {
    const connected = this.driver.connect();
    const brokers = this.settings.brokers.join();
    if (!(await endBy(deadline, connected)))
      throw this.failure ?? new Error(`no answer from ${brokers}`);
    await connected.catch((error: unknown) => {
      throw (this.failure = asError(error));
    });
  }

  protected async enter(
    wanted: Subscription,
    sink: DeliverySink,
    name: string,
  ): Promise<KafkaSubscription> {
    const join = (): Promise<KafkaSubscription> => this.join(wanted, sink, name);
    try {
      return await tryUntil(
        monotonicNow() + ENTER_MS,
        join,
        (failure) => this.isClosing || !isTransient(failure),
      );
    } catch (failure) {
      if (failure instanceof ConfigurationError || failure instanceof ClosedError) throw failure;
      throw serviceFault(failure, errorContext(wanted));
    }
  }

  protected override endPublishing(deadline: number): Promise<void> {
    return this.publisher.close(deadline);
  }

  protected override disconnect(): void {
    this.driver.close();
    this.registry.close();
  }

  protected override isFinal(failure: unknown): boolean {
    return isForbidden(failure);
  }

  protected override reasonOf(failure: unknown): string {
    return reasonOf(failure);
  }

  private async join(
    wanted: Subscription,
    sink: DeliverySink,
    name: string,
  ): Promise<KafkaSubscription> {
    const { driver, health, settings } = this;
    const { group } = wanted;
    const topicsKnown = this.topicsKnown.get(group ?? '') ?? new Map<string, TopicState>();
    if (group !== null) this.topicsKnown.set(group, topicsKnown);
    const subscription = new KafkaSubscription(wanted, sink, {
      ...{ name, driver, health, topicsKnown, sessionTimeoutMs: settings.sessionTimeoutMs },
      rebalanceTimeoutMs: rebalanceTimeoutMs(settings),
      clientId: wanted.member ?? settings.clientId,
      onEnd: (ended) => this.drop(ended),
    });
    this.hold(subscription);
    await subscription.open();
    return subscription;
  }
}

const TRIES = 20;
const PAUSE_MS = 100;

/** Looks at and moves groups. Each method rejects with ServiceUnavailableError when the broker says no. */
class KafkaAdmin implements TransportAdmin {
  constructor(private readonly driver: KafkaDriver) {}

  async resolve(topic: string, at: StartPosition): Promise<readonly RecordPosition[]> {
    return typed({ topic }, async () =>
      positions(topic, await startOffsets(this.driver, topic, at)),
    );
  }

  async positions(group: string, topic: string): Promise<readonly RecordPosition[]> {
    return typed({ topic, group }, async () =>
      positions(
        topic,
        new Map(
          [...(await this.driver.committed(group, topic))].map(([partition, { offset }]) => [
            partition,
            offset,
          ]),
        ),
      ),
    );
  }

  /** Members that live are sent away first: they join again, and what they had in flight is read again or not at all. */
  async reset(group: string, to: readonly RecordPosition[]): Promise<void> {
    for (const topic of new Set(to.map((position) => position.topic))) {
      const offsets = new Map(offsetsAfter(topic, to));
      await typed({ topic, group }, () => this.move(group, topic, offsets));
    }
  }

  async members(group: string): Promise<readonly string[]> {
    return typed({ group }, async () =>
      (await this.driver.members(group)).map(({ clientId }) => clientId),
    );
  }

  async lag(group: string, topic: string): Promise<readonly GroupLag[]> {
    return typed({ topic, group }, () => groupLags(this.driver, group, topic));
  }

  /** Throws ConfigurationError for a position that is none of ours. */
  before(position: RecordPosition): RecordPosition {
    const [[, next]] = offsetsAfter(position.topic, [position]) as [readonly [number, number]];
    return { ...position, offset: String(next - 2) };
  }

  /** What the broker rejected was not done, so that no try moves the group a second time. */
  private async move(group: string, topic: string, offsets: PartitionOffsets): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.driver.setCommitted(group, topic, offsets);
      } catch (error) {
        if (tries === TRIES || !(isRebalance(error) || isOnItsWay(error))) throw error;
        if (isRebalance(error)) await this.driver.removeMembers(group);
        if (tries > 1) await pauseFor(PAUSE_MS);
      }
    }
  }
}

function positions(topic: string, offsets: PartitionOffsets): RecordPosition[] {
  return [...offsets].map(([partition, next]) => ({
    topic,
    partition: String(partition),
    offset: String(next - 1),
  }));
}

/** The broker that is to answer for the group changes, or does not know it yet. */
function isOnItsWay(error: unknown): boolean {
  const { type = '' } = rootOf(error);
  return [
    'NOT_COORDINATOR_FOR_GROUP',
    'GROUP_LOAD_IN_PROGRESS',
    'GROUP_COORDINATOR_NOT_AVAILABLE',
  ].includes(type);
}
