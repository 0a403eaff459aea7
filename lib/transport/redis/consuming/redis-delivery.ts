import type { Delivery, IncomingRecord, RecordPosition } from '../../transport.interface.js';
import type { StreamEntry } from '../client/redis-reply.js';
import { idTime } from '../group/stream-group.js';

export interface DeliveryCounts {
  /** Deliveries before this one. */
  readonly deliveries: number;
  /** Those of them to other processes, or to us in a former life. */
  readonly earlier: number;
}

/** An entry that is ours to deliver. */
export interface HeldEntry {
  readonly id: string;
  readonly record: IncomingRecord;
  readonly bytes: number;
  /** Deliveries so far. */
  deliveries: number;
  /** Those of them to other processes, or to us in a former life. */
  readonly earlier: number;
  /** The sink has not had it yet. */
  isNew: boolean;
  /** Not to be delivered before (by `monotonicNow`). */
  notBefore: number;
}

/** What a delivery tells the source that it came from. */
export interface DeliveryOwner {
  /** False while another member may have what is in flight here. */
  readonly isOurs: boolean;
  /** `stays`: it is not to be deleted. */
  settle(delivery: RedisDelivery, stays: boolean): void;
  release(delivery: RedisDelivery, delayMs: number): void;
  keepAlive(delivery: RedisDelivery): void;
}

const BODY_FIELD = 'event_data';

export function heldEntry(
  stream: string,
  id: string,
  fields: NonNullable<StreamEntry['fields']>,
  { deliveries, earlier }: DeliveryCounts,
): HeldEntry {
  const record = entryRecord(stream, id, fields);
  let bytes = 0;
  for (const field of fields) bytes += field[0].length + field[1].length;
  return { id, record, bytes, deliveries, earlier, isNew: true, notBefore: 0 };
}

/** An entry of a stream as a record. */
export function entryRecord(
  stream: string,
  id: string,
  fields: NonNullable<StreamEntry['fields']>,
): IncomingRecord {
  let at = fields.length - 1;
  while (at >= 0 && fields[at]![0] !== BODY_FIELD) at--;
  const value = fields[at]?.[1] ?? null;
  return { topic: stream, key: null, attributes: fields, value, brokerTime: idTime(id) };
}

export class RedisDelivery implements Delivery {
  readonly record: IncomingRecord;
  readonly position: RecordPosition;
  readonly source: string;
  readonly deliveryCount: number;
  readonly earlierDeliveries: number;
  private ended = false;
  private controller: AbortController | undefined;

  constructor(
    readonly entry: HeldEntry,
    private readonly owner: DeliveryOwner,
  ) {
    this.record = entry.record;
    this.source = entry.record.topic;
    this.position = { topic: this.source, partition: '0', offset: entry.id };
    this.deliveryCount = ++entry.deliveries;
    entry.isNew = false;
    this.earlierDeliveries = entry.earlier;
  }

  get isLost(): boolean {
    return this.ended || !this.owner.isOurs;
  }

  get signal(): AbortSignal {
    if (!this.controller) {
      this.controller = new AbortController();
      if (this.ended) this.controller.abort();
    }
    return this.controller.signal;
  }

  settle(): void {
    this.owner.settle(this, false);
  }

  pass(): void {
    this.owner.settle(this, true);
  }

  release(delayMs = 0): void {
    this.owner.release(this, delayMs);
  }

  keepAlive(): void {
    this.owner.keepAlive(this);
  }

  abort(): void {
    this.ended = true;
    this.controller?.abort();
  }
}

/** What a subscription may have delivered and unsettled, all sources together. */
export class DeliveryBudget {
  private count = 0;
  private bytes = 0;

  constructor(
    private readonly maxCount: number,
    private readonly maxBytes = Infinity,
  ) {}

  /** Takes room for one record; a record larger than all the room is taken when nothing is in flight. */
  take(bytes: number): boolean {
    if (!this.hasRoomFor(bytes)) return false;
    this.count++;
    this.bytes += bytes;
    return true;
  }

  hasRoomFor(bytes: number): boolean {
    if (this.count >= this.maxCount) return false;
    return this.count === 0 || this.bytes + bytes <= this.maxBytes;
  }

  give(bytes: number): void {
    this.count--;
    this.bytes -= bytes;
  }
}
