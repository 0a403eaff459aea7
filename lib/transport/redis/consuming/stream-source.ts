import { BoundedMap } from '../../../common/bounded-map.js';
import { timerMs } from '../../../common/waiting.js';
import { monotonicNow } from '../../../common/clocks.js';
import type { DeliverySink, RecordPosition } from '../../transport.interface.js';
import {
  type DeliveryBudget,
  RedisDelivery,
  type DeliveryOwner,
  type HeldEntry,
} from './redis-delivery.js';
import type { Fence, ReaderLease } from '../leases/reader-lease.js';
import { BEFORE_FIRST, compareIds, idBefore } from '../group/stream-group.js';

const MOST_GIVEN = 10_000;

/** Where reading of a stream begins. */
export interface EntryPoint {
  readonly stream: string;
  /** Nothing at or before it is read. */
  readonly after: string;
  /** What the group had been given when we came. */
  readonly position: string;
  /** Our own pending list behind `after` comes first. */
  readonly hasPending: boolean;
}

/** What a source asks of the subscription that it belongs to. */
export interface SourceOwner {
  readonly sink: DeliverySink;
  readonly budget: DeliveryBudget;
  /** `settle: 'each'`. */
  readonly each: boolean;
  /** `singleActive`: who holds it alone reads. */
  readonly readerLease?: ReaderLease | undefined;
  /** The entry is settled: Redis is to be told. `stays`: it is not to be deleted. */
  settled(stream: string, id: string, stays: boolean): void;
  /** Redis knows all that was settled on the stream. */
  isConfirmed(stream: string): boolean;
  keepAlive(source: StreamSource, delivery: RedisDelivery): void;
  /** There may be room, an end or a wish for more. */
  changed(): void;
  /** The sink broke its promise not to throw. */
  sinkFailed(error: unknown): void;
}

/** One stream of a subscription: what was read of it and what of that is in the sink's hands. */
export class StreamSource implements DeliveryOwner {
  readonly stream: string;
  /** The last entry that was read. */
  lastRead: string;
  /** Our pending list behind this entry is to be read before anything new. */
  recoverAfter: string | undefined;
  /** Made ours from other members and not read yet. */
  readonly claimed = new Set<string>();
  /** Something that its readers may die of is handled with nothing else of the stream in flight. */
  isCareful = false;
  /** New entries that Redis has given us, ever. */
  freshCount = 0;
  /** The last of them. */
  lastFresh: string | undefined;
  /** Another member alone reads the stream, or may (`singleActive`). */
  isStandby = false;
  /** What any member has pending is to be taken over, however fresh, before anything is read. */
  takesOver = false;
  /** Until then (by `monotonicNow`) a read of the reader before may still be given entries. */
  lateUntil = 0;
  paused = false;
  /** Not read before (by `monotonicNow`): the key is not a stream at present. */
  suspendedUntil = 0;
  private readonly inHand = new Map<string, RedisDelivery>();
  private queue: HeldEntry[] = [];
  private delivering = false;
  private closed = false;
  private timer: NodeJS.Timeout | undefined;
  private readonly foreignTo: string;
  private lastDelivered = BEFORE_FIRST;
  private disorder = 0;
  /** Delivered and given up before their end: they are redelivered. */
  private readonly given = new BoundedMap<string, true>({ entries: MOST_GIVEN });

  constructor(
    { stream, after, position, hasPending }: EntryPoint,
    private readonly owner: SourceOwner,
  ) {
    this.stream = stream;
    this.lastRead = after;
    this.foreignTo = position;
    if (hasPending) this.recoverAfter = after;
  }

  /** There is room to read more of it. */
  get wantsMore(): boolean {
    if (this.isCareful && !this.isEmpty) return false;
    return !this.paused && this.isOurs && !this.closed && this.queue.length === 0;
  }

  /** Nobody else may read the stream at this moment, or everybody may. */
  get isOurs(): boolean {
    return !this.isStandby && (this.owner.readerLease?.holds(this.stream) ?? true);
  }

  get fence(): Fence | undefined {
    return this.owner.readerLease?.fence(this.stream);
  }

