import { timerMs } from '../../../common/waiting.js';
import type { PartitionPlace, TopicLeaders } from '../kafka-driver.interface.js';
import type { Partitioner } from '../partitioner.js';
import { monotonicNow } from '../../../common/clocks.js';
import { ClosedError, SendTimeoutError } from '../../../errors/index.js';
import type { OutcomeListener, OutgoingRecord, PublishOutcome } from '../../transport.interface.js';
import { reasonOf } from '../kafka-errors.js';

/** Records that wait for a partition, in the order in which they came. */
export class PartitionRecords implements PartitionPlace {
  waiting: WaitingRecord[] = [];
  /** By `monotonicNow`: nothing is sent before. */
  notBefore = 0;
  /** Refusals in a row. */
  failures = 0;
  /** Batches that must be sent again, because they may be stored. */
  repeats = 0;
  /** How many may go as one batch, where the broker found more of them too large. */
  limit = Infinity;
  /** Order keys of which records are under way. */
  readonly lanes = new Set<string>();

  constructor(
    readonly of: TopicRecords,
    readonly partition: number,
    /** The broker that leads it; negative for none. */
    public leader: number,
  ) {}

  get topic(): string {
    return this.of.topic;
  }
}

/** What waits for a topic: for its partitions, or for word of where they are. */
export class TopicRecords implements WaitingPlace {
  /** As far as they were ever known. */
  partitions: readonly PartitionRecords[] = [];
  /** Why a broker did not take records of a partition, until it takes some. */
  refusal: Error | undefined;
  private unknown: Error | undefined;
  /** Records without an outcome. */
  open = 0;
  private isKnown = false;
  private unplaced: WaitingRecord[] = [];

  constructor(
    readonly topic: string,
    private readonly partitionOf: Partitioner,
    /** Nobody waits for it any more. */
    private readonly left: (topic: TopicRecords) => void,
  ) {}

  add(waiting: WaitingRecord): void {
    waiting.place = this;
    this.open++;
    this.place(waiting);
  }

  get fault(): Error | undefined {
    return this.unknown ?? this.refusal;
  }

  settledOne(): void {
    if (--this.open === 0) this.left(this);
  }

  /** Puts a batch that is not on the topic back, before what came later. */
  putBack(from: PartitionRecords, batch: readonly WaitingRecord[]): void {
    if (this.isKnown && this.partitions[from.partition] === from) {
      from.waiting.unshift(...batch);
      return;
    }
    const later = this.takeOut();
    for (const waiting of [...batch, ...later]) this.place(waiting);
  }

  /** A partition that had rejected records takes some. Whether all do. */
  tookSome(): boolean {
    if (this.partitions.some(({ failures }) => failures > 0)) return false;
    this.refusal = undefined;
    return true;
  }

  /** What brokers say of it now. */
  learn(answer: TopicLeaders): void {
    if (answer instanceof Error || answer.length === 0) {
      this.unknown = answer instanceof Error ? answer : new Error('the topic has no partitions');
      this.unplaced = this.takeOut();
      this.isKnown = false;
      return;
    }
    this.unknown = answer.some((leader) => leader < 0) ? leaderless() : undefined;
    const before = this.partitions;
    before.forEach((one) => (one.leader = answer[one.partition] ?? -1));
    if (this.isKnown && before.length === answer.length) {
      // Those without a key may go to another partition.
      const stuck = before.flatMap((one) => (one.leader < 0 ? one.waiting.splice(0) : []));
      for (const waiting of stuck) this.place(waiting);
      return;
    }
    const waiting = this.takeOut();
    this.partitions = answer.map(
      (leader, id) => before[id] ?? new PartitionRecords(this, id, leader),
    );
    this.isKnown = true;
    for (const one of waiting) this.place(one);
  }

  /** Whether something waits that cannot be sent before more is known. */
  get isStuck(): boolean {
    if (!this.isKnown && this.unplaced.length > 0) return true;
    return this.partitions.some(
      ({ leader, waiting, repeats }) => leader < 0 && (waiting.length > 0 || repeats > 0),
    );
  }

  /** Takes out all that waits: what was meant for one partition stays in order. */
  takeOut(): WaitingRecord[] {
    const all = this.partitions.flatMap((one) => one.waiting.splice(0));
    const unplaced = this.unplaced.splice(0);
    return all.length === 0 ? unplaced : [...all, ...unplaced];
  }

