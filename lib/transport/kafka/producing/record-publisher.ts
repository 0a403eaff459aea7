import { monotonicNow } from '../../../common/clocks.js';
import type { HealthBoard } from '../../common/health-board.js';
import { endBy } from '../../common/waiting.js';
import type { OutgoingRecord, PublishOutcome } from '../../transport.interface.js';
import type { KafkaDriver } from '../kafka-driver.interface.js';
import type { PublishingSettings } from '../kafka-settings.js';
import { RecordQueue } from './record-queue.js';
import { RequestSender } from './request-sender.js';
import { closedOutcome, WaitingBatch, type WaitingRecord } from './waiting-batch.js';

/**
 * Sends records, those with the same order key in the order of the `publish` calls: calls of one turn,
 * and what comes while all requests allowed are under way, travel together, up to the size of a batch.
 */
export class RecordPublisher {
  private readonly queue: RecordQueue;
  private readonly idle: RequestSender[];
  private readonly senders: readonly RequestSender[];
  private readonly underWay = new Map<Promise<void>, readonly WaitingRecord[]>();
  private readonly onLate = (): void => {
    for (const sender of this.senders) sender.checkLate();
  };
  private wakeDue = false;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(driver: KafkaDriver, settings: PublishingSettings, health: HealthBoard) {
    this.queue = new RecordQueue(settings);
    this.senders = Array.from({ length: settings.maxInFlight }, (_, n) => {
      const part = n === 0 ? 'publishing' : `publishing ${n + 1}`;
      return new RequestSender(driver, health, part);
    });
    this.idle = [...this.senders];
  }

  /** One outcome each, in order, by the deadline (by `monotonicNow`). Never rejects. */
  publish(
    records: readonly OutgoingRecord[],
    deadline: number,
  ): Promise<readonly PublishOutcome[]> {
    if (this.closed) return Promise.resolve(records.map(closedOutcome));
    if (records.length === 0) return Promise.resolve([]);
    const batch = new WaitingBatch(records, deadline, this.onLate);
    this.queue.add(batch.records);
    this.wakeSoon();
    return batch.outcomes;
  }

  /** Takes no more. What a client has gets its outcome by the deadline (by `monotonicNow`), the rest is not sent. */
  async close(deadline: number): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    for (const sender of this.senders) sender.hurry();
    for (const waiting of [...this.queue.clear(), ...[...this.underWay.values()].flat()])
      if (!waiting.handedOver) waiting.settle(closedOutcome(waiting.record));
    this.onLate();
    await endBy(deadline, Promise.all(this.underWay.keys()));
    for (const sender of this.senders) sender.discard();
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
    while (!this.closed && this.idle.length > 0) {
      const waitMs = this.queue.dueIn(monotonicNow());
      if (waitMs === undefined) return;
      if (waitMs > 0) return this.wakeIn(waitMs);
      const batch = this.queue.take();
      if (batch.length === 0) return;
      const sender = this.idle.shift()!;
      const sending = sender.send(batch).then(() => {
        this.underWay.delete(sending);
        this.queue.release(batch);
        this.idle.unshift(sender);
        this.wake();
      });
      this.underWay.set(sending, batch);
    }
  }

  private wakeIn(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.wake(), ms);
  }
}
