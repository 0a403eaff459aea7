import type { ProducerConfig } from '../producing/producer-config.interface.js';

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
  readonly producerConfig: ProducerConfig;
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
  /** What happens to a record in a layout that is newer than ours: `refuse` treats it as unusable. */
  readonly onLayoutTooNew: 'halt' | 'refuse';
  /** Deliveries to processes that died after which a record is not handled any more. */
  readonly maxDeliveries: number;
  readonly handlerTimeoutMs: number | undefined;
  /** A handler that has not ended after this time is warned of once; 0: never. */
  readonly handlerWarnAfterMs: number;
  readonly settle: 'coalesced' | 'each';
  readonly onFatal: 'close' | 'report';
  readonly globalEnhancers: boolean;
  /** Release of openedx-events whose layouts events are sent with; undefined: our own. */
  readonly writeAs: string | undefined;
  readonly sendTimeoutMs: number;
  readonly maxBufferedRecords: number;
  readonly shutdownTimeoutMs: number;
  /** Full topic -> key field, for lanes of events whose wire has no key. */
  readonly keyFields: Readonly<Record<string, string>>;
}
