import type { LogFields } from '../common/log-fields.js';
import type { EventMetadata } from '../events/event-metadata.js';
import type {
  EventRecord,
  EventTransport,
  IncomingRecord,
  OutgoingRecord,
  RecordPosition,
} from './transport.interface.js';

/**
 * An event that is ready to be published, in the form of no transport: it has no registry id and no topic prefix.
 * It is plain data and may be stored (an outbox) and published later.
 */
export interface PreparedEvent {
  /** Type of the event. */
  readonly type: string;
  /** Without the environment prefix. */
  readonly topic: string;
  /** Complete: publishing it twice sends the same id twice. */
  readonly metadata: EventMetadata;
  /** The value of the key field and the Avro schema of that field as JSON; null where the event has no key. */
  readonly key: { readonly value: unknown; readonly schema: string } | null;
  /** The Avro body, without framing. */
  readonly body: Uint8Array;
  /** The Avro schema that `body` was written with, as JSON. */
  readonly schema: string;
  /** Further headers or fields, written after those that the Python services write. Usually empty. */
  readonly attributes: EventRecord['attributes'];
}

/** What a record says about its event, before the body is decoded. */
export interface ReceivedEvent {
  /** Type of the event. */
  readonly type: string;
  /** What the record says; a field that it lacks has its default. */
  readonly metadata: EventMetadata;
  /** The record has no `sourcelib`; the one in `metadata` is the default. */
  readonly sourcelibMissing?: boolean;
  /** The Avro body, without framing. */
  readonly body: Uint8Array;
  /** The Avro schema that `body` was written with, as JSON. Absent where the record does not name it. */
  readonly writerSchema?: string;
  /** Id of that schema in the registry. Absent where the record does not name it. */
  readonly schemaId?: number;
  /** What is unusual about the record, for people; empty for most. */
  readonly warnings: readonly string[];
}

/** Makes records of prepared events, and reads records: one for each transport. Synchronous unless a registry must be asked. */
export interface WireFormat {
  /** The record of an event. `fullTopic` has the environment prefix; `deadline` is by `monotonicNow`. Rejects as `send`. */
  toRecord(
    event: PreparedEvent,
    fullTopic: string,
    deadline: number,
  ): OutgoingRecord | Promise<OutgoingRecord>;
  /**
   * What the record says about its event. Throws UnusableRecordError where the record is invalid, and
   * ServiceUnavailableError where a service that must be asked does not answer. `record.topic` is the full topic. An
   * event whose type is not wanted will be skipped, so that no service needs to be asked for it.
   */
  fromRecord(
    record: IncomingRecord,
    position: RecordPosition,
    isWanted?: (type: string) => boolean,
  ): ReceivedEvent | Promise<ReceivedEvent>;
  /** The key of a record as a string; undefined: it is none. Absent where the bytes of the key are that string in UTF-8. */
  keyText?(key: Uint8Array): string | undefined;
}

/** The body of a record, and the schema that it was written with. */
export interface WrittenBody {
  /** The Avro body, without framing. */
  readonly body: Uint8Array;
  /** Id of the schema in the registry. */
  readonly schemaId: number;
  /** The schema as JSON. */
  readonly writerSchema: string;
}

/** What a registry says about a schema for a subject. */
export interface SubjectComparison {
  /** Such as `dev-enrollments-value`. */
  readonly subject: string;
  /** `newSubject`: the registry has no schema under it. Some registries say `compatible` then too. */
  readonly state: 'registered' | 'compatible' | 'newSubject' | 'incompatible';
  /** Id of the schema. Only where it is registered. */
  readonly id?: number;
  /** In the words of the registry. Only where it is incompatible, and where the registry says why. */
  readonly reasons?: readonly string[];
}

/**
 * Reads the schema registry that the records of a transport refer to; nothing is written to it. The promises reject
 * with ServiceUnavailableError while it is unavailable, slow or rejects requests.
 */
