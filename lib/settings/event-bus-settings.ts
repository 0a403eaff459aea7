import type { EventBusProducerConfig } from './producer-config.js';
import type { TransportFactory } from '../transport/wire-format.interface.js';

export interface RetrySettings {
  /** Attempts in all, the first one included. */
  readonly attempts: number;
  /** Delay before the second attempt, in ms. */
  readonly delayMs: number;
  /** Each further delay is the last one times this factor. */
  readonly factor: number;
  readonly maxDelayMs: number;
}

/** The settings of one bus, merged, validated and complete. Times are in ms. */
export interface EventBusSettings {
  /** Name of the bus; `default` for the unnamed one. */
  readonly bus: string;
  readonly serviceName: string | undefined;
  readonly topicPrefix: string | undefined;
  readonly producerConfig: EventBusProducerConfig;
  readonly group: string | undefined;
  readonly startFrom: 'earliest' | 'latest';
  readonly connect: 'fail' | 'background';
  readonly connectTimeoutMs: number;
  readonly consumersEnabled: boolean;
  /** 0: no limit. */
  readonly consecutiveErrorsLimit: number;
  readonly auditLogging: boolean;
  readonly logEventData: boolean;
  /** Lanes per source. */
  readonly concurrency: number;
  /** Sources handled in parallel. */
  readonly sourceConcurrency: number;
  readonly maxInFlight: number;
  readonly maxInFlightBytes: number;
  readonly retry: RetrySettings;
  /** What happens to a record after its last attempt: `log` settles it, `halt` stops at it. */
  readonly onFailure: 'log' | 'halt';
  /** What happens to a record in a schema version that is newer than ours: `reject` treats it as unusable. */
  readonly onUnsupportedSchema: 'halt' | 'reject';
  /** Deliveries to processes that died after which a record is not handled any more. */
  readonly maxDeliveries: number;
  readonly handlerTimeoutMs: number | undefined;
  /** A handler that has not ended after this time is warned of once; 0: never. */
  readonly handlerWarnAfterMs: number;
  readonly settle: 'coalesced' | 'each';
  readonly onFatal: 'close' | 'report';
  readonly globalEnhancers: boolean;
  /** Release of openedx-events whose schema versions events are sent with; undefined: our own. */
  readonly writeAs: string | undefined;
  readonly sendTimeoutMs: number;
  readonly maxBufferedRecords: number;
  readonly shutdownTimeoutMs: number;
  /** Full topic -> key field, for lanes of events whose wire has no key. */
  readonly keyFields: Readonly<Record<string, string>>;
}

/** The transports that come with this package and can be chosen by name. */
export type TransportName = 'memory' | 'redis' | 'kafka';

/**
 * The settings of a bus as an application writes them. Everything is optional but the transport.
 *
 * For each value the first of these that has one is taken: the option here; the `EVENT_BUS_*` name
 * in `settings`; `@nestjs/config`; the environment; the default. Times are in ms.
 */
