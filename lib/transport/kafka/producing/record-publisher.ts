import type { OutgoingRecord, PublishOutcome } from '../../transport.interface.js';
import type { HealthBoard } from '../../common/health-board.js';
import type { KafkaDriver, ProducerClient, SentRecord } from '../kafka-driver.interface.js';
import { isForbidden, isRefusal, rootOf, serviceFault } from '../kafka-errors.js';
import { backoffDelay, endBy, pauseFor } from '../../common/waiting.js';
import { closedOutcome, WaitingBatch, type WaitingRecord } from './waiting-batch.js';

/** Records of one request: kafkajs takes more time for each, the more there are. */
const MAX_RECORDS = 1_000;
const PART = 'publishing';

/**
 * Sends records in the order of the `publish` calls, one request to each broker at a time; what comes
 * while one is under way travels together in the next, up to its bytes.
 *
 * After an unknown outcome the producer is replaced before the next record: kafkajs would number it as
 * the one whose reply was lost, and the broker would take it for a repeat and drop it.
 */
export class RecordPublisher {
  private queue: WaitingRecord[] = [];
  private producer: ProducerClient | undefined;
  private pumping: Promise<void> | undefined;
  private onLate: () => void = () => undefined;
  private closed = false;

  constructor(
    private readonly driver: KafkaDriver,
    private readonly maxRequestBytes: number,
    private readonly health: HealthBoard,
  ) {}

  /** One outcome each, in order, by the deadline (epoch ms). Never rejects. */
  publish(
    records: readonly OutgoingRecord[],
    deadline: number,
  ): Promise<readonly PublishOutcome[]> {
    if (this.closed) return Promise.resolve(records.map(closedOutcome));
    if (records.length === 0) return Promise.resolve([]);
    const batch = new WaitingBatch(records, deadline, () => this.onLate());
    this.queue.push(...batch.records);
    this.startPump();
    return batch.outcomes;
  }

  /** Takes no more. What the client has gets its outcome by the deadline (epoch ms), the rest is not sent. */
  async close(deadline: number): Promise<void> {
    this.closed = true;
    for (const waiting of this.queue) waiting.settle(closedOutcome(waiting.record));
    this.onLate();
    if (this.pumping) await endBy(deadline, this.pumping);
    this.discard();
  }

  private startPump(): void {
    this.pumping ??= this.pump().finally(() => {
      this.pumping = undefined;
      if (this.queue.length > 0) this.startPump();
    });
  }

  private async pump(): Promise<void> {
    // Calls of one turn travel together.
    await Promise.resolve();
    for (;;) {
      this.queue = this.queue.filter(({ outcome }) => outcome === undefined);
      if (this.queue.length === 0) return;
      const producer = await this.connected();
      if (producer) await this.send(producer, this.take());
    }
  }

  private take(): WaitingRecord[] {
    let bytes = 0;
    let count = 0;
    for (const { size } of this.queue) {
      bytes += size;
      // A record that is too large goes alone: the broker says what it thinks of it.
      if (count > 0 && (bytes > this.maxRequestBytes || count === MAX_RECORDS)) break;
      count++;
    }
    return this.queue.splice(0, count).filter(({ outcome }) => outcome === undefined);
  }

  /** A producer that can send; undefined when that did not succeed, or nobody waits any more. */
  private async connected(): Promise<ProducerClient | undefined> {
    for (let failures = 1; this.queue.some(({ outcome }) => outcome === undefined); failures++) {
      const producer = (this.producer ??= this.driver.producer());
      try {
        const connecting = producer.connect();
        if (!(await this.unlessLate(this.queue, connecting))) continue;
        this.health.healed(PART);
        return producer;
      } catch (error) {
        this.discard();
        this.health.failed(PART, serviceFault(error));
        if (isForbidden(error)) for (const waiting of this.queue) refuse(waiting, error, 'notSent');
        else await pauseFor(backoffDelay(failures, 50));
      }
    }
    return undefined;
  }

  private async send(producer: ProducerClient, batch: readonly WaitingRecord[]): Promise<void> {
    if (batch.length === 0) return;
    for (const waiting of batch) waiting.handedOver = true;
    let sent: readonly SentRecord[] | undefined;
    try {
      const sending = producer.send(batch.map(({ record }) => record));
      if (await this.unlessLate(batch, sending)) sent = await sending;
      else this.discard();
    } catch (error) {
      await this.failed(producer, batch, error);
      return;
    }
    if (sent) this.health.healed(PART);
    sent?.forEach((place, i) => confirm(batch[i]!, place));
  }

  private async failed(
    producer: ProducerClient,
    batch: readonly WaitingRecord[],
    error: unknown,
  ): Promise<void> {
    if (!isRefusal(error)) {
      this.health.failed(PART, serviceFault(error));
      this.discard();
      for (const waiting of batch) refuse(waiting, error, 'unknown');
      return;
    }
    const topics = new Set(batch.map(({ record }) => record.topic));
    if (topics.size > 1) {
      // Not all of them are to blame. What the broker took already it recognises by its number.
      for (const topic of topics)
        await this.send(
          producer,
          batch.filter(({ record }) => record.topic === topic),
        );
      return;
    }
    const { type } = rootOf(error);
    if (batch.length > 1 && (type === 'MESSAGE_TOO_LARGE' || type === 'RECORD_LIST_TOO_LARGE')) {
      // The topic takes less than a request: one by one, with new numbers.
      this.discard();
      for (const waiting of batch) {
        const next = (this.producer ??= this.driver.producer());
        await next.connect().then(
          () => this.send(next, [waiting]),
          (failure: unknown) => refuse(waiting, failure, 'unknown'),
        );
      }
      return;
    }
    for (const waiting of batch) refuse(waiting, error, 'notSent');
  }

  /** False when every record got its outcome by its deadline first. Rejects as the work does. */
  private async unlessLate(
    batch: readonly WaitingRecord[],
    work: Promise<unknown>,
  ): Promise<boolean> {
    const late = new Promise<false>((resolve) => {
      this.onLate = () => {
        if (batch.every(({ outcome }) => outcome !== undefined)) resolve(false);
      };
      this.onLate();
    });
    work.catch(() => undefined);
    return Promise.race([work.then(() => true), late]);
  }

  private discard(): void {
    this.producer?.discard();
    this.producer = undefined;
  }
}

function confirm(waiting: WaitingRecord, { partition, offset }: SentRecord): void {
  const { topic } = waiting.record;
  // The broker recognised a repeat and no longer knew where the record is.
  const position =
    offset < 0 ? null : { topic, partition: String(partition), offset: String(offset) };
  waiting.settle({ status: 'sent', receipt: { position } });
}

function refuse(waiting: WaitingRecord, error: unknown, status: 'notSent' | 'unknown'): void {
  const { topic } = waiting.record;
  waiting.settle({ status, error: serviceFault(error, { topic }) });
}
