import { monotonicNow } from '../common/clocks.js';
import { clearTimeout, setImmediate, setTimeout } from 'node:timers';
import { BufferFullError, ClosedError, DeadlineError } from '../errors/index.js';
import { fullTopic } from '../transport/topic-prefix.js';
import type {
  OutcomeListener,
  OutgoingRecord,
  PublishOutcome,
} from '../transport/transport.interface.js';
import type { PreparedEvent, TransportParts } from '../transport/wire-format.interface.js';
import { asError } from '../common/as-error.js';
import { DeadlineTimers, type Alarm, settledBy } from '../common/deadline-timers.js';

export interface SendBatcherOptions {
  readonly parts: TransportParts;
  readonly topicPrefix: string | undefined;
  /** Records without an outcome, in all. */
  readonly maxBufferedRecords: number;
  /** Publish calls without an outcome that hold records of one topic. Default 5. */
  readonly maxBatches?: number;
  /** Records of one publish call. Default 1,000. */
  readonly maxBatchSize?: number;
}

/** How long past its deadline a record that the transport has may wait for the transport's word. */
const GRACE_MS = 250;
/** A topic of which no record was confirmed for so long does not move. */
const STALLED_MS = 1_000;
/** For so long records of a part of a topic that waits keep those of its other parts from being handed over. */
const PLACE_MS = 200;

/**
 * Hands prepared events to the transport. Records submitted in one turn of the event loop travel in
 * one publish call, each with its own outcome.
 *
 * Records of one topic and key are handed over in the order of `submit`, even while the wire format
 * asks a registry for one of them. Every record gets an outcome by its deadline, and a quarter of a
 * second when the transport has it, whatever the transport does. While the transport connects for
 * the first time, records wait. A topic that must wait holds up no other.
 */
export class SendBatcher {
  /** Records in the queues of topics. */
  private queued = 0;
  private readonly open = new Set<WaitingRecord>();
  private readonly turns = new Map<string, TopicTurns>();
  private placeTimer: NodeJS.Timeout | undefined;
  private pumpDue = false;
  private connecting = false;
  private connectError: Error | undefined;
  private closed = false;
  private readonly unwatch: () => void;
  private readonly timers = new DeadlineTimers();
  private readonly onSettled = (waiting: WaitingRecord, outcome: PublishOutcome): void =>
    this.settled(waiting, outcome);
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
   * Calls `told` once for each event, with its index in `events`; for an event that the wire format
   * refuses before this returns. Throws ClosedError or BufferFullError, with nothing taken.
   */
  submit(
    events: readonly PreparedEvent[],
    deadline: number,
    told: (outcome: PublishOutcome, index: number) => void,
  ): void {
    if (this.closed) throw new ClosedError('The producer', placeOf(events[0]));
    this.checkRoom(events);
    events.forEach((event, i) => {
      const topic = fullTopic(this.options.topicPrefix, event.topic);
      const tell = (outcome: PublishOutcome): void => told(outcome, i);
      const turns = this.turnsOf(topic);
      const waiting = new WaitingRecord(event, topic, turns, deadline, this.onSettled, tell);
      this.open.add(waiting);
      turns.queue.push(waiting);
      this.queued++;
      this.arm(waiting);
      this.makeRecord(waiting);
    });
  }

  /** Resolves when every record submitted so far has its outcome, at the latest at `deadline`. */
  async flush(deadline: number): Promise<void> {
    const open = [...this.open].map((waiting) => waiting.over());
    await settledBy(deadline, Promise.all(open));
  }

  /** Takes no more, flushes, and gives what is left at the deadline a ClosedError. Idempotent. */
  async close(deadline: number): Promise<void> {
    this.closed = true;
    await this.flush(deadline);
    for (const waiting of [...this.open]) {
      const error = new ClosedError('The producer', placeOf(waiting.event));
      waiting.settle({ status: waiting.handedOver ? 'unknown' : 'notSent', error });
    }
    this.unwatch();
    clearTimeout(this.placeTimer);
  }

