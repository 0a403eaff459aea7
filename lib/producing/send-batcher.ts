import type { AsyncResource } from 'node:async_hooks';
import { asError } from '../errors/thrown-values.js';
import { monotonicNow } from '../common/clocks.js';
import { DeadlineTimers, type Deadlined, settledBy } from '../common/deadline-timers.js';
import { BufferFullError, ClosedError, SendTimeoutError } from '../errors/index.js';
import type {
  OutcomeListener,
  OutgoingRecord,
  PublishOutcome,
} from '../transport/transport.interface.js';
import type { PreparedEvent, TransportParts } from '../transport/wire-format.interface.js';

export interface SendBatcherOptions {
  readonly parts: TransportParts;
  /** Records without an outcome, in all. */
  readonly maxBufferedRecords: number;
  /** Where records are published. Default: the context of whoever sent the first of those that are published together. */
  readonly context?: AsyncResource;
}

/** How long past its deadline a record that the transport has may wait for the transport's word. */
const GRACE_MS = 250;
/** A topic of which no record was confirmed for so long does not move. */
const STALLED_MS = 1_000;
const MANY = 1_000;

/**
 * Hands prepared events to the transport. Records submitted in one turn of the event loop travel in
 * one publish call, each with its own outcome; how many records make a batch on the wire, and how many of
 * those are under way, is the transport's affair.
 *
 * Records of one topic and key are handed over in the order of `submit`, even while the wire format
 * asks a registry for one of them. Every record gets an outcome by its deadline, and a quarter of a
 * second when the transport has it, whatever the transport does. While the transport connects for
 * the first time, records wait. A topic that must wait holds up no other.
 */
export class SendBatcher {
  private submitted = 0;
  /** Records without an outcome. */
  private open = 0;
  /** To be handed over next. */
  private ready: WaitingRecord[] = [];
  /** Some of these were submitted before others that stand before them. */
  private isMixed = false;
  /** Behind a record of their topic and key that is being made; the first of each is that one. */
  private readonly lanes = new Map<string, WaitingRecord[]>();
  private readonly topics = new Map<string, TopicProgress>();
  /** That were not handed over. */
  private expired = 0;
  private pumpDue = false;
  private connecting = false;
  private connectError: Error | undefined;
  private closed = false;
  private readonly unwatch: () => void;
  private readonly timers = new DeadlineTimers<WaitingRecord>((waiting) => this.expire(waiting));
  /** As that of a topic. */
  private movedAt = -Infinity;

  constructor(private readonly options: SendBatcherOptions) {
    const watching = options.parts.transport.status$.subscribe(({ state, error }) => {
      this.connecting = state === 'connecting';
      this.connectError = error;
      this.pumpSoon();
    });
    this.unwatch = () => watching.unsubscribe();
  }

  /**
   * Takes events, each with its full topic. Calls `told` once for each, with its index; for an event that the
   * wire format rejects before this returns. Throws ClosedError or BufferFullError, with nothing taken.
   */
  submit(
    events: readonly PreparedEvent[],
    topics: readonly string[],
    deadline: number,
    told: OutcomeTold,
  ): void {
    if (this.closed) throw new ClosedError('The producer', errorContext(events[0]));
    this.checkRoom(events, topics);
    const timeoutMs = deadline - monotonicNow();
    for (let i = 0; i < events.length; i++) {
      const progress = this.progressOf(topics[i]!);
      const waiting = new WaitingRecord(this.submitted++, events[i]!, progress, i, timeoutMs, told);
      this.open++;
      this.timers.set(deadline, waiting);
      this.makeRecord(waiting, deadline);
    }
  }

  /** Records without an outcome. */
  get size(): number {
    return this.open;
  }

  /** Resolves when every record submitted so far has its outcome, at the latest at `deadline`. */
  async flush(deadline: number): Promise<void> {
    const open = [...this.timers.waiting()].map((waiting) => waiting.over());
    await settledBy(deadline, Promise.all(open));
  }