  /** Forgets records that have their outcome. */
  prune(): void {
    this.unplaced = this.unplaced.filter(isOpen);
    for (const one of this.partitions) one.waiting = one.waiting.filter(isOpen);
  }

  private place(waiting: WaitingRecord): void {
    if (!this.isKnown) this.unplaced.push(waiting);
    else this.partitions[this.choose(waiting)]!.waiting.push(waiting);
  }

  private choose({ record: { key, partition } }: WaitingRecord): number {
    const { partitions } = this;
    if (partition !== undefined) return partition % partitions.length;
    if (this.unknown === undefined) return this.partitionOf(key, partitions.length);
    // Only a record without a key may go anywhere.
    const led = partitions.flatMap(({ leader, partition }) => (leader >= 0 ? [partition] : []));
    return this.partitionOf(key, partitions.length, led);
  }
}

export function isOpen({ outcome }: WaitingRecord): boolean {
  return outcome === undefined;
}

function leaderless(): Error {
  const facts = { type: 'LEADER_NOT_AVAILABLE', retriable: true };
  return Object.assign(new Error('a partition of the topic has no leader'), facts);
}

/** What a record needs on the wire beside its texts, about. */
const RECORD_OVERHEAD = 40;
const HEADER_OVERHEAD = 6;

/** What a record waits for. */
export interface WaitingPlace {
  /** Why it cannot be written to at present. */
  readonly fault: Error | undefined;
  /** A record of its has got its outcome. */
  settledOne(): void;
}

/** One record of a `publish` call, until it has its outcome. */
export class WaitingRecord {
  outcome: PublishOutcome | undefined;
  /** A broker may have it, so it may be on the topic. */
  handedOver = false;
  place: WaitingPlace | undefined;
  /** By `monotonicNow`: from then on it no longer waits for others to travel with. */
  dueAt = 0;
  readonly size: number;

  constructor(
    readonly record: OutgoingRecord,
    private readonly batch: WaitingBatch,
    private readonly index: number,
  ) {
    this.size = sizeOf(record);
  }

  /** The first outcome stays. */
  settle(outcome: PublishOutcome): void {
    if (this.outcome) return;
    this.outcome = outcome;
    this.place?.settledOne();
    this.batch.settledOne(this.index, outcome);
  }
}

/** The records of one `publish` call: resolves once each has its outcome, at the latest at the deadline. */
export class WaitingBatch {
  readonly records: readonly WaitingRecord[];
  readonly outcomes: Promise<readonly PublishOutcome[]>;
  private left: number;
  private finish: () => void = () => undefined;
  private readonly timer: NodeJS.Timeout;

  constructor(
    records: readonly OutgoingRecord[],
    deadline: number,
    onLate: () => void,
    private readonly told?: OutcomeListener,
  ) {
    this.left = records.length;
    this.records = records.map((record, index) => new WaitingRecord(record, this, index));
    this.outcomes = new Promise((resolve) => {
      this.finish = () => resolve(this.records.map(({ outcome }) => outcome!));
    });
    const ms = timerMs(deadline - monotonicNow());
    this.timer = setTimeout(() => {
      for (const waiting of this.records) waiting.settle(lateOutcome(waiting, ms));
      onLate();
    }, ms);
  }

  settledOne(index: number, outcome: PublishOutcome): void {
    this.told?.(index, outcome);
    if (--this.left > 0) return;
    clearTimeout(this.timer);
    this.finish();
  }
}

export function closedOutcome({ topic }: OutgoingRecord): PublishOutcome {
  return { status: 'notSent', error: new ClosedError('The Kafka transport', { topic }) };
}

function lateOutcome(
  { outcome, record: { topic }, handedOver, place }: WaitingRecord,
  ms: number,
): PublishOutcome {
  // Most have theirs, and an error takes time to make.
  if (outcome) return outcome;
  const cause = place?.fault;
  const what = handedOver ? 'Publishing to Kafka' : 'Waiting to publish to Kafka';
  const error = cause
    ? new SendTimeoutError(`${what} (${reasonOf(cause)})`, ms, { topic, cause })
    : new SendTimeoutError(what, ms, { topic });
  return { status: handedOver ? 'unknown' : 'notSent', error };
}

function sizeOf({ key, value, attributes }: OutgoingRecord): number {
  let size = RECORD_OVERHEAD + (key?.length ?? 0) + (value?.length ?? 0);
  for (const [name, bytes] of attributes)
    size += HEADER_OVERHEAD + name.length + (bytes?.length ?? 0);
  return size;
}
