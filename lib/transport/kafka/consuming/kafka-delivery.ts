import type { Delivery, IncomingRecord, Position } from '../../transport.interface.js';
import type { FetchedRecord } from '../kafka-driver.interface.js';

export interface DeliveryOwner {
  readonly topic: string;
  readonly partition: number;
  readonly source: string;
  readonly isExpired: boolean;
  settle(delivery: KafkaDelivery): void;
  release(delivery: KafkaDelivery, delayMs: number): void;
}

/** A record in the hands of the sink. */
export class KafkaDelivery implements Delivery {
  readonly record: IncomingRecord;
  readonly source: string;
  private place: Position | undefined;
  private ended = false;
  private abort: AbortController | undefined;

  constructor(
    readonly fetched: FetchedRecord,
    private readonly owner: DeliveryOwner,
  ) {
    this.record = fetched.record;
    this.source = owner.source;
  }

  get position(): Position {
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