  /** Takes no more, flushes, and gives what is left at the deadline a ClosedError. Idempotent. */
  async close(deadline: number): Promise<void> {
    this.closed = true;
    await this.flush(deadline);
    for (const waiting of [...this.timers.waiting()]) {
      const error = new ClosedError('The producer', errorContext(waiting.event));
      this.settle(waiting, { status: waiting.handedOver ? 'unknown' : 'notSent', error });
    }
    this.unwatch();
  }

  /** Topics that do not move must leave half of the buffer to those that do. */
  private checkRoom(events: readonly PreparedEvent[], topics: readonly string[]): void {
    const limit = this.options.maxBufferedRecords;
    const wanted = this.open + events.length;
    if (wanted > limit) throw new BufferFullError(limit, errorContext(events[0]));
    const half = Math.ceil(limit / 2);
    if (wanted <= half) return;
    const before = monotonicNow() - STALLED_MS;
    if (this.movedAt <= before) return;
    let stalled = 0;
    for (const { open, movedAt } of this.topics.values()) if (movedAt <= before) stalled += open;
    if (stalled + events.length <= half) return;
    topics.forEach((topic, i) => {
      const progress = this.topics.get(topic);
      if (progress && progress.movedAt <= before)
        throw new BufferFullError(limit, errorContext(events[i]), { isOfStalledTopics: true });
    });
  }

  private progressOf(topic: string): TopicProgress {
    let progress = this.topics.get(topic);
    if (!progress) this.topics.set(topic, (progress = { topic, open: 0, movedAt: monotonicNow() }));
    progress.open++;
    return progress;
  }

  private makeRecord(waiting: WaitingRecord, deadline: number): void {
    const { event, progress } = waiting;
    let record: OutgoingRecord | Promise<OutgoingRecord>;
    try {
      record = this.options.parts.wire.toRecord(event, progress.topic, deadline);
    } catch (error) {
      return this.settle(waiting, { status: 'notSent', error: asError(error) });
    }
    const isPromise = 'then' in record;
    if (!isPromise) waiting.record = record as OutgoingRecord;
    if (isPromise || this.lanes.size > 0) {
      const lane = laneOf(waiting);
      const queue = this.lanes.get(lane);
      if (isPromise) this.makeLater(waiting, lane, record as Promise<OutgoingRecord>);
      if (queue) return void queue.push(waiting);
      if (isPromise) return void this.lanes.set(lane, [waiting]);
    }
    this.ready.push(waiting);
    this.pumpSoon();
  }

  private makeLater(waiting: WaitingRecord, lane: string, making: Promise<OutgoingRecord>): void {
    making
      .then(
        (record) => void (waiting.record = record),
        (error: unknown) => this.settle(waiting, { status: 'notSent', error: asError(error) }),
      )
      .finally(() => this.advance(lane));
  }

  /** What stands behind a record that is being made goes on once that is made or settled. */
  private advance(lane: string): void {
    const queue = this.lanes.get(lane);
    if (!queue) return;
    const made = queue.findIndex(({ record, isSettled }) => record === undefined && !isSettled);
    const free = made < 0 ? queue.splice(0) : queue.splice(0, made);
    if (queue.length === 0) this.lanes.delete(lane);
    for (const waiting of free) this.ready.push(waiting);
    this.isMixed = true;
    this.pumpSoon();
  }

  private pumpSoon(): void {
    if (this.pumpDue || this.ready.length === 0 || this.connecting) return;
    this.pumpDue = true;
    const { context } = this.options;
    const pump = (): void => {
      this.pumpDue = false;
      if (!this.connecting) this.publish(this.takeReady());
    };
    if (context) context.runInAsyncScope(setImmediate, undefined, pump);
    else setImmediate(pump);
  }

  /** In the order of `submit`, also across keys. */
  private takeReady(): readonly WaitingRecord[] {
    const { ready } = this;
    this.ready = [];
    if (this.isMixed) ready.sort((one, other) => one.number - other.number);
    this.isMixed = false;
    return ready;
  }

