import { type UnknownFields, unknownFieldsOf } from '../../codec/resolution/unknown-fields.js';
import type { EventBusErrorPlace } from '../../errors/index.js';
import type { EventMetadata } from '../../events/event-metadata.js';
import type {
  Delivery,
  IncomingRecord,
  RecordPosition,
} from '../../transport/transport.interface.js';
import { type EventContextFields, OpenEdxEventContext } from '../handlers/event-context.js';
import type { EventHandler } from '../handlers/handler-registry.js';
import { decodeAgain, type ReadEvent } from './event-decoder.js';
import type { Dispatch, SignalHolder } from './event-dispatcher.js';

/** The record that an attempt is made at. */
export interface AttemptedRecord {
  readonly delivery: Delivery;
  readonly place: EventBusErrorPlace;
  readonly bus: string;
  readonly group: string;
  readonly eventKey: string | null;
  /** Whether its handlers have the data that came with it. */
  readonly isFirstAttempt: boolean;
  readonly insertMark: EventContextFields['insertMark'];
  handledBefore(handler: EventHandler): void;
}

/** One attempt at an event, and what its handlers may know of it: nearly all of it is worked out only when somebody asks. */
export class EventAttempt implements Dispatch, EventContextFields {
  readonly data: unknown;
  private told: SignalHolder | undefined;

  constructor(
    readonly event: ReadEvent,
    private readonly processor: AttemptedRecord,
    readonly handlers: readonly EventHandler[],
    /** 1 = first. */
    readonly attempt: number,
  ) {
    this.data = processor.isFirstAttempt ? event.data : decodeAgain(event, this.place);
  }

  get place(): EventBusErrorPlace {
    return this.processor.place;
  }

  get lost(): AbortSignal {
    return this.processor.delivery.signal;
  }

  copy(data: unknown): unknown {
    return this.event.codec.copy(data);
  }

  contextWith(told: SignalHolder, { name }: EventHandler): OpenEdxEventContext {
    this.told = told;
    return new OpenEdxEventContext(this, name);
  }

  handledBefore(handler: EventHandler): void {
    this.processor.handledBefore(handler);
  }

  get insertMark(): EventContextFields['insertMark'] {
    return this.processor.insertMark;
  }

  get bus(): string {
    return this.processor.bus;
  }
  get group(): string {
    return this.processor.group;
  }
  get type(): string {
    return this.event.received.type;
  }
  get topic(): string {
    return this.event.topic;
  }
  get position(): RecordPosition {
    return this.processor.delivery.position;
  }
  get metadata(): EventMetadata {
    return this.event.received.metadata;
  }
  get key(): string | null {
    return this.processor.eventKey;
  }
  get deliveryCount(): number | undefined {
    return this.processor.delivery.deliveryCount;
  }
  get signal(): AbortSignal {
    return this.told?.signal ?? this.lost;
  }
  get writerRelease(): string | null {
    return this.event.writerRelease;
  }
  get schemaId(): number | undefined {
    return this.event.received.schemaId;
  }
  get unknownFields(): UnknownFields {
    const { received, codec } = this.event;
    if (received.writerSchema === undefined) return {};
    return unknownFieldsOf(received.body, received.writerSchema, codec.schema);
  }
  get record(): IncomingRecord {
    return this.processor.delivery.record;
  }
  get warnings(): readonly string[] {
    return this.event.warnings;
  }
}
