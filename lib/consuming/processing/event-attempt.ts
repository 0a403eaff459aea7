import { type UnknownFields, unknownFieldsOf } from '../../codec/resolution/unknown-fields.js';
import type { EventBusErrorPlace } from '../../errors/index.js';
import type { EventMetadata } from '../../events/event-metadata.js';
import type { Delivery, IncomingRecord, Position } from '../../transport/transport.interface.js';
import type { Abandonment } from '../deadline.js';
import { type EventContextFields, OpenEdxEventContext } from '../handlers/event-context.js';
import type { Dispatch } from './event-dispatcher.js';
import type { EventHandler } from '../handlers/handler-registry.js';
import type { ReadEvent } from './event-decoder.js';

/** What an attempt knows of the task that it belongs to. */
export interface AttemptOrigin {
  readonly bus: string;
  readonly group: string;
  readonly delivery: Delivery;
  readonly abandon: Abandonment;
  /** The key of the event; to be found without the data, which handlers may have changed. */
  readonly eventKey: string | null;
  readonly place: EventBusErrorPlace;
}

/** One attempt at an event. Nearly all of it is worked out only when somebody asks. */
export class EventAttempt implements Dispatch {
  readonly data: unknown;

  constructor(
    readonly event: ReadEvent,
    readonly origin: AttemptOrigin,
    readonly handlers: readonly EventHandler[],
    /** 1 = first. */
    readonly number: number,
  ) {
    this.data = number === 1 ? event.data : event.decode();
  }

  get place(): EventBusErrorPlace {
    return this.origin.place;
  }

  get lost(): AbortSignal {
    return this.origin.delivery.signal;
  }

  get abandon(): Abandonment {
    return this.origin.abandon;
  }

  copy(data: unknown): unknown {
    return this.event.codec.copy(data);
  }

  contextWith(signal: () => AbortSignal): OpenEdxEventContext {
    return new OpenEdxEventContext(new AttemptFields(this, signal));
  }
}

class AttemptFields implements EventContextFields {
  constructor(
    private readonly of: EventAttempt,
    private readonly signalOf: () => AbortSignal,
  ) {}
  get bus(): string {
    return this.of.origin.bus;
  }
  get group(): string {
    return this.of.origin.group;
  }
  get type(): string {
    return this.of.event.received.type;
  }
  get topic(): string {
    return this.of.event.topic;
  }
  get position(): Position {
    return this.of.origin.delivery.position;
  }
  get metadata(): EventMetadata {
    return this.of.event.received.metadata;
  }
  get key(): string | null {
    return this.of.origin.eventKey;
  }
  get attempt(): number {
    return this.of.number;
  }
  get deliveryCount(): number | undefined {
    return this.of.origin.delivery.deliveryCount;
  }
  get signal(): AbortSignal {
    return this.signalOf();
  }
  get sourceLayout(): string | null {
    return this.of.event.sourceLayout;
  }
  get schemaId(): number | undefined {
    return this.of.event.received.schemaId;
  }
  get unknownFields(): UnknownFields {
    const { received, codec } = this.of.event;
    if (received.writerSchema === undefined) return {};
    return unknownFieldsOf(received.body, received.writerSchema, codec.schema);
  }
  get record(): IncomingRecord {
    return this.of.origin.delivery.record;
  }
  get warnings(): readonly string[] {
    return this.of.event.warnings;
  }
}