  private publish(taken: readonly WaitingRecord[]): void {
    const records: WaitingRecord[] = [];
    const outgoing: OutgoingRecord[] = [];
    let deadline = 0;
    for (const waiting of taken) {
      if (waiting.isSettled) continue;
      waiting.handedOver = true;
      deadline = Math.max(deadline, waiting.deadline);
      records.push(waiting);
      outgoing.push(waiting.record!);
    }
    if (records.length === 0) return;
    let unsettled = records.length;
    const told: OutcomeListener = (i, outcome) => {
      const waiting = records[i];
      if (!waiting || waiting.isSettled) return;
      unsettled--;
      this.settle(waiting, outcome);
    };
    void this.callTransport(outgoing, deadline, told).then((outcomes) => {
      if (unsettled > 0) records.forEach((_, i) => told(i, outcomes[i] ?? noAnswer()));
    });
  }

  private async callTransport(
    records: readonly OutgoingRecord[],
    deadline: number,
    told: OutcomeListener,
  ): Promise<readonly PublishOutcome[]> {
    try {
      return await this.options.parts.transport.publish(records, deadline, told);
    } catch (error) {
      return records.map(() => ({ status: 'unknown', error: asError(error) }));
    }
  }

  private expire(waiting: WaitingRecord): void {
    const { handedOver, event } = waiting;
    if (handedOver && !waiting.isLate) {
      waiting.isLate = true;
      this.timers.set(monotonicNow() + GRACE_MS, waiting);
      return;
    }
    const error = new SendTimeoutError(
      handedOver ? 'Publishing' : 'Waiting for the broker',
      waiting.timeoutMs,
      { ...errorContext(event), cause: this.connectError },
    );
    this.settle(waiting, { status: handedOver ? 'unknown' : 'notSent', error });
    if (handedOver) return;
    if (this.lanes.size > 0) this.advance(laneOf(waiting));
    if (++this.expired % MANY === 0) this.ready = this.ready.filter((one) => !one.isSettled);
  }

  /** The first outcome counts. */
  private settle(waiting: WaitingRecord, outcome: PublishOutcome): void {
    if (waiting.isSettled) return;
    waiting.isSettled = true;
    this.timers.cancel(waiting);
    const { progress } = waiting;
    if (outcome.status === 'sent') this.movedAt = progress.movedAt = monotonicNow();
    this.open--;
    if (--progress.open === 0) this.topics.delete(progress.topic);
    waiting.tell(outcome);
  }
}

type OutcomeTold = (outcome: PublishOutcome, index: number) => void;

/** How a topic gets on. */
interface TopicProgress {
  readonly topic: string;
  /** Records without an outcome. */
  open: number;
  /** By `monotonicNow`: when one of its records was last confirmed, or the first of these came. */
  movedAt: number;
}

/** A record on its way to the transport, until it has its one outcome. */
class WaitingRecord implements Deadlined {
  record: OutgoingRecord | undefined;
  handedOver = false;
  isSettled = false;
  /** Past its deadline, waiting for the transport's own word. */
  isLate = false;
  deadline = 0;
  private whenSettled: (() => void)[] | undefined;

  constructor(
    /** Those submitted before have lower ones. */
    readonly number: number,
    readonly event: PreparedEvent,
    readonly progress: TopicProgress,
    private readonly index: number,
    /** From `submit` to the deadline. */
    readonly timeoutMs: number,
    private readonly told: OutcomeTold,
  ) {}

  tell(outcome: PublishOutcome): void {
    this.told(outcome, this.index);
    if (this.whenSettled) for (const resolve of this.whenSettled) resolve();
  }

  /** Resolves when it has its outcome. */
  over(): Promise<void> {
    if (this.isSettled) return Promise.resolve();
    return new Promise((resolve) => (this.whenSettled ??= []).push(resolve));
  }
}

/** Records of one lane must be handed over in order. */
function laneOf({ event: { key }, progress: { topic } }: WaitingRecord): string {
  return key === null ? topic : `${topic}\n${String(key.value)}`;
}

function noAnswer(): PublishOutcome {
  return {
    status: 'unknown',
    error: new Error('the transport returned no outcome for this record'),
  };
}

function errorContext(event: PreparedEvent | undefined) {
  if (event === undefined) return {};
  return { topic: event.topic, eventType: event.type, eventId: event.metadata.id };
}
