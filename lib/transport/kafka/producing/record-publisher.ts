import { monotonicNow } from '../../../common/clocks.js';
import type { HealthBoard } from '../../common/health-board.js';
import { endBy } from '../../../common/waiting.js';
import type { OutcomeListener, OutgoingRecord, PublishOutcome } from '../../transport.interface.js';
import type { KafkaDriver } from '../kafka-driver.interface.js';
import { isRefusal, rootOf } from '../kafka-errors.js';
import type { KafkaSettings } from '../settings/kafka-settings.js';
import { PARTITIONERS } from '../partitioner.js';
import { LeaderFinder } from './leader-finder.js';
import { PublishingTroubles, RequestSender, type SenderListener } from './request-sender.js';
import { refuse } from './sent-batch.js';
import {
  isOpen,
  type PartitionRecords,
  TopicRecords,
  closedOutcome,
  WaitingBatch,
  type WaitingRecord,
} from './topic-records.js';

/** Questions for leaders without an answer after which the connections are made anew. */
const MOST_UNANSWERED = 3;
const FEW_LATE = 100;
const LEADERS = 'leaders';

export interface PublisherSettings extends Pick<
  KafkaSettings,
  'publishing' | 'partitioner' | 'idempotent'
> {
  /** After so long topics are asked for their partitions again. */
  readonly metadataMaxAgeMs: number;
}

/**
 * Sends records, those with the same order key in the order of the `publish` calls: calls of one turn, and what comes
 * while a broker has a request, travel together, up to the size of a batch. A topic, partition or broker that does not
 * take records holds up those of no other.
 */
export class RecordPublisher {
  private readonly topics = new Map<string, TopicRecords>();
  /** Those for which somebody waits. */
  private readonly active = new Set<TopicRecords>();
  private readonly senders: readonly RequestSender[];
  private readonly finder: LeaderFinder;
  private readonly troubles: PublishingTroubles;
  private unanswered = 0;
  private late = 0;
  private learntAt = monotonicNow();
  private wakeDue = false;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;
  private drained: () => void = () => undefined;

  constructor(
    driver: KafkaDriver,
    private readonly settings: PublisherSettings,
    health: HealthBoard,
  ) {
    const { publishing, idempotent } = settings;
    this.troubles = new PublishingTroubles(health);
    const listener: SenderListener = {
      changed: () => this.changed(),
      isWanted: () => this.active.size > 0,
      forbidden: (error) => this.forbidden(error),
      stale: ({ of }) => this.want(of),
      putBack: (partition, records) => this.putBack(partition, records),
    };
    this.senders = Array.from({ length: publishing.maxInFlight }, (_, n) => {
      const troubleKey = `sender ${n + 1}`;
      const { troubles } = this;
      return new RequestSender(
        { name: troubleKey, driver, settings: publishing, idempotent, troubles },
        listener,
      );
    });
    this.finder = new LeaderFinder({
      ask: async (topics) => this.senders[0]!.leaders(topics),
      learnt: (topic) => this.learnt(topic),
      failed: (error) => this.unansweredBy(error),
    });
  }

  /**
   * One outcome each, in order, by the deadline (by `monotonicNow`); each is told at once. Never rejects.
   */
  publish(
    records: readonly OutgoingRecord[],
    deadline: number,
    told?: OutcomeListener,
  ): Promise<readonly PublishOutcome[]> {
    if (this.closed) return Promise.resolve(records.map(closedOutcome));
    if (records.length === 0) return Promise.resolve([]);
    const batch = new WaitingBatch(records, deadline, () => this.onLate(records.length), told);
    const { lingerMs } = this.settings.publishing;
    const dueAt = lingerMs > 0 ? monotonicNow() + lingerMs : 0;
    for (const waiting of batch.records) {
      waiting.dueAt = dueAt;
      const topic = this.topicOf(waiting.record.topic);
      this.active.add(topic);
      topic.add(waiting);
    }
    this.wakeSoon();
    return batch.outcomes;
  }

  /** Takes no more. What a broker has gets its outcome by the deadline (by `monotonicNow`), the rest is not sent. */
  async close(deadline: number): Promise<void> {
    this.closed = true;
    for (const sender of this.senders) sender.flushNow();
    for (const topic of this.topics.values())
      for (const waiting of topic.takeOut()) waiting.settle(closedOutcome(waiting.record));
    for (const sender of this.senders) sender.dropLate();
    if (this.isAtWork) {
      const drained = new Promise<void>((resolve) => (this.drained = resolve));
      await endBy(deadline, drained);
    }
    clearTimeout(this.timer);
    this.finder.close();
    for (const sender of this.senders) sender.discard();
  }

  private get isAtWork(): boolean {
    return this.senders.some((sender) => sender.isAtWork);
  }

  private topicOf(name: string): TopicRecords {
    let topic = this.topics.get(name);
    if (topic === undefined) {
      const partitionOf = PARTITIONERS[this.settings.partitioner];
      topic = new TopicRecords(name, partitionOf, (left) => this.left(left));
      this.topics.set(name, topic);
    }
    return topic;
  }