  /** Redis knows that the stream is another member's. */
  denied(): void {
    this.owner.readerLease?.denied(this.stream);
  }

  /** Something that was delivered before, to us or to others, has to come before anything new. */
  get mustRecover(): boolean {
    return this.recoverAfter !== undefined || this.takesOver;
  }

  /** Nothing read is unsettled. */
  get isEmpty(): boolean {
    return this.queue.length === 0 && this.inHand.size === 0;
  }

  /** The id below the first unsettled entry: reading after it loses nothing. */
  get settledTo(): string {
    const ids = [...this.inHand.keys(), ...this.queue.map(({ id }) => id), ...this.claimed];
    if (ids.length === 0) return this.lastRead;
    return idBefore(ids.reduce((low, id) => (compareIds(id, low) < 0 ? id : low)));
  }

  holds(id: string): boolean {
    if (this.inHand.has(id)) return true;
    const last = this.queue.at(-1);
    // What is read is new, as a rule, and comes after all that waits.
    if (last === undefined || compareIds(id, last.id) > 0) return false;
    return this.queue.some((entry) => entry.id === id);
  }

  /** Fetched and waiting for the sink: nobody else tells Redis that these are being worked on. */
  get waitingIds(): readonly string[] {
    return this.queue.map(({ id }) => id);
  }

  /** Fetched, and could be delivered: for a watchdog. */
  get idle(): RecordPosition | undefined {
    const { owner, queue, delivering, paused, closed } = this;
    const [next] = queue;
    if (!next || delivering || paused || closed || next.notBefore > monotonicNow())
      return undefined;
    if (owner.each && (this.inHand.size > 0 || !owner.isConfirmed(this.stream))) return undefined;
    if (!owner.budget.hasRoomFor(next.bytes)) return undefined;
    return { topic: this.stream, partition: '0', offset: next.id };
  }

  /** Another process, or we in a former life, may have had the entry. */
  isForeign(id: string): boolean {
    return this.claimed.has(id) || compareIds(id, this.foreignTo) <= 0;
  }

  /** Ours now, to be read before anything new. */
  claim(ids: readonly string[]): void {
    for (const id of ids) {
      if (this.holds(id)) continue;
      this.claimed.add(id);
      this.recover(idBefore(id));
    }
  }

  /** Replies were lost: what Redis has delivered to us and we did not see is to be read. */
  recoverUnread(): void {
    let from = this.lastRead;
    for (const id of this.claimed) if (compareIds(id, from) <= 0) from = idBefore(id);
    this.recover(from);
  }

  /** Replies may have been lost: what Redis delivered to us behind the entry is to be read again. */
  recover(after: string): void {
    const before = this.recoverAfter;
    this.recoverAfter = before !== undefined && compareIds(before, after) < 0 ? before : after;
  }

  /** Remembers new entries; false when they do not follow those before. */
  noteFresh(entries: readonly { readonly id: string }[]): boolean {
    const before = this.lastFresh;
    this.freshCount += entries.length;
    this.lastFresh = entries.at(-1)!.id;
    return before === undefined || compareIds(entries[0]!.id, before) > 0;
  }

  /** Remembers new entries of which the reply was lost; `counts` tells those that only we were given. */
  noteUnseen(
    entries: readonly { readonly id: string }[],
    counts: ReadonlyMap<string, { readonly earlier: number }>,
  ): void {
    for (const { id } of entries) {
      if (counts.get(id)?.earlier !== 0) continue;
      if (compareIds(id, this.lastFresh ?? this.foreignTo) <= 0) continue;
      this.freshCount++;
      this.lastFresh = id;
    }
  }

  /** How many entries were delivered after later ones, since it was last asked. */
  takeDisorder(): number {
    const { disorder } = this;
    this.disorder = 0;
    return disorder;
  }

  /**
   * Takes what was read; it is delivered in the order of the stream. Who may not read the stream any
   * more leaves it pending, and does not keep it fresh, for whoever may.
   */
  accept(entries: readonly HeldEntry[]): void {
    if (!this.isOurs) return;
    this.enqueue(entries);
    this.pump();
  }

