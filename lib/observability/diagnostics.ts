import { channel } from 'node:diagnostics_channel';

/** A record was confirmed by the broker, or it is known that it was not. */
export interface SentMessage {
  /** Name of the bus; `default` for the unnamed one. */
  readonly bus: string;
  /** Full topic: with the environment prefix. */
  readonly topic: string;
  /** Type of the event. */
  readonly eventType: string;
  /** `metadata.id` of the event. */
  readonly eventId: string;
  /** `unknown`: the reply was lost or came too late, so it may be on the topic. */
  readonly status: 'sent' | 'notSent' | 'unknown';
  /** Only where it was not confirmed. */
  readonly error?: Error;
}

/** A handler was called for an event, and has ended. */
export interface HandledMessage {
  /** Name of the bus; `default` for the unnamed one. */
  readonly bus: string;
  /** Consumer group. */
  readonly group: string | null;
  /** Full topic: with the environment prefix. */
  readonly topic: string;
  /** Number of the partition; `0` on Redis. */
  readonly partition: string;
  /** Offset in the partition, or the id of the entry in the stream. */
  readonly offset: string;
  /** Type of the event. */
  readonly eventType: string;
  /** `metadata.id` of the event. */
  readonly eventId: string;
  /** Id of the handler. */
  readonly handler: string;
  /** From 1. */
  readonly attempt: number;
  /** How long the handler ran, in ms. */
  readonly durationMs: number;
  /** Only where it failed: what it threw. */
  readonly failure?: { readonly thrown: unknown };
}

/** A group is done with a record. */
export interface EndedMessage {
  /** Name of the bus; `default` for the unnamed one. */
  readonly bus: string;
  /** Consumer group. */
  readonly group: string;
  /** Full topic: with the environment prefix. */
  readonly topic: string;
  /** Number of the partition; `0` on Redis. */
  readonly partition: string;
  /** Offset in the partition, or the id of the entry in the stream. */
  readonly offset: string;
  /** How it ended, such as `handled`, `failed` or `deadLettered`. */
  readonly result: string;
  /** Absent where the record could not be read that far. */
  readonly eventType?: string;
  /** `metadata.id` of the event. */
  readonly eventId?: string;
  /** Only where it failed. */
  readonly error?: Error;
  /** Only where it was kept as a dead letter. */
  readonly deadLetter?: { readonly id: string; readonly topic: string };
}

/**
 * Channels of `node:diagnostics_channel`, for whoever wants to follow a bus without an implementation of `EventBusTelemetry`.
 * Names and members of the messages change only with a new major version; members may be added. No message holds data of
 * an event. A message is made only where somebody has subscribed.
 */
export const CHANNEL = {
  /** `SentMessage` */
  sent: channel('nestjs-openedx-event-bus:sent'),
  /** `HandledMessage` */
  handled: channel('nestjs-openedx-event-bus:handled'),
  /** `EndedMessage` */
  ended: channel('nestjs-openedx-event-bus:ended'),
};