  /** Topics that do not move must leave half of the buffer to those that do. */
  private checkRoom(events: readonly PreparedEvent[]): void {
    const limit = this.options.maxBufferedRecords;
    const wanted = this.open.size + events.length;
    if (wanted > limit) throw new BufferFullError(limit, placeOf(events[0]));
    const half = Math.ceil(limit / 2);
    const before = monotonicNow() - STALLED_MS;
    if (wanted <= half || this.movedAt <= before) return;
    let stalled = 0;
    for (const { open, movedAt } of this.turns.values()) if (movedAt <= before) stalled += open;
    if (stalled + events.length <= half) return;
    for (const event of events) {
      const turns = this.turns.get(fullTopic(this.options.topicPrefix, event.topic));
      if (turns && turns.movedAt <= before) throw new BufferFullError(half, placeOf(event));
    }
  }

  private turnsOf(topic: string): TopicTurns {
    let turns = this.turns.get(topic);
    if (!turns) {
      turns = { open: 0, movedAt: monotonicNow(), queue: [], lots: new Set() };
      this.turns.set(topic, turns);
    }
    turns.open++;
    return turns;
  }

  private arm(waiting: WaitingRecord): void {
    const onTime = (): void => {
      if (waiting.handedOver && !waiting.late) {
        waiting.late = true;
        waiting.alarm = this.timers.set(monotonicNow() + GRACE_MS, onTime);
        return;
      }
      const { topic, metadata } = waiting.event;
      const error = new DeadlineError(waiting.handedOver ? 'Publishing' : 'Waiting to publish', {
        topic,
        eventType: metadata.type,
        eventId: metadata.id,
        cause: this.connectError,
      });
      waiting.settle({ status: waiting.handedOver ? 'unknown' : 'notSent', error });
      this.pumpSoon();
    };
    waiting.alarm = this.timers.set(waiting.deadline, onTime);
  }

  private makeRecord(waiting: WaitingRecord): void {
    const ready = (record: OutgoingRecord): void => {
      waiting.record = record;
      this.pumpSoon();
    };
    const refused = (error: unknown): void => {
      waiting.settle({ status: 'notSent', error: asError(error) });
      this.pumpSoon();
    };
    try {
      const { event, topic, deadline } = waiting;
      const record = this.options.parts.wire.toRecord(event, topic, deadline);
      if ('then' in record) void record.then(ready, refused);
      else ready(record);
    } catch (error) {
      refused(error);
    }
  }

  private pumpSoon(): void {
    if (this.pumpDue || this.queued === 0) return;
    this.pumpDue = true;
    setImmediate(() => this.pump());
  }

  private pump(): void {
    this.pumpDue = false;
    while (!this.connecting) {
      const batch = this.takeBatch();
      if (batch.length === 0) return;
      this.publish(batch);
    }
  }

  /** The records at the head of their lane that are ready, in order. */
  private takeBatch(): WaitingRecord[] {
    const { maxBatchSize = 1000, maxBatches = 5 } = this.options;
    const batch: WaitingRecord[] = [];
    for (const turns of this.turns.values()) {
      if (turns.queue.length === 0) continue;
      if (turns.lots.size >= maxBatches) this.freePlacesSoon();
      else if (batch.length < maxBatchSize) this.takeFrom(turns, batch, maxBatchSize);
    }
    return batch;
  }

  private takeFrom(turns: TopicTurns, batch: WaitingRecord[], most: number): void {
    const blocked = new Set<string>();
    const rest: WaitingRecord[] = [];
    for (const waiting of turns.queue) {
      if (waiting.isSettled) continue;
      const ready = waiting.record !== undefined && !blocked.has(waiting.lane);
      if (ready && batch.length < most) batch.push(waiting);
      else {
        blocked.add(waiting.lane);
        rest.push(waiting);
      }
    }
    this.queued += rest.length - turns.queue.length;
    turns.queue = rest;
  }

