import type { EventDefinition } from '../events/event-definition.js';
import type { EventInput, KnownEvent } from '../events/event-types.js';
import type { RecordPosition } from '../transport/transport.interface.js';
import type { PreparedEvent } from '../transport/wire-format.interface.js';
import type { EventMetadataInput } from '../events/event-metadata.js';

/** How one event is sent. Every option may be left out. */
export interface SendOptions {
  /** The only topic, without prefix. Default: the topics of the event type in the producer configuration. */
  readonly topic?: string | undefined;
  /** With `topic`: dotted path to the key. Default: that of the topic in the producer configuration, else no key. */
  readonly keyField?: string | undefined;
  /** Metadata in place of the defaults, field by field. */
  readonly metadata?: EventMetadataInput | undefined;
  /** Time in which the broker must confirm the event, in ms. Default: `sendTimeout` of the bus, 10 s. */
  readonly timeout?: number | undefined;
  /**
   * Writes the schema version of an older release of openedx-events, such as `'10.2.0'`, for consumers that still
   * have it; `'current'`: that of this package. Default: `writeAs` of the bus. A field that the older release lacks
   * may only hold its default; a field that only the older release has must be in the data.
   */
  readonly writeAs?: string | undefined;
  /** Allows a handler to send the event type that it is handling. Default: false, LoopGuardError. */
  readonly allowLoop?: boolean | undefined;
}

/** The broker's confirmation of an event on one topic. */
export interface SendReceipt {
  /** Full topic: with the environment prefix. */
  readonly topic: string;
  /** Where the record is; null where the broker does not say. */
  readonly position: RecordPosition | null;
}

/** What `send` resolves to: every topic has confirmed the event. */
export interface SendResult {
  /** Metadata id of the event: the same on every topic. */
  readonly id: string;
  /** Type of the event. */
  readonly type: string;
  /** One for each topic; empty when all topics of the event type are disabled in the producer configuration. */
  readonly receipts: readonly SendReceipt[];
}

/** Sends events over one bus. Inject it by its class; that of a named bus by `@InjectEventBusProducer('name')`. */
export abstract class EventBusProducer {
  /**
   * Sends an event to every topic that is enabled for its type, or to `options.topic`.
   *
   * Resolves when the broker has stored it on all topics. Rejects, with nothing sent, with
   * InvalidEventDataError, InvalidMetadataError, NoRouteError, LoopGuardError, UnknownEventError,
   * UnserializableEventError, BufferFullError or ClosedError; with SendError when a topic was not
   * confirmed in time. Events of the same topic and key are written in the order of the calls.
   */
  abstract send<E extends KnownEvent>(
    event: E,
    data: EventInput<E>,
    options?: SendOptions,
  ): Promise<SendResult>;

  /** As `send`, but never throws or rejects: failures are logged and go to `onSendFailure`. */
  abstract emit<E extends KnownEvent>(event: E, data: EventInput<E>, options?: SendOptions): void;

  /**
   * Checks and encodes without sending: one prepared event per topic, to be stored and published
   * later. Throws as `send` rejects.
   */
  abstract prepare<E extends KnownEvent>(
    event: E,
    data: EventInput<E>,
    options?: SendOptions,
  ): readonly PreparedEvent[];

  /** Publishes a prepared event. Resolves and rejects as `send`. Publishing twice sends twice, same id. */
  abstract publish(prepared: PreparedEvent, options?: { timeout?: number }): Promise<SendReceipt>;

  /** Resolves when every send that was started has an outcome, at the latest after `timeout` ms. */
  abstract flush(timeout?: number): Promise<void>;
}

export type AnyEvent = string | EventDefinition;
