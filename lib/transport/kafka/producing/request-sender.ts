import type { HealthBoard } from '../../common/health-board.js';
import { backoffDelay, pauseFor } from '../../common/waiting.js';
import type { KafkaDriver, ProducerClient, SentRecord } from '../kafka-driver.interface.js';
import { isForbidden, isRefusal, rootOf, serviceFault } from '../kafka-errors.js';
import type { WaitingRecord } from './waiting-batch.js';

/**
 * Sends one batch at a time, each as one request to each broker, with a producer of its own.
 *
 * After an unknown outcome the producer is replaced before the next record: kafkajs would number it as
 * the one whose reply was lost, and the broker would take it for a repeat and drop it.
 */
export class RequestSender {
  private producer: ProducerClient | undefined;
  private onLate: () => void = () => undefined;
  private readonly hurried = new AbortController();

  /** `part` names it for health and logs. */
  constructor(
    private readonly driver: KafkaDriver,
    private readonly health: HealthBoard,
    private readonly part: string,
  ) {}

  /** Resolves when every record of the batch has its outcome. Never rejects. */
  async send(batch: readonly WaitingRecord[]): Promise<void> {
    const producer = await this.connected(batch);
    if (producer) await this.request(producer, batch.filter(isOpen));
  }

  /** To be called when records got their outcome by their deadline. */
  checkLate(): void {
    this.onLate();
  }

  /** Waits no more between tries to connect. */
  hurry(): void {
    this.hurried.abort();
  }

  /** Ends the producer's connections; the next batch gets another one. */
  discard(): void {
    this.producer?.discard();
    this.producer = undefined;
  }

  /** A producer that can send; undefined when nobody of the batch waits any more. */
  private async connected(batch: readonly WaitingRecord[]): Promise<ProducerClient | undefined> {
    for (let failures = 1; batch.some(isOpen); failures++) {
      const producer = (this.producer ??= this.driver.producer());
      try {
        if (!(await this.unlessLate(batch, producer.connect()))) continue;
        this.health.healed(this.part);
        return producer;
      } catch (error) {
        this.discard();
        this.health.failed(this.part, serviceFault(error));
        if (isForbidden(error)) for (const waiting of batch) refuse(waiting, error, 'notSent');
        else await pauseFor(backoffDelay(failures, 50), this.hurried.signal);
      }
    }
    return undefined;
  }

  private async request(producer: ProducerClient, batch: readonly WaitingRecord[]): Promise<void> {
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
    if (sent) this.health.healed(this.part);
    sent?.forEach((place, i) => confirm(batch[i]!, place));
  }

  private async failed(
    producer: ProducerClient,
    batch: readonly WaitingRecord[],
    error: unknown,
  ): Promise<void> {
    if (!isRefusal(error)) {
      this.health.failed(this.part, serviceFault(error));
      this.discard();
      for (const waiting of batch) refuse(waiting, error, 'unknown');
      return;
    }
    const places = byPlace(producer, batch);
    if (places.length > 1) return this.again(producer, places, error);
    // A partition takes a request wholly or not at all, so the halves may have its numbers.
    if (batch.length > 1 && isTooLarge(error)) return this.again(producer, halves(batch), error);
    for (const waiting of batch) refuse(waiting, error, 'notSent');
  }

  /**
   * Sends the parts of a batch one after the other, because not all of them are to blame. What a
   * partition took already it recognises by its number, and only by that of this producer.
   */
  private async again(
    producer: ProducerClient,
    parts: readonly (readonly WaitingRecord[])[],
    error: unknown,
  ): Promise<void> {
    for (const part of parts) {
      if (this.producer === producer) await this.request(producer, part);
      else for (const waiting of part) refuse(waiting, error, 'unknown');
    }
  }

  /** False when every record got its outcome by its deadline first. Rejects as the work does. */
  private async unlessLate(
    batch: readonly WaitingRecord[],
    work: Promise<unknown>,
  ): Promise<boolean> {
    const late = new Promise<false>((resolve) => {
      this.onLate = () => {
        if (!batch.some(isOpen)) resolve(false);
      };
      this.onLate();
    });
    work.catch(() => undefined);
    return Promise.race([work.then(() => true), late]);
  }
}

const isOpen = ({ outcome }: WaitingRecord): boolean => outcome === undefined;

function isTooLarge(error: unknown): boolean {
  const { type } = rootOf(error);
  return type === 'MESSAGE_TOO_LARGE' || type === 'RECORD_LIST_TOO_LARGE';
}

function halves<T>(all: readonly T[]): readonly T[][] {
  const middle = Math.ceil(all.length / 2);
  return [all.slice(0, middle), all.slice(middle)];
}

/** The records of each partition, or of the topic where it has none yet. */
function byPlace(producer: ProducerClient, batch: readonly WaitingRecord[]): WaitingRecord[][] {
  const places = new Map<string, WaitingRecord[]>();
  for (const waiting of batch) {
    const { record } = waiting;
    const place = `${record.topic}/${producer.partitionOf(record) ?? ''}`;
    const same = places.get(place);
    if (same) same.push(waiting);
    else places.set(place, [waiting]);
  }
  return [...places.values()];
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
