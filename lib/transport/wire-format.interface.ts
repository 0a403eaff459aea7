import type { EventMetadata } from '../events/event-metadata.js';
import type {
  EventRecord,
  EventTransport,
  IncomingRecord,
  OutgoingRecord,
  RecordPosition,
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
   * Throws UnusableRecordError (permanent) or ServiceUnavailableError (transient). `record.topic` is the full
   * topic. An event whose type is not wanted is only skipped and counted: no service is asked for it.
   */
  fromRecord(
    record: IncomingRecord,
    position: RecordPosition,
    isWanted?: (type: string) => boolean,
  ): ReceivedEvent | Promise<ReceivedEvent>;
  /** The text of a record's key, where its bytes are not that text themselves; undefined: it has none. */
  keyText?(key: Uint8Array): string | undefined;
}

/** The body of a record, and the schema that it was written with. */
export interface WrittenBody {
  readonly body: Uint8Array;
  readonly schemaId: number;
  readonly writerSchema: string;
}

/** How a schema stands to what a registry has under its subject. */
export interface SubjectComparison {
  readonly subject: string;
  /** Some registries call anything compatible with a subject that they do not have. */
  readonly state: 'registered' | 'compatible' | 'newSubject' | 'incompatible';
  /** Of a schema that is registered. */
  readonly id?: number;
  /** In the registry's words, of one that is incompatible. */
  readonly reasons?: readonly string[];
}

/**
 * The schema registry that the records of a transport refer to. Nothing is written to it here. The
 * promises reject with ServiceUnavailableError while it is away, slow or refusing us.
 */
export interface EventSchemas {
  /** Takes the whole value of a record. Rejects with UnusableRecordError when it is not in the registry's framing, or names no schema. */
  read(value: Uint8Array, eventType: string): Promise<WrittenBody>;
  /** Rejects with SchemaRejectedError for a schema that is not valid. `deadline` is by `monotonicNow`. */
  compare(
    eventType: string,
    fullTopic: string,
    schema: string,
    deadline: number,
  ): Promise<SubjectComparison>;
}

export interface EventBusLogger {
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
  readonly logger: EventBusLogger;
  /** Service name for client ids, where known. */
  readonly serviceName?: string;
}

export interface TransportParts {
  readonly transport: EventTransport;
  readonly wire: WireFormat;
  /** Where records refer to a schema registry. */
  readonly schemas?: EventSchemas;
}

/** What is known of a transport before it is made. */
export interface TransportTraits {
  /** Its name in settings (`EVENT_BUS_<NAME>_…`) and messages. */
  readonly transportName: string;
  /** The name of its broker in log lines. Default: `transportName`. */
  readonly brokerName?: string;
  /** Records have a key on the wire: a key field that cannot be one is refused. Default: keys only keep an order. */
  readonly writesKeys?: boolean;
  /** What audit lines call an offset that alone says where a record is. Default: they tell partition and offset. */
  readonly offsetName?: string;
}

/**
 * Makes the transport of a bus. Throws ConfigurationError with every
 * problem of its settings, MissingPeerError when its client library is not installed.
 */
export interface TransportFactory extends TransportTraits {
  (host: TransportHost): TransportParts | Promise<TransportParts>;
}
