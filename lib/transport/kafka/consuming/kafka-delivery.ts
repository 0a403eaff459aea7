import type { Delivery, IncomingRecord, Position } from '../../transport.interface.js';

/** A fetched record. */
export interface FetchedRecord {
  readonly offset: number;
  readonly record: IncomingRecord;
  readonly size: number;
}

export interface DeliveryOwner {
  readonly topic: string;
  readonly partition: number;
  readonly source: string;
  settle(delivery: KafkaDelivery): void;
  release(delivery: KafkaDelivery, delayMs: number): void;
}

/** A record in the hands of the sink. */
export class KafkaDelivery implements Delivery {
  private ended = false;
  private abort: AbortController | undefined;

  constructor(
    readonly fetched: FetchedRecord,
    private readonly owner: DeliveryOwner,
  ) {}

  get record(): IncomingRecord {
    return this.fetched.record;
  }

  get position(): Position {
    const { topic, partition } = this.owner;
    return { topic, partition: String(partition), offset: String(this.fetched.offset) };
  }

  get source(): string {
    return this.owner.source;
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