  /** Nobody waits for it. */
  private left(topic: TopicRecords): void {
    this.active.delete(topic);
    this.troubles.gone(topic.topic);
    // Its name may be that of no topic, of which there may be any number.
    if (topic.partitions.length === 0) this.topics.delete(topic.topic);
  }

  private want(topic: TopicRecords): void {
    this.finder.want(topic);
  }

  private learnt(topic: TopicRecords): void {
    this.unanswered = 0;
    if (this.troubles.has(LEADERS)) this.troubles.over(LEADERS);
    const { fault, topic: name } = topic;
    if (fault === undefined) {
      if (this.troubles.has(name)) this.troubles.over(name);
    } else if (isForGood(fault)) {
      refuse(topic.takeOut(), fault, 'notSent');
    } else if (topic.isStuck && topic.open > 0) {
      this.troubles.at(name, fault, name);
    }
    this.wakeSoon();
  }

  private unansweredBy(error: unknown): void {
    const [sender] = this.senders;
    // Why it has no connection it says itself.
    if (!sender?.isReady) return;
    this.unanswered++;
    if (this.unanswered > 1) this.troubles.at(LEADERS, error);
    if (this.unanswered % MOST_UNANSWERED === 0) sender.renew();
  }

  private forbidden(error: unknown): void {
    for (const topic of [...this.active]) refuse(topic.takeOut(), error, 'notSent');
  }

  private putBack(partition: PartitionRecords, records: readonly WaitingRecord[]): void {
    const open = records.filter(isOpen);
    if (this.closed) for (const waiting of open) waiting.settle(closedOutcome(waiting.record));
    else partition.of.putBack(partition, open);
  }

  private changed(): void {
    if (this.closed && !this.isAtWork) this.drained();
    this.wake();
  }

  /** Calls of one turn travel together. */
  private wakeSoon(): void {
    if (this.wakeDue) return;
    this.wakeDue = true;
    queueMicrotask(() => {
      this.wakeDue = false;
      this.wake();
    });
  }

  private wake(): void {
    const now = monotonicNow();
    this.renewLeaders(now);
    const ready = this.ready(now);
    let { next } = ready;
    let isStarting = false;
    for (const sender of this.senders) {
      const repeats = sender.dueRepeats(now);
      next = Math.min(next, repeats.next);
      for (const broker of repeats.brokers)
        if (!ready.partitions.has(broker)) ready.partitions.set(broker, []);
      if (ready.partitions.size === 0) continue;
      if (!sender.isReady) {
        if (!isStarting) sender.start();
        isStarting = true;
        continue;
      }
      for (const [broker, partitions] of ready.partitions) {
        const from = sender.mayAsk(broker);
        if (from <= now) sender.sendTo(broker, partitions, now);
        else next = Math.min(next, from);
      }
    }
    clearTimeout(this.timer);
    if (next < Infinity) this.timer = setTimeout(() => this.wake(), Math.max(1, next - now));
  }

  /** The partitions that may be sent to, by the broker that leads them, and when a further one may. */
  private ready(now: number): { partitions: Map<number, PartitionRecords[]>; next: number } {
    const partitions = new Map<number, PartitionRecords[]>();
    let next = Infinity;
    if (this.closed) return { partitions, next };
    const { lingerMs } = this.settings.publishing;
    const isFull = lingerMs > 0 && this.fillsBatch();
    for (const topic of this.active) {
      if (topic.isStuck) this.finder.want(topic);
      for (const partition of topic.partitions) {
        const { leader, notBefore, waiting } = partition;
        const [first] = waiting;
        if (first === undefined || leader < 0) continue;
        const from = Math.max(notBefore, isFull ? 0 : first.dueAt);
        if (from > now) next = Math.min(next, from);
        const led = partitions.get(leader);
        if (notBefore > now) continue;
        if (led) led.push(partition);
        else partitions.set(leader, [partition]);
      }
    }
    // What is due takes with it what waits to travel with others.
    if (lingerMs > 0 && !isFull)
      for (const [leader, led] of partitions)
        if (!led.some(({ waiting }) => waiting[0]!.dueAt <= now)) partitions.delete(leader);
    return { partitions, next };
  }

  private fillsBatch(): boolean {
    const { batchRecords, batchBytes } = this.settings.publishing;
    let [records, bytes] = [0, 0];
    for (const { partitions } of this.active)
      for (const { waiting } of partitions)
        for (const one of waiting) {
          if (!isOpen(one)) continue;
          records++;
          bytes += one.size;
        }
    return records >= batchRecords || bytes >= batchBytes;
  }

  /** Leaders and partitions may change without a sign of it. */
  private renewLeaders(now: number): void {
    if (now - this.learntAt < this.settings.metadataMaxAgeMs) return;
    this.learntAt = now;
    for (const topic of this.topics.values()) this.want(topic);
  }

  private onLate(count: number): void {
    for (const sender of this.senders) sender.dropLate();
    this.late += count;
    if (this.late < FEW_LATE) return;
    this.late = 0;
    for (const topic of this.topics.values()) topic.prune();
  }
}

/** Somebody must change something, and the broker will not make the topic. */
function isForGood(fault: Error): boolean {
  return isRefusal(fault) && rootOf(fault).type !== 'UNKNOWN_TOPIC_OR_PARTITION';
}
