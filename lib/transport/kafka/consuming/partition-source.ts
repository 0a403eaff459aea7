import { monotonicNow } from '../../../common/clocks.js';
import type {
  DeliverySink,
  RecordPosition,
  Delivery,
  IncomingRecord,
} from '../../transport.interface.js';
import type {
  CommitPlace,
  FetchedBatch,
  FetchedRecord,
  PartitionPlace,
} from '../kafka-driver.interface.js';
import { isClockRecord, MOST_CLOCK_BYTES } from '../own-topics/clock-record.js';
import { type OffsetRange, settledAheadText, settledRanges } from './settled-ahead.js';

/** Records that one `deliver` call carries at most, so that sources take turns. */
const BATCH = 100;
/** Records and bytes kept ready: above it the partition is not fetched, at half of it it is again. */
const READY_RECORDS = 10_000;
const READY_BYTES = 2_000_000;

export interface SourceOptions {
  readonly sink: DeliverySink;
  /** Every record is settled at the broker before the next is delivered. */
  readonly each: boolean;
  /** Whether the group may have given the partition to another member. */
  readonly expired: () => boolean;
  readonly inHandChanged: (count: number, bytes: number) => void;
  /** Something may be possible now that was not. */
  readonly changed: () => void;
  /** What is settled moved. */
  readonly settled: (source: PartitionSource) => void;
  /** What was fetched does not follow on what we have: it is to be fetched from `fetchFrom` on. */
  readonly misplaced: (source: PartitionSource) => void;
  /** Undefined where the broker tells none. */
  readonly topicId: (topic: string) => string | undefined;
}

/** Where reading begins, and what is known to be settled. */
export interface SourceStart {
  readonly from: number;
  /** Behind an unsettled record, in order. */
  readonly ahead?: readonly OffsetRange[];
}

/** One partition that is ours: what was fetched, what is in flight, and how far all is settled. */
export class PartitionSource implements DeliveryOwner {
  readonly topic: string;
  readonly partition: number;
  readonly source: string;
  /** RecordPosition that the group has at the broker. */
  committed = 0;
  paused = false;
  /** Offset before which a bounded read ends. */
  before = Infinity;
  /** kafkajs does not fetch the partition. */
  fetchPaused = true;
  /** The group does not take our position: nothing more is begun, for it would only be handled twice. */
  isRefused = false;
  /** The broker had nothing at our place; where it has is being found out. */
  searching = false;
  /** How often in a row the broker did not give it. */
  failedFetches = 0;
  private next = 0;
  /** What was settled before we came, of what is not fetched yet. */
  private ahead: readonly OffsetRange[] = [];
  /** Behind the last offset that is settled. */
  private settledEnd = 0;
  /** Records that were settled behind an unsettled one, and how many of them the last commit knew. */
  private aheadCount = 0;
  private toldCount = 0;
  private telling: { readonly count: number; readonly text: string | undefined } | undefined;
  private toldText: string | undefined;
  private begun = 0;
  private started = false;
  private gone = false;
  private ready: FetchedRecord[] = [];
  private readyBytes = 0;
  private readonly inHand = new DeliveryList();
  private delivering = false;
  private held: { timer: NodeJS.Timeout; until: number } | undefined;

  constructor(
    place: PartitionPlace,
    private readonly options: SourceOptions,
  ) {
    this.topic = place.topic;
    this.partition = place.partition;
    this.source = sourceName(place);
  }

  /** Where fetching goes on. */
  get fetchFrom(): number {
    return this.next;
  }

  get isStarted(): boolean {
    return this.started && !this.gone;
  }

  get isGone(): boolean {
    return this.gone;
  }

  get isExpired(): boolean {
    return this.options.expired();
  }

  get wantsFetch(): boolean {
    if (!this.isStarted || this.searching || this.paused || this.next >= this.before) return false;
    const [records, bytes] = [this.ready.length, this.readyBytes];
    const half = this.fetchPaused ? 2 : 1;
    return records * half < READY_RECORDS && bytes * half < READY_BYTES;
  }

  /** Everything below this offset is settled. */
  get settledTo(): number {
    return this.inHand.first?.fetched.offset ?? this.ready[0]?.offset ?? this.next;
  }

  get needsCommit(): boolean {
    if (!this.started) return false;
    return this.aheadCount !== this.toldCount || this.settledTo > this.committed;
  }

  get canDeliver(): boolean {
    const { each } = this.options;
    if (!this.isStarted || this.paused || this.delivering || this.held) return false;
    if (this.isRefused || this.isExpired) return false;
    if (each && (this.inHand.size > 0 || this.needsCommit)) return false;
    return this.ready.length > 0 && this.ready[0]!.offset < this.before;
  }

  /** The first record that could be delivered at this moment. */
  get idle(): RecordPosition | undefined {
    if (!this.canDeliver) return undefined;
    const { topic, partition, ready } = this;
    return { topic, partition: String(partition), offset: String(ready[0]!.offset) };
  }

