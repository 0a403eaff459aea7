import type { DeadLetterOptions, DeadLetterSettings } from './dead-letter-settings.js';
import type { IdempotencyOptions, IdempotencySettings } from './idempotency-settings.js';
import type { FailureClassifier, FailureOptions, RetrySettings } from './failure-settings.js';
import type { EventBusProducerConfig } from './producer-config.js';
import type { TransportFactory } from '../transport/wire-format.interface.js';

/**
 * The settings of one bus, merged, validated and complete. Times are in ms. `EventBusSettingsOptions` says where each
 * comes from and which default it has.
 */
export interface EventBusSettings {
  /** Name of the bus; `default` for the unnamed one. */
  readonly bus: string;
  /** Names this service in the `source` of its events; undefined: `SERVICE_NAME_UNSET` stands there, as in Python. */
  readonly serviceName: string | undefined;
  /** Stands before each topic at the broker, followed by a hyphen; undefined: topics have no prefix. */
  readonly topicPrefix: string | undefined;
  /** Topics and key fields of each event type that is sent without the option `topic`. */
  readonly producerConfig: EventBusProducerConfig;
  /** Consumer group of the handlers that name none; undefined: each handler must name one. */
  readonly group: string | undefined;
  /** Where a group that does not exist yet starts; an existing one goes on where it is. */
  readonly startFrom: 'earliest' | 'latest';
  /** `fail`: the application does not start without the broker; `background`: it starts, and tries on. */
  readonly connect: 'fail' | 'background';
  /** How long the broker may take to answer at the start. */
  readonly connectTimeoutMs: number;
  /** False: the bus sends only, its handlers receive nothing. */
  readonly consumersEnabled: boolean;
  /** Failed records in a row after which consuming stops; 0: no limit. */
  readonly consecutiveErrorsLimit: number;
  /** Whether each event that is sent or received has a log line, without its data. */
  readonly auditLogging: boolean;
  /** Whether log lines of events that could not be sent or handled hold metadata and body: personal data. */
  readonly logEventData: boolean;
  /** How log lines give their fields to the logger. */
  readonly logFields: 'auto' | 'off' | 'params' | 'pino' | 'winston';
  /** Records of one partition or stream that are handled at once, those of one key one after the other. */
  readonly concurrency: number;
  /** Partitions or streams handled at once. */
  readonly sourceConcurrency: number;
  /** Records received and not yet acknowledged, per group. */
  readonly maxInFlight: number;
  /** Bytes of the records received and not yet acknowledged, per group. */
  readonly maxInFlightBytes: number;
  /** When failed handlers run again; a handler may have settings of its own. */
  readonly retry: RetrySettings;
  /**
   * What happens to a record after its last attempt: `log` acknowledges it, `deadLetter` keeps it first, `halt` stops
   * consuming at it.
   */
  readonly onFailure: 'log' | 'deadLetter' | 'halt';
  /** Where dead letters go, and how they are kept. */
  readonly deadLetter: DeadLetterSettings;
  /** How events that idempotent handlers have handled are remembered; undefined: handlers cannot be idempotent. */
  readonly idempotency?: IdempotencySettings | undefined;
  /** Which errors of handlers are worth a retry; undefined: all of them. */
  readonly classify: FailureClassifier | undefined;
  /** Topic without prefix -> what happens to its failed records, where that differs from the bus. */
  readonly topics: Readonly<Record<string, FailureOptions>>;
  /** At a record in a newer schema version that cannot be read: `halt` stops consuming, `reject` takes it as unusable. */
  readonly onUnsupportedSchema: 'halt' | 'reject';
  /** Deliveries without an acknowledgement after which a record is not handled any more, where the broker counts them. */
  readonly maxDeliveries: number;
  /** How long one call of a handler may take; undefined: as long as it likes. */
  readonly handlerTimeoutMs: number | undefined;
  /** Time after which a running handler is logged once as slow; 0: never. */
  readonly handlerWarnAfterMs: number;
  /** `each`: the broker has the acknowledgement of a record before the next one of its source is handled. */
  readonly settle: 'coalesced' | 'each';
  /** When consuming cannot go on: `close` the application with exit code 3, or `report` in log and status only. */
  readonly onFatal: 'close' | 'report';
  /** Whether global guards, pipes, interceptors and filters run around handlers. */
  readonly globalEnhancers: boolean;
  /** Release of openedx-events whose schema versions events are sent with; undefined: that of this package. */
  readonly writeAs: string | undefined;
  /** How long the broker may take to confirm an event. */
  readonly sendTimeoutMs: number;
  /** Records that may wait for the broker at the same time; one more is rejected with BufferFullError. */
  readonly maxBufferedRecords: number;
  /** How long running handlers and pending sends may take when the application stops. */
  readonly shutdownTimeoutMs: number;
  /** Full topic -> key field: gives received events a key where their records have none, as on Redis. */
  readonly keyFields: Readonly<Record<string, string>>;
}

