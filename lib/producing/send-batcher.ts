import { monotonicNow } from '../common/clocks.js';
import { setImmediate } from 'node:timers';
import { BufferFullError, ClosedError, DeadlineError } from '../errors/index.js';
import { fullTopic } from '../transport/topic-prefix.js';
import type { OutgoingRecord, PublishOutcome } from '../transport/transport.interface.js';
import type { PreparedEvent, TransportParts } from '../transport/wire-format.interface.js';
import { asError } from './as-error.js';
import { DeadlineTimers } from './deadline-timers.js';
import { settledBy } from './settled-by.js';
import { WaitingRecord } from './waiting-record.js';

export interface SendBatcherOptions {
  readonly parts: TransportParts;
  readonly topicPrefix: string | undefined;
  /** Records without an outcome, in all. */
  readonly maxBufferedRecords: number;
  /** Publish calls without an outcome. Default 5. */
  readonly maxBatches?: number;
  /** Records of one publish call. Default 1,000. */
  readonly maxBatchSize?: number;
}

/** How long past its deadline a record that the transport has may wait for the transport's word. */
const GRACE_MS = 250;

/**
 * Hands prepared events to the transport. Records submitted in one turn of the event loop travel in
 * one publish call, each with its own outcome.
 *
 * Records of one topic and key are handed over in the order of `submit`, even while the wire format
 * asks a registry for one of them. Every record gets an outcome by its deadline, and a quarter of a
 * second when the transport has it, whatever the transport does. While the transport connects for
 * the first time, records wait.
 */
export class SendBatcher {
  private queue: WaitingRecord[] = [];
  private readonly open = new Set<WaitingRecord>();
  private batches = 0;
  private pumpDue = false;
  private connecting = false;
  private connectError: Error | undefined;
  private closed = false;
  private readonly unwatch: () => void;
  private readonly timers = new DeadlineTimers();
  private readonly onSettled = (waiting: WaitingRecord): void => this.settled(waiting);

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
    const limit = this.options.maxBufferedRecords;
    if (this.open.size + events.length > limit)
      throw new BufferFullError(limit, placeOf(events[0]));
    events.forEach((event, i) => {
      const topic = fullTopic(this.options.topicPrefix, event.topic);
      const tell = (outcome: PublishOutcome): void => told(outcome, i);
      const waiting = new WaitingRecord(event, topic, deadline, this.onSettled, tell);
      this.open.add(waiting);
      this.queue.push(waiting);
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
    if (this.pumpDue || this.queue.length === 0) return;
    this.pumpDue = true;
    setImmediate(() => this.pump());
  }

  private pump(): void {
    this.pumpDue = false;
    const { maxBatches = 5 } = this.options;
    while (this.batches < maxBatches && !this.connecting) {
      const batch = this.takeBatch();
      if (batch.length === 0) return;
      this.publish(batch);
    }
  }

  /** The records at the head of their lane that are ready, in order. */
  private takeBatch(): WaitingRecord[] {
    const { maxBatchSize = 1000 } = this.options;
    const blocked = new Set<string>();
    const batch: WaitingRecord[] = [];
    const rest: WaitingRecord[] = [];
    for (const waiting of this.queue) {
      if (waiting.isSettled) continue;
      const ready = waiting.record !== undefined && !blocked.has(waiting.lane);
      if (ready && batch.length < maxBatchSize) batch.push(waiting);
      else {
        blocked.add(waiting.lane);
        rest.push(waiting);
      }
    }
    this.queue = rest;
    return batch;
  }

  private publish(records: readonly WaitingRecord[]): void {
    this.batches++;
    const batch = { unsettled: records.length };
    for (const waiting of records) {
      waiting.handedOver = true;
      waiting.batch = batch;
    }
    const deadline = records.reduce((latest, waiting) => Math.max(latest, waiting.deadline), 0);
    const outgoing = records.map((waiting) => waiting.record!);
    void this.callTransport(outgoing, deadline).then((outcomes) =>
      records.forEach((waiting, i) => waiting.settle(outcomes[i] ?? noAnswer())),
    );
  }

  /** A batch keeps its place until all of it is settled: by the transport, or by the deadlines where that never answers. */
  private settled(waiting: WaitingRecord): void {
    this.open.delete(waiting);
    if (!waiting.batch || --waiting.batch.unsettled > 0) return;
    this.batches--;
    this.pumpSoon();
  }

  private async callTransport(
    records: readonly OutgoingRecord[],
    deadline: number,
  ): Promise<readonly PublishOutcome[]> {
    try {
      return await this.options.parts.transport.publish(records, deadline);
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