  /** Changes with each record that is fetched, begun or settled. */
  get progress(): number {
    return this.next + this.begun + this.settledTo + this.aheadCount;
  }

  get hasReady(): boolean {
    return this.ready.length > 0;
  }

  /** Nothing is to be expected of it. */
  get isWaiting(): boolean {
    if (this.paused || this.held || this.delivering || this.isRefused || this.searching)
      return true;
    return this.failedFetches > 0 || this.inHand.size > 0 || this.next >= this.before;
  }

  /** Broker time of the oldest unsettled record that we have. */
  get oldestTime(): number | undefined {
    return (this.inHand.first ?? this.ready[0])?.record.brokerTime;
  }

  /** Reading begins at an offset, which is the group's position at the broker. */
  start({ from, ahead = [] }: SourceStart): void {
    this.next = from;
    this.committed = from;
    this.ahead = ahead;
    this.settledEnd = ahead.at(-1)?.[1] ?? from;
    this.started = true;
  }

  /**
   * What the group is to know: how far all is settled, and, in at most so many bytes, what is settled behind that.
   * Undefined where it knows already. Behind it, once the group has it, comes `told`.
   */
  commitPlace(mostMetadata: number): CommitPlace | undefined {
    const { topic, partition, settledTo: offset, aheadCount: count } = this;
    const text = this.settledEnd > offset ? this.aheadText(offset, mostMetadata) : undefined;
    if (offset === this.committed && text === this.toldText) {
      this.toldCount = count;
      return undefined;
    }
    this.telling = { count, text };
    return { topic, partition, offset, metadata: text };
  }

  told({ offset }: CommitPlace): void {
    this.committed = Math.max(this.committed, offset);
    this.toldCount = this.telling?.count ?? this.toldCount;
    this.toldText = this.telling?.text;
    this.isRefused = false;
  }

  /** Fetching goes on there: the broker no longer has what is before it. */
  skipTo(offset: number): void {
    this.next = Math.max(this.next, offset);
    this.options.settled(this);
  }

  /** Takes what was fetched; what we have already, or others settled, is left out. */
  take({ records, from, next }: FetchedBatch): void {
    // What came meanwhile is fetched again.
    if (!this.isStarted || this.searching) return;
    if (from > this.next) {
      this.options.misplaced(this);
      return;
    }
    const before = this.ready.length;
    for (const record of records) {
      if (record.offset < this.next || this.isSettled(record.offset)) continue;
      if (record.size <= MOST_CLOCK_BYTES && isClockRecord(record.record)) continue;
      this.ready.push(record);
      this.readyBytes += record.size;
    }
    this.next = Math.max(this.next, next);
    if (this.ready.length - before < records.length || records.length === 0)
      this.options.settled(this);
    this.options.changed();
  }

  /** Delivers what is ready, within the credit. Rejects with what the sink threw. */
  async deliver(credit: { count: number; bytes: number }): Promise<void> {
    const { sink, each, inHandChanged, changed } = this.options;
    const most = each ? 1 : Math.min(credit.count, BATCH);
    let [count, bytes] = [0, 0];
    for (const { offset, size } of this.ready) {
      if (count === most || offset >= this.before) break;
      if (count > 0 && bytes + size > credit.bytes) break;
      bytes += size;
      count++;
    }
    const batch = this.ready.splice(0, count).map((fetched) => new KafkaDelivery(fetched, this));
    this.readyBytes -= bytes;
    for (const delivery of batch) this.inHand.add(delivery);
    inHandChanged(count, bytes);
    this.begun += count;
    this.delivering = true;
    try {
      await sink.deliver(batch);
    } finally {
      this.delivering = false;
      changed();
    }
  }

  settle(delivery: KafkaDelivery): void {
    const { offset, size } = delivery.fetched;
    if (!delivery.isInHand) return;
    if (offset !== this.settledTo) this.aheadCount++;
    if (offset >= this.settledEnd) this.settledEnd = offset + 1;
    this.inHand.delete(delivery);
    this.options.inHandChanged(-1, -size);
    this.options.settled(this);
    this.options.changed();
  }

  release(delivery: KafkaDelivery, delayMs: number): void {
    if (!delivery.isInHand) return;
    if (delayMs > 0) this.holdFor(delayMs);
    const followers = this.inHand.behind(delivery);
    const back = [delivery, ...followers];
    this.dropFromHand(back);
    this.ready = [...back.map(({ fetched }) => fetched), ...this.ready];
    this.readyBytes += back.reduce((sum, { fetched }) => sum + fetched.size, 0);
    for (const follower of followers) follower.end();
    this.options.changed();
  }

