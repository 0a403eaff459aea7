import {
  type EventBusError,
  type HandlerFailure,
  UnusableRecordError,
} from '../../errors/index.js';
import { HandlerGoneError } from '../../errors/dead-letter.errors.js';
import type {
  Delivery,
  IncomingRecord,
  RecordPosition,
} from '../../transport/transport.interface.js';
import type { EventDecoder, ReadRecord } from '../processing/event-decoder.js';
import { type WaitingRecord, waitingRecord } from './waiting-record.js';

/** So many deliveries of a record that waits count as one. */
const DELIVERIES_WHILE_WAITING = 10;

/** What is known of a topic on which records wait. */
export interface RetrySource {
  /** Full name of the topic that its records came from. */
  readonly source: string;
  readonly group: string;
}

/** A record that waited, as its handlers are to see it: as it was on its topic, and where it was. */
export class WaitingDelivery implements Delivery {
  readonly record: IncomingRecord;
  readonly position: RecordPosition;
  readonly source: string;
  /** What it says of itself; undefined: nothing that makes sense. */
  readonly said: WaitingRecord | undefined;
  /** The same; undefined also where it is not one of this place. */
  readonly waiting: WaitingRecord | undefined;

  constructor(
    private readonly inner: Delivery,
    { source, group }: RetrySource,
  ) {
    const said = (this.said = waitingRecord(inner.record));
    this.waiting = said?.original.topic === source && said.group === group ? said : undefined;
    this.record = this.waiting?.record ?? inner.record;
    this.position = this.waiting?.original ?? inner.position;
    this.source = inner.source;
  }

  /** Each process that ended while the record waited had it too: that says little about the record. */
  get earlierDeliveries(): number | undefined {
    const { earlierDeliveries } = this.inner;
    return earlierDeliveries === undefined
      ? undefined
      : Math.floor(earlierDeliveries / DELIVERIES_WHILE_WAITING);
  }
  get signal(): AbortSignal {
    return this.inner.signal;
  }
  get isLost(): boolean {
    return this.inner.isLost ?? this.inner.signal.aborted;
  }
  settle(): void {
    this.inner.settle();
  }
  pass(): void {
    if (this.inner.pass) this.inner.pass();
    else this.inner.settle();
  }
  release(delayMs?: number): void {
    this.inner.release(delayMs);
  }
  keepAlive(): void {
    this.inner.keepAlive();
  }
}

/** Reads records that waited: as events for the handlers that are to have them. */
export class WaitingDecoder implements Pick<EventDecoder, 'read'> {
  constructor(private readonly decoder: Pick<EventDecoder, 'read'>) {}

  read(delivery: Delivery, group: string): ReadRecord | Promise<ReadRecord> {
    const { waiting } = delivery as WaitingDelivery;
    if (!waiting) {
      const error = new UnusableRecordError(
        'it is on a retry topic, but does not name its original record and handlers of this group (attributes openedx.retry.*), so another program probably wrote it',
        { topic: delivery.position.topic, group },
      );
      return { kind: 'unusable', error, received: undefined };
    }
    const read = this.decoder.read(delivery, group);
    return 'then' in read
      ? read.then((found) => forHandlers(found, waiting))
      : forHandlers(read, waiting);
  }
}

function forHandlers(read: ReadRecord, { handlers: ids, earlier }: WaitingRecord): ReadRecord {
  if (read.kind === 'serviceFault') return read;
  const failures = (names: readonly string[], error: EventBusError): HandlerFailure[] =>
    names.map((handler) => ({ handler, error }));
  if (read.kind === 'unusable') return { ...read, failures: failures(ids, read.error) };
  const { received } = read;
  const at = { eventType: received.type, eventId: received.metadata.id };
  if (read.kind !== 'event') {
    const error = new HandlerGoneError(ids, at);
    return { kind: 'unusable', error, received, failures: failures(ids, error) };
  }
  const gone = ids.filter((id) => !read.handlers.some(({ name }) => name === id));
  return {
    ...read,
    handlers: read.handlers.filter(({ name }) => ids.includes(name)),
    earlier,
    failures: failures(gone, new HandlerGoneError(gone, at)),
  };
}
