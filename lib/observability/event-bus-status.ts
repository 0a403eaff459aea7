export type EventBusState =
  'idle' | 'connecting' | 'running' | 'degraded' | 'paused' | 'draining' | 'stopped' | 'failed';

export interface SourceStatus {
  readonly source: string;
  readonly group: string;
  readonly state: 'running' | 'paused' | 'halted';
  /** Why it is paused or halted. */
  readonly reason?: string;
  readonly inFlight: number;
  readonly lastSuccess: Date | null;
}

export interface EventBusStatusSnapshot {
  readonly bus: string;
  readonly state: EventBusState;
  /** Why the state is not `running`; ids and places only. */
  readonly error: Error | null;
  readonly consecutiveErrors: number;
  readonly lastSuccess: Date | null;
  readonly sources: readonly SourceStatus[];
  readonly counts: {
    readonly handled: number;
    readonly failed: number;
    readonly retried: number;
    readonly unknownType: number;
    readonly unusable: number;
    readonly sent: number;
    readonly sendFailed: number;
    readonly disabledRoute: number;
    readonly lost: number;
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