  /** No longer ours: what is in flight is redelivered elsewhere. Idempotent. */
  close(): void {
    this.gone = true;
    clearTimeout(this.held?.timer);
    const inHand = [...this.inHand];
    this.dropFromHand(inHand);
    this.ready = [];
    this.readyBytes = 0;
    for (const delivery of inHand) delivery.end();
  }

  private aheadText(committed: number, most: number): string | undefined {
    const topicId = this.options.topicId(this.topic);
    if (topicId === undefined) return undefined;
    const to = Math.min(this.settledEnd, this.next);
    const ranges = settledRanges(committed, to, this.unsettled(), this.ahead);
    return settledAheadText({ topicId, committed, ranges }, most);
  }

  private *unsettled(): Iterable<number> {
    for (const { fetched } of this.inHand) yield fetched.offset;
    for (const { offset } of this.ready) yield offset;
  }

  private isSettled(offset: number): boolean {
    let passed = 0;
    while (passed < this.ahead.length && this.ahead[passed]![1] <= offset) passed++;
    if (passed > 0) this.ahead = this.ahead.slice(passed);
    const [next] = this.ahead;
    return next !== undefined && next[0] <= offset;
  }

  private dropFromHand(deliveries: readonly KafkaDelivery[]): void {
    for (const delivery of deliveries) {
      this.inHand.delete(delivery);
      this.options.inHandChanged(-1, -delivery.fetched.size);
    }
  }

  private holdFor(delayMs: number): void {
    const until = monotonicNow() + delayMs;
    if (this.held && this.held.until >= until) return;
    clearTimeout(this.held?.timer);
    const timer = setTimeout(() => {
      this.held = undefined;
      this.options.changed();
    }, delayMs);
    this.held = { timer, until };
  }
}

export function sourceName({ topic, partition }: PartitionPlace): string {
  return `${topic}/${partition}`;
}

export interface DeliveryOwner {
  readonly topic: string;
  readonly partition: number;
  readonly source: string;
  readonly isExpired: boolean;
  settle(delivery: KafkaDelivery): void;
  release(delivery: KafkaDelivery, delayMs: number): void;
}

/**
 * What is in hand of a partition, in the order of its offsets. A list and no Map: one that grows and shrinks all the time
 * leaves tables behind which hold on to records until the next full garbage collection.
 */
class DeliveryList {
  first: KafkaDelivery | undefined;
  private last: KafkaDelivery | undefined;
  private count = 0;

  get size(): number {
    return this.count;
  }

  add(delivery: KafkaDelivery): void {
    delivery.isInHand = true;
    delivery.before = this.last;
    if (this.last) this.last.after = delivery;
    else this.first = delivery;
    this.last = delivery;
    this.count++;
  }

  /** Idempotent. */
  delete(delivery: KafkaDelivery): void {
    if (!delivery.isInHand) return;
    const { before, after } = delivery;
    if (before) before.after = after;
    else this.first = after;
    if (after) after.before = before;
    else this.last = before;
    delivery.isInHand = false;
    delivery.before = undefined;
    delivery.after = undefined;
    this.count--;
  }

  *[Symbol.iterator](): Iterator<KafkaDelivery> {
    for (let next = this.first; next; next = next.after) yield next;
  }

  /** Those behind one that is in the list. */
  behind(delivery: KafkaDelivery): KafkaDelivery[] {
    const found: KafkaDelivery[] = [];
    for (let next = delivery.after; next; next = next.after) found.push(next);
    return found;
  }
}

/** A record in the hands of the sink. */
class KafkaDelivery implements Delivery {
  isInHand = false;
  before: KafkaDelivery | undefined;
  after: KafkaDelivery | undefined;
  readonly record: IncomingRecord;
  readonly source: string;
  private place: RecordPosition | undefined;
  private ended = false;
  private abort: AbortController | undefined;

  constructor(
    readonly fetched: FetchedRecord,
    private readonly owner: DeliveryOwner,
  ) {
    this.record = fetched.record;
    this.source = owner.source;
  }

  get position(): RecordPosition {
    if (this.place) return this.place;
    const { topic, partition } = this.owner;
    const offset = String(this.fetched.offset);
    return (this.place = { topic, partition: String(partition), offset });
  }

  /** Also while the group does not answer, when another member may be at it already. */
  get isLost(): boolean {
    return this.ended || this.owner.isExpired;
  }

  get signal(): AbortSignal {
    if (!this.abort) {
      this.abort = new AbortController();
      if (this.ended) this.abort.abort();
    }
    return this.abort.signal;
  }

  settle(): void {
    this.owner.settle(this);
  }

  release(delayMs = 0): void {
    this.owner.release(this, delayMs);
  }

  /** Members are kept alive by the fetching, which no handler holds up. */
  keepAlive(): void {
    // Nothing to tell the broker about one record.
  }

  /** No longer ours. */
  end(): void {
    this.ended = true;
    this.abort?.abort();
  }
}