  /** Delivers what may be delivered now. */
  pump(): void {
    if (this.delivering || this.paused || this.closed || !this.isOurs) return;
    const batch = this.nextBatch();
    if (batch.length === 0) return;
    this.delivering = true;
    void this.deliver(batch);
  }

  settle(delivery: RedisDelivery, stays: boolean): void {
    if (!this.takeBack(delivery)) return;
    this.owner.settled(this.stream, delivery.entry.id, stays);
    this.owner.changed();
  }

  release(delivery: RedisDelivery, delayMs: number): void {
    if (!this.takeBack(delivery)) return;
    delivery.entry.notBefore = delayMs > 0 ? monotonicNow() + delayMs : 0;
    const followers = [...this.inHand.values()].filter(
      ({ entry }) => compareIds(entry.id, delivery.entry.id) > 0,
    );
    for (const follower of followers) this.takeBack(follower);
    this.enqueue([delivery.entry, ...followers.map(({ entry }) => entry)]);
    for (const follower of followers) follower.abort();
    this.owner.changed();
  }

  keepAlive(delivery: RedisDelivery): void {
    // What another member alone may read is left for it to claim.
    if (this.isOurs && this.inHand.get(delivery.entry.id) === delivery)
      this.owner.keepAlive(this, delivery);
  }

  /** The entry is another member's now. */
  lose(delivery: RedisDelivery): void {
    if (!this.takeBack(delivery)) return;
    this.given.set(delivery.entry.id, true);
    delivery.abort();
    this.owner.changed();
  }

  /** The group reads on behind the entry, once more: what comes again is in order. */
  comesAgain(after: string): void {
    if (compareIds(after, this.lastDelivered) < 0) this.lastDelivered = after;
  }

  /** An entry is another member's now. */
  loseId(id: string): void {
    this.queue = this.queue.filter((entry) => entry.id !== id);
    const delivery = this.inHand.get(id);
    if (delivery) this.lose(delivery);
  }

  /** Delivers no more; what is in flight is no longer the sink's. Idempotent. */
  close(): void {
    this.closed = true;
    this.drop();
  }

  /** Lets go of all that was read. */
  drop(): void {
    clearTimeout(this.timer);
    this.queue = [];
    this.claimed.clear();
    for (const delivery of [...this.inHand.values()]) this.lose(delivery);
  }

  private enqueue(entries: readonly HeldEntry[]): void {
    const last = this.queue.at(-1);
    this.queue.push(...entries);
    if (last) this.queue.sort((a, b) => compareIds(a.id, b.id));
  }

  private takeBack(delivery: RedisDelivery): boolean {
    if (this.inHand.get(delivery.entry.id) !== delivery) return false;
    this.inHand.delete(delivery.entry.id);
    this.owner.budget.give(delivery.entry.bytes);
    return true;
  }

  private nextBatch(): RedisDelivery[] {
    const batch: RedisDelivery[] = [];
    const { each, budget } = this.owner;
    if (each && (this.inHand.size > 0 || !this.owner.isConfirmed(this.stream))) return batch;
    let next: HeldEntry | undefined;
    while ((next = this.queue[batch.length]) && !(each && batch.length > 0)) {
      if (this.mustWait(next) || !budget.take(next.bytes)) break;
      this.noteOrder(next);
      const delivery = new RedisDelivery(next, this);
      this.inHand.set(next.id, delivery);
      batch.push(delivery);
    }
    this.queue.splice(0, batch.length);
    return batch;
  }

  private noteOrder({ id, isNew }: HeldEntry): void {
    const comesAgain = this.given.size > 0 && this.given.delete(id);
    if (compareIds(id, this.lastDelivered) > 0) this.lastDelivered = id;
    else if (isNew && !comesAgain) this.disorder++;
  }

  private mustWait({ notBefore }: HeldEntry): boolean {
    const left = notBefore - monotonicNow();
    if (left <= 0) return false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.pump(), timerMs(left));
    return true;
  }

  private async deliver(batch: readonly RedisDelivery[]): Promise<void> {
    try {
      await this.owner.sink.deliver(batch);
    } catch (error) {
      this.owner.sinkFailed(error);
    } finally {
      this.delivering = false;
      this.owner.changed();
    }
  }
}
