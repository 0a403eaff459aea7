import type { EventMetadata } from '../events/event-metadata.js';
import type {
  EventRecord,
  EventTransport,
  IncomingRecord,
  OutgoingRecord,
  Position,
} from './transport.interface.js';

/**
 * An event that is ready to be published, in no transport's form: no registry id, no topic prefix.
 * It is plain data and may be stored (an outbox) and published later.
 */
export interface PreparedEvent {
  readonly type: string;
  /** Without the environment prefix. */
  readonly topic: string;
  readonly metadata: EventMetadata;
  /** The value of the key field and the Avro schema text of that field. */
  readonly key: { readonly value: unknown; readonly schema: string } | null;
  /** The Avro body, without framing. */
  readonly body: Uint8Array;
  /** The Avro schema text that `body` was written with. */
  readonly schema: string;
  /** Extra attributes, written after those of the reference. */
  readonly attributes: EventRecord['attributes'];
}

/** What a record says about its event, before the body is decoded. */
export interface ReceivedEvent {
  readonly type: string;
  readonly metadata: EventMetadata;
  /** The record names no `sourcelib`; the one in `metadata` is our own. */
  readonly sourcelibMissing?: boolean;
  readonly body: Uint8Array;
  readonly writerSchema?: string;
  readonly schemaId?: number;
  readonly warnings: readonly string[];
}

/** Prepared event <-> record, one per transport. Synchronous unless a registry must be asked. */
export interface WireFormat {
  /** `fullTopic` is the topic with the environment prefix. */
  toRecord(
    event: PreparedEvent,
    fullTopic: string,
    deadline: number,
  ): OutgoingRecord | Promise<OutgoingRecord>;
  /**
   * Throws UnusableRecordError (permanent) or ServiceFaultError (transient). `record.topic` is the full
   * topic. An event whose type is not wanted is only skipped and counted: no service is asked for it.
   */
  fromRecord(
    record: IncomingRecord,
    position: Position,
    isWanted?: (type: string) => boolean,
  ): ReceivedEvent | Promise<ReceivedEvent>;
  /** The text of a record's key, where its bytes are not that text themselves; undefined: it has none. */
  keyText?(key: Uint8Array): string | undefined;
}

export interface TransportLogger {
  log(message: string): void;
  warn(message: string): void;
  error(message: string): void;
  debug(message: string): void;
}

/** What a transport is told about the bus that it serves. */
export interface TransportHost {
  /** Name of the bus, for log lines. */
  readonly bus: string;
  /** The value of an EVENT_BUS_* setting, from options, `@nestjs/config` or the environment. */
  readonly setting: (name: string) => unknown;
  readonly logger: TransportLogger;
  /** Service name for client ids, where known. */
  readonly serviceName?: string;
}

export interface TransportParts {
  readonly transport: EventTransport;
  readonly wire: WireFormat;
}

/**
 * Makes the transport of a bus; `name` is used in messages. Throws ConfigurationError with every
 * problem of its settings, MissingPeerError when its client library is not installed.
 */
export interface TransportFactory {
  readonly transportName: string;
  (host: TransportHost): TransportParts | Promise<TransportParts>;
}