  private publish(records: readonly WaitingRecord[]): void {
    const since = monotonicNow();
    const lots = new Map<TopicTurns, Lot>();
    for (const waiting of records) {
      const { turns } = waiting;
      let lot = lots.get(turns);
      if (!lot) {
        lots.set(turns, (lot = { turns, since, unsettled: 0 }));
        turns.lots.add(lot);
      }
      lot.unsettled++;
      waiting.handedOver = true;
      waiting.lot = lot;
    }
    const deadline = records.reduce((latest, waiting) => Math.max(latest, waiting.deadline), 0);
    const outgoing = records.map((waiting) => waiting.record!);
    const told: OutcomeListener = (i, outcome) => records[i]?.settle(outcome);
    void this.callTransport(outgoing, deadline, told).then((outcomes) => {
      for (const { unsettled } of lots.values())
        if (unsettled > 0)
          return records.forEach((waiting, i) => waiting.settle(outcomes[i] ?? noAnswer()));
    });
  }

  /** A lot keeps its place until all of it is settled: by the transport, or by the deadlines where that never answers. */
  private settled(waiting: WaitingRecord, outcome: PublishOutcome): void {
    const { lot, turns, topic } = waiting;
    if (outcome.status === 'sent') this.movedAt = turns.movedAt = monotonicNow();
    this.open.delete(waiting);
    if (--turns.open === 0) {
      this.turns.delete(topic);
      this.queued -= turns.queue.length;
    }
    if (!lot || --lot.unsettled > 0) return;
    turns.lots.delete(lot);
    this.pumpSoon();
  }

  /** Where a part of a topic may wait for itself, it does not keep the others waiting for long. */
  private freePlacesSoon(): void {
    if (this.placeTimer || !this.options.parts.transport.capabilities.partitions) return;
    this.placeTimer = setTimeout(() => {
      this.placeTimer = undefined;
      const before = monotonicNow() - PLACE_MS;
      for (const { lots } of this.turns.values())
        for (const lot of lots) if (lot.since <= before) lots.delete(lot);
      this.pump();
    }, PLACE_MS);
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
}

function noAnswer(): PublishOutcome {
  return { status: 'unknown', error: new Error('the transport gave no outcome') };
}

function placeOf(event: PreparedEvent | undefined) {
  if (event === undefined) return {};
  return { topic: event.topic, eventType: event.type, eventId: event.metadata.id };
}

/** Records of one topic that were handed over together. */
export interface Lot {
  readonly turns: TopicTurns;
  /** By `monotonicNow`. */
  readonly since: number;
  unsettled: number;
}

/** What a topic has waiting and under way. */
export interface TopicTurns {
  /** Records without an outcome. */
  open: number;
  /** By `monotonicNow`: when one of its records was last confirmed, or the first of these came. */
  movedAt: number;
  /** Not handed over yet. */
  queue: WaitingRecord[];
  /** Those that keep a place of the topic. */
  readonly lots: Set<Lot>;
}

/** A record on its way to the transport, until it has its one outcome. */
export class WaitingRecord {
  /** Records of one lane must be handed over in order. */
  readonly lane: string;
  record: OutgoingRecord | undefined;
  handedOver = false;
  /** Past its deadline, waiting for the transport's own word. */
  late = false;
  alarm: Alarm | undefined;
  /** Those of its topic that went with it. */
  lot: Lot | undefined;
  private settled = false;
  private whenSettled: (() => void)[] | undefined;

  constructor(
    readonly event: PreparedEvent,
    /** Full topic. */
    readonly topic: string,
    readonly turns: TopicTurns,
    /** By `monotonicNow`. */
    readonly deadline: number,
    /** The batcher's own, before the sender hears of it. */
    private readonly onSettled: (waiting: WaitingRecord, outcome: PublishOutcome) => void,
    private readonly tell: (outcome: PublishOutcome) => void,
  ) {
    this.lane = event.key === null ? topic : `${topic}\n${String(event.key.value)}`;
  }

  get isSettled(): boolean {
    return this.settled;
  }

  /** The first outcome counts. */
  settle(outcome: PublishOutcome): void {
    if (this.settled) return;
    this.settled = true;
    this.alarm?.cancel();
    this.onSettled(this, outcome);
    this.tell(outcome);
    for (const resolve of this.whenSettled ?? []) resolve();
  }

  /** Resolves when it has its outcome. */
  over(): Promise<void> {
    if (this.settled) return Promise.resolve();
    return new Promise((resolve) => (this.whenSettled ??= []).push(resolve));
  }
}
