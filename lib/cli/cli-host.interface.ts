import type { RecordEnd } from '../consuming/processing/processing-context.js';
import type { OpenEdxEventContext } from '../consuming/handlers/event-context.js';
import type { EventReplay, ReplayRange } from '../consuming/event-replay.js';
import type { EventCatalog } from '../events/event-catalog.js';
import type { EventBusProducer } from '../producing/event-bus-producer.js';
import type { EventTransport, TransportCapabilities } from '../transport/transport.interface.js';
import type { EventSchemas } from '../transport/wire-format.interface.js';

export interface ConsumeRequest {
  /** Without prefix. */
  readonly topic: string;
  readonly group: string;
  readonly member?: string | undefined;
  /** Where a new group starts; default: `startFrom` of the settings. */
  readonly start?: 'earliest' | 'latest' | { readonly afterId: string } | undefined;
  /** Records are handled one after the other, so that none is begun behind the last one wanted. */
  readonly oneAtATime: boolean;
  /** Handles each event where the host has no handlers of its own. */
  readonly onEvent: (data: unknown, context: OpenEdxEventContext) => Promise<void>;
  readonly onRecordEnd: (end: RecordEnd) => void;
  readonly onFatal: (error: Error) => void;
}

export interface Consumption {
  readonly enabled: boolean;
  /** Resolves once subscribed. Rejects as ConsumerRuntime.start does. */
  start(): Promise<void>;
  /** As ConsumerRuntime.drain, within the shutdown time of the settings. */
  stop(): Promise<void>;
}

/** A bus seen from outside its groups. */
export interface OpenedBus {
  readonly transport: EventTransport;
  readonly topicPrefix: string | undefined;
  readonly shutdownTimeoutMs: number;
}

/** The schema registry of a bus, and where its events travel. */
export interface OpenedSchemas {
  readonly schemas: EventSchemas;
  readonly topicPrefix: string | undefined;
  /** How long one answer may take. */
  readonly answerTimeoutMs: number;
  /** The topics (without prefix) of an event: those of its routes, else those of the platform. */
  topicsOf(eventType: string): readonly string[];
}

/** Where the commands run: by themselves, or inside an application. */
export interface CliHost {
  /** Whether records are handled by an application's own handlers. */
  readonly hasHandlers: boolean;
  catalog(): Promise<EventCatalog>;
  /** Of the bus's transport, which is not connected for it. Throws ConfigurationError, MissingPeerError. */
  capabilities(): Promise<TransportCapabilities>;
  /**
   * Connected, with the routes checked. A topic that has the prefix already is warned of. Throws
   * ConfigurationError, MissingPeerError, ConnectError.
   */
  producer(topic: string): Promise<EventBusProducer>;
  /** Not yet started. Throws ConfigurationError, MissingPeerError. */
  consumption(request: ConsumeRequest): Promise<Consumption>;
  /** Connected. Throws ConfigurationError, MissingPeerError, ConnectError. */
  bus(): Promise<OpenedBus>;
  /** Throws ConfigurationError, also for a transport whose records refer to no registry, MissingPeerError. */
  schemas(): Promise<OpenedSchemas>;
  /**
   * The application's handlers of the topic and group over a range. Not yet begun. Throws
   * ConfigurationError when there is none, UsageError outside an application.
   */
  replay(range: ReplayRange, onRecordEnd: (end: RecordEnd) => void): Promise<EventReplay>;
  /** Flushes and ends all that was opened. Idempotent. */
  close(): Promise<void>;
}