export interface EventSchemas {
  /**
   * Finds the body in the whole value of a record, and the schema that it was written with. Rejects with
   * UnusableRecordError for a value that is not framed for the registry, or names a schema that it does not have.
   */
  read(value: Uint8Array, eventType: string): Promise<WrittenBody>;
  /** Compares a schema with those of its subject. Rejects with SchemaRejectedError for an invalid one. `deadline` is by `monotonicNow`. */
  compare(
    eventType: string,
    fullTopic: string,
    schema: string,
    deadline: number,
  ): Promise<SubjectComparison>;
}

export type { LogFields };

/**
 * Where log lines of a bus go; Nest's `Logger` is one. A message is one line and holds neither event data nor secrets,
 * unless `logEventData` asks for data. `fields` says once more, for programs, what the line is about; they never hold event
 * data. No method may throw.
 *
 * As the option `logger`, it gets fields only with `logFields: 'params'`. To a transport it is always given with fields.
 */
export interface EventBusLogger {
  /** What an operator may want to follow: starts, stops, the audit lines of events. */
  log(message: string, fields?: LogFields): void;
  /** Something is wrong that the bus copes with by itself. */
  warn(message: string, fields?: LogFields): void;
  /** An event or a record was not sent or not handled, or consuming stops. */
  error(message: string, fields?: LogFields): void;
  /** For whoever looks for the cause of a problem. */
  debug(message: string, fields?: LogFields): void;
}

/** A value that a transport works with, and where it was found. */
export interface TransportValue {
  /** Its option, such as `redisTransport pollTimeout`. */
  readonly option: string;
  /** Its `EVENT_BUS_*` name, where it has one. */
  readonly setting?: string;
  /** As a message may show it: nothing of a secret. */
  readonly shown: string;
  /** Whether the option gives it, the setting, or neither. */
  readonly from: 'option' | 'setting' | 'default';
}

/** What a transport is told about the bus that it is made for. */
export interface TransportHost {
  /** Name of the bus, for log lines; `default` for the unnamed one. */
  readonly bus: string;
  /** The value of an `EVENT_BUS_*` setting, of `settings`, `@nestjs/config` or the environment; undefined: not set. */
  readonly setting: (name: string) => unknown;
  /** For the log lines of the transport. */
  readonly logger: EventBusLogger;
  /** For client ids and the default `source` of events. Absent where the service has no name. */
  readonly serviceName?: string;
  /**
   * The bus makes spans for records that are sent and received, and puts their context into the records: instrumentations of
   * the client library that do the same are passed by.
   */
  readonly tracesRecords?: boolean;
  /** To be told of each value that the transport works with, for `openedx-event-bus config`. */
  readonly onResolved?: (value: TransportValue) => void;
}

/** What a factory makes for one bus. */
export interface TransportParts {
  /** Moves the records. The bus connects and closes it. */
  readonly transport: EventTransport;
  /** What the records look like. */
  readonly wire: WireFormat;
  /** The schema registry that records refer to. Absent where they refer to none. */
  readonly schemas?: EventSchemas;
}

/** What is known of a transport before one is made. */
export interface TransportTraits {
  /** Its name in settings (`EVENT_BUS_<NAME>_…`) and messages. */
  readonly transportName: string;
  /** The name of its broker in log lines. Default: `transportName`. */
  readonly brokerName?: string;
  /** Records have a key at the broker, so a key field that cannot be one is rejected. Default: keys only keep an order. */
  readonly writesKeys?: boolean;
  /** What audit lines call the offset where it alone is the position. Default: they have partition and offset. */
  readonly offsetName?: string;
}

/**
 * Makes the transport of a bus: what the option `transport` takes. A function with the properties of TransportTraits,
 * which `Object.assign` gives it.
 */
export interface TransportFactory extends TransportTraits {
  /**
   * Called once for each bus; it opens nothing yet. Throws ConfigurationError with every problem of its settings, and
   * MissingPeerError where its client library is not installed.
   */
  (host: TransportHost): TransportParts | Promise<TransportParts>;
}
