import type { Comparison } from './ledger.js';

export interface Side extends Comparison {
  /** Longest silence after each fault, in seconds. */
  readonly silences: readonly number[];
  /** Times that a consumer ended by itself. */
  readonly deaths: number;
}

export interface FaultRunResult {
  readonly sent: number;
  readonly confirmed: number;
  /** Publications beyond the first of an event. */
  readonly tries: number;
  readonly faults: number;
  /** Lines of errors that the sender wrote. */
  readonly errorLines: number;
  /** The longest time for which a handler or more held the event loop of a consumer, in ms; 0 where none did. */
  readonly loopGapMs: number;
  readonly ours: Side;
  readonly reference: Side | undefined;
  /** The reference had not come to the end of the topic yet: what it lacks is not lost. */
  readonly referenceIsBehind: boolean;
  /** Exit codes of our consumers when they were told to leave. */
  readonly exitCodes: readonly (number | null)[];
}
