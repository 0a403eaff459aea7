import type { RecordEnd } from '../consuming/consumer-runtime.options.js';
import type { OpenEdxEventContext } from '../consuming/event-context.js';
import type { EventCatalog } from '../events/event-catalog.js';
import type { EventBusProducer } from '../producing/event-bus-producer.js';

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

/** Where the commands run: by themselves, or inside an application. */
export interface CliHost {
  /** Whether records are handled by an application's own handlers. */
  readonly hasHandlers: boolean;
  catalog(): Promise<EventCatalog>;
  /** Connected. Throws ConfigurationError, MissingPeerError, ConnectError. */
  producer(): Promise<EventBusProducer>;
  /** Not yet started. Throws ConfigurationError, MissingPeerError. */
  consumption(request: ConsumeRequest): Promise<Consumption>;
  /** Flushes and ends all that was opened. Idempotent. */
  close(): Promise<void>;
}
