import type { EventDefinition } from '../events/event-definition.js';
import type { EventInput, KnownEvent } from '../events/event-types.js';
import type { RecordPosition } from '../transport/transport.interface.js';
import type { PreparedEvent } from '../transport/wire-format.interface.js';
import type { EventMetadataInput } from '../events/event-metadata.js';

export interface SendOptions {
  /** Topic without prefix, instead of the configured routes. */
  readonly topic?: string | undefined;
  /** With `topic`: dotted path to the key; default: the route's key field, where one is configured. */
  readonly keyField?: string | undefined;
  /** Metadata that replaces the defaults. */
  readonly metadata?: EventMetadataInput | undefined;
  /** ms; default 10 s (`sendTimeout`). */
  readonly timeout?: number | undefined;
  /**
   * Write the schema version of an older release of openedx-events, such as `'10.2.0'`, for consumers that still
   * have it, or `'current'`. Default: `writeAs` of the bus. A field that the release lacks may only hold
   * its default; one that only the release has must be in the data.
   */
  readonly writeAs?: string | undefined;
  /** Send an event type from inside a handler of the same event type. */
  readonly allowLoop?: boolean | undefined;
}

export interface SendReceipt {
  /** Full topic. */
  readonly topic: string;
  /** null where the broker names none. */
  readonly position: RecordPosition | null;
}

export interface SendResult {
  /** Metadata id of the event: the same on every topic. */
  readonly id: string;
  readonly type: string;
  /** One per topic; empty when only disabled routes exist. */
  readonly receipts: readonly SendReceipt[];
}

/** Sends events over one bus. Inject it; a named bus by `@InjectEventBusProducer('name')`. */
export abstract class EventBusProducer {
  /**
   * Sends an event to every enabled topic of its routes, or to `options.topic`.
   *
   * Resolves when the broker has stored it on all topics. Rejects, with nothing sent, with
   * InvalidEventDataError, InvalidMetadataError, NoRouteError, LoopGuardError, UnknownEventError,
   * UnserializableEventError, BufferFullError or ClosedError; with SendError when a topic was not
   * confirmed within the deadline. Calls for the same topic and key reach the wire in call order.
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

  /** Resolves when every send begun so far has its outcome, at the latest after `timeout` ms. */
  abstract flush(timeout?: number): Promise<void>;
}

export type AnyEvent = string | EventDefinition;
