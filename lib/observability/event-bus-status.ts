/**
 * `joining`: everything is as it should be, and a group has not let us in yet, so its events wait. It becomes
 * `degraded` when the group takes longer than it may.
 */
export type EventBusState =
  | 'idle'
  | 'connecting'
  | 'joining'
  | 'running'
  | 'degraded'
  | 'paused'
  | 'draining'
  | 'stopped'
  | 'failed';

export interface SourceStatus {
  readonly source: string;
  readonly group: string;
  readonly state: 'running' | 'paused' | 'halted';
  /** Why it is paused or halted. */
  readonly reason?: string;
  readonly inFlight: number;
  readonly lastSuccess: Date | null;
}

/** Handlers that have been at one event for longer than the option `handlerWarnAfter`. */
export interface SlowHandler {
  /** Those that have not ended, as `Class.method`. */
  readonly handlers: readonly string[];
  readonly group: string;
  readonly eventType: string;
  readonly eventId: string;
  readonly position: {
    readonly topic: string;
    readonly partition: string;
    readonly offset: string;
  };
  readonly runningMs: number;
}

/** A record in hand that nobody has worked on for 30 s, although nothing known holds it up. */
export interface StalledRecord {
  readonly group: string;
  readonly position: SlowHandler['position'];
  /** Fetched and not handed over; being read (a service may be asked for its schema); ready, with its lane free. */
  readonly place: 'transport' | 'reading' | 'lane';
  readonly waitingMs: number;
}

export interface EventLoopStatus {
  /** The longest time in ms for which the event loop was blocked during the last minute, whoever did it. */
  readonly longestDelayMs: number;
  /** The handler that blocked it longest, where one was found out, the last time that it was blocked. */
  readonly blockedBy?: string;
}

export interface EventBusStatusSnapshot {
  readonly bus: string;
  readonly state: EventBusState;
  /** Why the state is not `running`; ids and places only. */
  readonly error: Error | null;
  readonly consecutiveErrors: number;
  readonly lastSuccess: Date | null;
  readonly sources: readonly SourceStatus[];
  readonly slowHandlers: readonly SlowHandler[];
  readonly stalledRecords: readonly StalledRecord[];
  /** Measured while the bus consumes. */
  readonly eventLoop: EventLoopStatus;
  readonly counts: {
    /** Records that all their handlers handled. */
    readonly handled: number;
    /** Records that ended in failure, `unusable` ones and those that consuming halted at among them. */
    readonly failed: number;
    /** Attempts after the first one of a record. */
    readonly retried: number;
    /** Records that were skipped, for no definition of their type is known. */
    readonly unknownType: number;
    /** Records that can never be turned into events. */
    readonly unusable: number;
    /** Records that the broker confirmed, one for each topic of an event. */
    readonly sent: number;
    /** Records that were not confirmed in time, or refused before they were sent. */
    readonly sendFailed: number;
    /** Routes of events that were sent and that the producer configuration disables. */
    readonly disabledRoute: number;
    /** Records that the broker no longer keeps, or in batches that cannot be opened. */
    readonly lost: number;
    /** What is odd about a record or a source that goes on. */
    readonly warnings: number;
    /** Records that a broker gave us after later ones of the same source. */
    readonly outOfOrder: number;
  };
}

/** The live state of one bus, by DI. Reading it does no I/O and makes no client. */
export abstract class EventBusStatus {
  abstract snapshot(): EventBusStatusSnapshot;
  /** False when an orchestrator should restart or stop routing to the process: `failed`, `stopped`. */
  abstract get healthy(): boolean;
}
