import type { EventBusHealth, LivenessOptions, ReadinessOptions } from './event-bus-health.js';
import type { EventBusState } from './event-bus-state.js';

export type { EventBusState };

/** One partition (Kafka) or stream (Redis) that a group reads in this process. */
export interface SourceStatus {
  /** Its name: `topic/partition`, or the name of the stream. The topic has the environment prefix. */
  readonly source: string;
  /** The consumer group that reads it. */
  readonly group: string;
  /** `paused`: a retry, or the recovery of a service, is awaited. `halted`: `onFailure: 'halt'` stopped at a record. */
  readonly state: 'running' | 'paused' | 'halted';
  /** Why it is paused or halted. Absent while it is running. */
  readonly reason?: string;
  /** Records received and neither acknowledged nor released. */
  readonly inFlight: number;
  /** When a record of it was last handled by all its handlers; null: not since the start. */
  readonly lastSuccess: Date | null;
  /** Set where its records wait for later retries (`retry.later`): it may rest for as long as they wait. */
  readonly isForLaterRetries?: true;
}

/** Handlers that have been running for one event for longer than the option `handlerWarnAfter`. */
export interface SlowHandler {
  /** Those that have not finished, as `Class.method`. */
  readonly handlers: readonly string[];
  /** Their consumer group. */
  readonly group: string;
  /** Type of the event; `unknown` where it could not be read. */
  readonly eventType: string;
  /** `metadata.id` of the event; `unknown` where it could not be read. */
  readonly eventId: string;
  /** Where the record of the event is at the broker. */
  readonly position: {
    /** Full topic: with the environment prefix. */
    readonly topic: string;
    /** Number of the partition; `0` on Redis. */
    readonly partition: string;
    /** Offset in the partition, or the id of the entry in the stream. */
    readonly offset: string;
  };
  /** How long this attempt has been running, in ms. */
  readonly runningMs: number;
}

/** A record in flight that nobody has worked on for 30 s, although nothing known holds it up: report it as a bug. */
export interface StalledRecord {
  /** The consumer group that the record was fetched for. */
  readonly group: string;
  /** Where the record is at the broker. */
  readonly position: SlowHandler['position'];
  /**
   * What it waits for. `transport`: it was fetched and not delivered. `reading`: it is being decoded, for which the
   * schema registry may be asked. `lane`: it is ready, and no other record of its key is being handled.
   */
  readonly place: 'transport' | 'reading' | 'lane';
  /** How long it has been waiting, in ms. */
  readonly waitingMs: number;
}

/** The state of a bus at one moment: plain data, as a health or debug endpoint may show it. */
export interface EventBusStatusSnapshot {
  /** Name of the bus; `default` for the unnamed one. */
  readonly bus: string;
  /** What the bus is doing. */
  readonly state: EventBusState;
  /** What is wrong, where the state is `degraded` or `failed`, else null. It holds no event data. */
  readonly error: Error | null;
  /** Records that have failed in a row, in all groups: see `consecutiveErrorsLimit`. A success sets it to 0. */
  readonly consecutiveErrors: number;
  /** When a record was last handled by all its handlers; null: not since the start. */
  readonly lastSuccess: Date | null;
  /** The partitions and streams that are read here at present, for each group. */
  readonly sources: readonly SourceStatus[];
  /** Handlers that run for longer than `handlerWarnAfter` at present; empty where all is well. */
  readonly slowHandlers: readonly SlowHandler[];
  /** Records that are stuck at present; empty where all is well. */
  readonly stalledRecords: readonly StalledRecord[];
  /** Measured while the bus consumes. */
  readonly eventLoop: {
    /** The longest time in ms for which the event loop was blocked during the last minute, by whatever code. */
    readonly longestDelayMs: number;
    /** The handler that blocked it longest when it was last blocked, as `Class.method`. Absent where none was found. */
    readonly blockedBy?: string;
  };
  /** Counters since the start of the bus. They only grow. */
  readonly counts: {
    /** Records that all of their handlers processed. */
    readonly handled: number;
    /** Records that ended in failure: `unusable` ones and those that consuming halted at are counted too. */
    readonly failed: number;
    /** Attempts of records after the first one. */
    readonly retried: number;
    /** Records that were left to wait for a later retry. */
    readonly retriedLater: number;
    /** Failed records that were kept as dead letters; they are among `failed`. */
    readonly deadLettered: number;
    /** Calls of idempotent handlers that were left out, because the handler had handled the event before. */
    readonly duplicatesSkipped: number;
    /** Events that an idempotent handler was handling when its lock on them was lost: it may have run twice. */
    readonly locksLost: number;
    /** Records that were skipped because the bus has no definition of their event type. */
    readonly unknownType: number;
    /** Records that cannot be decoded into an event. */
    readonly unusable: number;
    /** Records that the broker confirmed, one for each topic of an event. */
    readonly sent: number;
    /** Records that were not confirmed in time, or rejected before they were sent. */
    readonly sendFailed: number;
    /** Topics that an event was not sent to because the producer configuration disables them. */
    readonly disabledRoute: number;
    /** Records that the broker dropped before they were read, or that are in batches that cannot be decompressed. */
    readonly lost: number;
    /** Unusual things about records or sources that did not stop them; each has a log line, at a limited rate. */
    readonly warnings: number;
    /** Records that the broker delivered after later ones of the same source. */
    readonly outOfOrder: number;
  };
}

/** The live state of one bus. Inject it by its class; that of a named bus by `@InjectEventBusStatus('name')`. */
export abstract class EventBusStatus {
  /** The state at this moment: a copy that does not change. It asks neither broker nor registry. */
  abstract snapshot(): EventBusStatusSnapshot;
  /**
   * Whether an orchestrator should let the process live: `down` where a restart can help, else `up`. It asks neither broker
   * nor registry. Throws ConfigurationError for options that are none.
   */
  abstract liveness(options?: LivenessOptions): EventBusHealth;
  /**
   * Whether the process does its work: `down` before it has started, from the beginning of a shutdown on, and where consuming
   * ended; `degraded` while something is wrong that ends by itself, such as an unavailable broker, and until its groups have
   * admitted it. It asks neither broker nor registry. Throws ConfigurationError for options that are none.
   */
  abstract readiness(options?: ReadinessOptions): EventBusHealth;
  /** False when an orchestrator should restart the process or send it no requests: state `failed` or `stopped`. */
  abstract get healthy(): boolean;
}