export interface EventBusSettingsOptions {
  /**
   * How records travel: a factory such as `redisTransport({ url })` or `kafkaTransport()`, or a
   * name. Else `EVENT_BUS_TRANSPORT`, else Python's `EVENT_BUS_PRODUCER` and `EVENT_BUS_CONSUMER`.
   * There is no default: a bus without a transport does not start.
   */
  readonly transport?: TransportFactory | TransportName | undefined;
  /** Literal settings under their reference names, e.g. `{ EVENT_BUS_TOPIC_PREFIX: 'dev' }`. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
  /** Names this service in the metadata of its events. Else `EVENTS_SERVICE_NAME`, `SERVICE_VARIANT`. */
  readonly serviceName?: string | undefined;
  /** `PREFIX-TOPIC` is the topic at the broker. Else `EVENT_BUS_TOPIC_PREFIX`. */
  readonly topicPrefix?: string | undefined;
  /** Routes: event type -> topic -> key field, enabled. Else `EVENT_BUS_PRODUCER_CONFIG`. */
  readonly producerConfig?: EventBusProducerConfig | undefined;
  /** Consumer group of the handlers that name none. No default. */
  readonly group?: string | undefined;
  /** Where a new group starts; an existing one is never moved. Default `earliest`. */
  readonly startFrom?: 'earliest' | 'latest' | undefined;
  /** `fail`: the application does not start without the broker. Default `fail`. */
  readonly connect?: 'fail' | 'background' | undefined;
  /** Default 10 s. */
  readonly connectTimeout?: number | undefined;
  /** Default true. Else `EVENT_BUS_<TRANSPORT>_CONSUMERS_ENABLED`. */
  readonly consumersEnabled?: boolean | undefined;
  /** Failed records in a row after which consuming stops; 0: no limit (default). Else `EVENT_BUS_<TRANSPORT>_CONSUMER_CONSECUTIVE_ERRORS_LIMIT`. */
  readonly consecutiveErrorsLimit?: number | undefined;
  /** Log lines for every event sent and received, without data. Default true. Else `EVENT_BUS_<TRANSPORT>_AUDIT_LOGGING_ENABLED`. */
  readonly auditLogging?: boolean | undefined;
  /** Puts the encoded body of failed events into the log: it holds personal data. Default false. */
  readonly logEventData?: boolean | undefined;
  /** Records of one source handled at the same time, in lanes by key. Default 1: strictly in order. */
  readonly concurrency?: number | undefined;
  /** Sources handled at the same time. Default 4. */
  readonly sourceConcurrency?: number | undefined;
  /** Records received and not yet settled, per subscription. Default 256. */
  readonly maxInFlight?: number | undefined;
  /** Bytes received and not yet settled, per subscription. Default 64 MiB. */
  readonly maxInFlightBytes?: number | undefined;
  /** Default: 3 attempts, 1 s before the second, doubled up to 30 s. */
  readonly retry?: Partial<RetrySettings> | undefined;
  /** After the last attempt: `log` and go on (default), or `halt` at the record. */
  readonly onFailure?: 'log' | 'halt' | undefined;
  /**
   * At a record in a schema version newer than ours, or of no known release, that cannot be read: `halt` at it
   * (default), or `refuse` it as an unusable record, which `onFailure` then decides about.
   */
  readonly onUnsupportedSchema?: 'halt' | 'reject' | undefined;
  /**
   * A record that processes got so often, and none of them settled or gave back, goes to `onFailure`
   * unhandled: they die of it. Only where the broker counts (Redis). Default 10.
   */
  readonly maxDeliveries?: number | undefined;
  /** Time that one handler may take. Default: no limit. */
  readonly handlerTimeout?: number | undefined;
  /** A handler that has not ended after so many ms is warned of once and shown in the status; 0: never. Default 30 s. */
  readonly handlerWarnAfter?: number | undefined;
  /** `each`: the broker knows of every settled record before the next is handled. Default `coalesced`. */
  readonly settle?: 'coalesced' | 'each' | undefined;
  /** When consuming cannot go on: `close` the application with exit code 3 (default), or `report` only. */
  readonly onFatal?: 'close' | 'report' | undefined;
  /** Global guards, pipes, interceptors and filters also run around handlers. Default true. */
  readonly globalEnhancers?: boolean | undefined;
  /**
   * Sends events in the schema versions of an older release of openedx-events, for consumers that still have it:
   * `'10.2.0'`, from 7.2.0 on. Default: the schema versions of our own release.
   */
  readonly writeAs?: string | undefined;
  /** Time in which the broker must have confirmed an event. Default 10 s. */
  readonly sendTimeout?: number | undefined;
  /** Records waiting for the broker at the same time. Default 10,000. */
  readonly maxBufferedRecords?: number | undefined;
  /** Time that draining and flushing may take when the application stops. Default 10 s. */
  readonly shutdownTimeout?: number | undefined;
  /** Topic without prefix -> key field, for the order of consumed events whose wire has no key. */
  readonly keyFields?: Readonly<Record<string, string>> | undefined;
}

/** The settings of a bus, complete, with the transport that was chosen. */
export interface ResolvedSettings extends EventBusSettings {
  /** A factory as it was given, or the name of a transport that the loader must load. */
  readonly transport: TransportFactory | TransportName;
  /** The raw value of a setting, for the transport: `settings`, `@nestjs/config`, the environment. */
  readonly setting: (name: string) => unknown;
}