/** The transports that come with this package and can be chosen by name. */
export type TransportName = 'memory' | 'redis' | 'kafka';

/**
 * The settings of a bus. Only the transport is required.
 *
 * Each value is taken from the first of these that has one: the option here, the `EVENT_BUS_*` name
 * in `settings`, `@nestjs/config`, the environment, the default. Times are in ms.
 */
export interface EventBusSettingsOptions {
  /**
   * The transport: a factory such as `redisTransport({ url })` or `kafkaTransport()`, or a name.
   * If not set: `EVENT_BUS_TRANSPORT`, then Python's `EVENT_BUS_PRODUCER` and `EVENT_BUS_CONSUMER`.
   * There is no default: a bus without a transport does not start.
   */
  readonly transport?: TransportFactory | TransportName | undefined;
  /** Settings under the names of their variables, such as `{ EVENT_BUS_TOPIC_PREFIX: 'dev' }`. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
  /** Names this service in the `source` of its events. Else `EVENTS_SERVICE_NAME`, else `SERVICE_VARIANT`. */
  readonly serviceName?: string | undefined;
  /** Environment prefix: the topic at the broker is `PREFIX-TOPIC`. If not set: `EVENT_BUS_TOPIC_PREFIX`. */
  readonly topicPrefix?: string | undefined;
  /** Event type -> topic -> key field, enabled. Else `EVENT_BUS_PRODUCER_CONFIG`. Default: none. */
  readonly producerConfig?: EventBusProducerConfig | undefined;
  /** Consumer group of handlers that do not set one. No default. */
  readonly group?: string | undefined;
  /** Where a new consumer group starts reading; the position of an existing one is never changed. Default `earliest`. */
  readonly startFrom?: 'earliest' | 'latest' | undefined;
  /** Without the broker the application does not start (`fail`), or starts and tries on (`background`). Default `fail`. */
  readonly connect?: 'fail' | 'background' | undefined;
  /** How long the broker may take to answer at the start. Default 10 s. */
  readonly connectTimeout?: number | undefined;
  /** `false`: the bus sends only. Else `EVENT_BUS_<TRANSPORT>_CONSUMERS_ENABLED`. Default true. */
  readonly consumersEnabled?: boolean | undefined;
  /** Number of consecutive failed records after which consuming stops; 0 (default): no limit. If not set: `EVENT_BUS_<TRANSPORT>_CONSUMER_CONSECUTIVE_ERRORS_LIMIT`. */
  readonly consecutiveErrorsLimit?: number | undefined;
  /** Whether each event that is sent or received is logged, without its data. If not set: `EVENT_BUS_<TRANSPORT>_AUDIT_LOGGING_ENABLED`. Default true. */
  readonly auditLogging?: boolean | undefined;
  /** Puts metadata and body of events that could not be sent or handled into the log: personal data. Default false. */
  readonly logEventData?: boolean | undefined;
  /**
   * How log lines give their fields (topic, event id, handler, …) to the logger, beside the text.
   *
   * - `auto` (default): as `params` where the logger is Nest's `ConsoleLogger` with `json: true`; any other gets the text alone.
   * - `off`: the text alone.
   * - `params`: `logger.log(text, fields)`, for a logger of your own.
   * - `pino`: `logger.log(fields, text)`, for nestjs-pino.
   * - `winston`: `logger.log({ ...fields, message: text })`, for nest-winston.
   *
   * Nest's logger is called with the context `EventBus` after that.
   */
  readonly logFields?: 'auto' | 'off' | 'params' | 'pino' | 'winston' | undefined;
  /** Records of one partition or stream handled at once, those of one key in order. Default 1: all in order. */
  readonly concurrency?: number | undefined;
  /** Partitions or streams handled at once. Default 4. */
  readonly sourceConcurrency?: number | undefined;
  /** Records received and not yet acknowledged, per group. Default 256. */
  readonly maxInFlight?: number | undefined;
  /** Bytes of the records received and not yet acknowledged, per group. Default 64 MiB. */
  readonly maxInFlightBytes?: number | undefined;
  /** When failed handlers run again. Default: 3 attempts, 1 s before the second, doubled up to 30 s. */
  readonly retry?: Partial<RetrySettings> | undefined;
  /**
   * After the last attempt: `log` the failure, acknowledge and go on (default); keep the record as a `deadLetter`,
   * acknowledge and go on; or `halt` at the record.
   */
  readonly onFailure?: 'log' | 'deadLetter' | 'halt' | undefined;
  /** Where dead letters go, and how they are kept. Default: the topic `{topic}-{group}-dlq`. */
  readonly deadLetter?: DeadLetterOptions | undefined;
  /** Where the events that idempotent handlers have handled are remembered. Default: no handler can be idempotent. */
  readonly idempotency?: IdempotencyOptions | undefined;
  /** Which errors of handlers are worth a retry: `'retry'`, `'fail'` or `'halt'`. Default: all of them. */
  readonly classify?: FailureClassifier | undefined;
  /** Topic without prefix -> `retry`, `onFailure` and `classify` of its records. Handlers may narrow them further. */
  readonly topics?: Readonly<Record<string, FailureOptions>> | undefined;
  /**
   * At a record in a newer schema version, or of no known release, that cannot be read: `halt` at it
   * (default), or `reject` it as an unusable record, which `onFailure` then decides about.
   */
  readonly onUnsupportedSchema?: 'halt' | 'reject' | undefined;
  /**
   * A record that was delivered so often, and neither acknowledged nor released by any process, goes to `onFailure`
   * without being handled: it may be what ends the processes. Only where the broker counts (Redis). Default 10.
   */
  readonly maxDeliveries?: number | undefined;
  /** How long one call of a handler may take before it fails with HandlerTimeoutError. Default: no limit. */
  readonly handlerTimeout?: number | undefined;
  /** A handler that has not ended after this time is warned of once and shown in the status; 0: never. Default 30 s. */
  readonly handlerWarnAfter?: number | undefined;
  /** `each`: the broker has the acknowledgement of a record before the next is handled. Default `coalesced`. */
  readonly settle?: 'coalesced' | 'each' | undefined;
  /** When consuming cannot continue: `close` the application with exit code 3 (default), or only `report` it. */
  readonly onFatal?: 'close' | 'report' | undefined;
  /** Whether global guards, pipes, interceptors and filters also apply to event handlers. Default true. */
  readonly globalEnhancers?: boolean | undefined;
  /**
   * Sends events in the schema versions of an older release of openedx-events, such as `'10.2.0'`, for consumers
   * that still have it; 7.2.0 is the oldest. Default: the schema versions of the catalogue's own release.
   */
  readonly writeAs?: string | undefined;
  /** Time within which the broker must confirm an event. Default 10 s. */
  readonly sendTimeout?: number | undefined;
  /** Records that may wait for the broker; one more is rejected with BufferFullError. Default 10,000. */
  readonly maxBufferedRecords?: number | undefined;
  /** How long running handlers and pending sends may take when the application stops. Default 10 s. */
  readonly shutdownTimeout?: number | undefined;
  /** Topic without prefix -> key field: gives received events a key where their records have none, as on Redis. */
  readonly keyFields?: Readonly<Record<string, string>> | undefined;
}

/** The complete settings of a bus, with the chosen transport. */
export interface ResolvedSettings extends EventBusSettings {
  /** The factory that was given, or the name of a built-in transport. */
  readonly transport: TransportFactory | TransportName;
  /** The raw value of a setting, for the transport: `settings`, `@nestjs/config`, the environment. */
  readonly setting: (name: string) => unknown;
}
