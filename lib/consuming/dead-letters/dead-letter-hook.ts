import type { EventMetadata } from '../../events/event-metadata.js';
import type { RecordPosition } from '../../transport/transport.interface.js';

/** A dead letter that was written. */
export interface KeptDeadLetter {
  /** Id of the letter: the same for the same record, group and failed handlers. */
  readonly id: string;
  /** Full name of the topic for dead letters that has it. */
  readonly topic: string;
  /** Where it is there; null where the broker does not say. */
  readonly position: RecordPosition | null;
  /** The consumer group that gave the record up. */
  readonly group: string;
  /** Where the record was. */
  readonly record: RecordPosition;
  /** Type of the event. Absent where the record could not be read that far. */
  readonly type?: string;
  /** Metadata of the event. Absent as `type`. */
  readonly metadata?: EventMetadata;
  /** Why: HandlersFailedError, UnusableRecordError or UnsupportedSchemaError. */
  readonly error: Error;
}

/**
 * Called once for each dead letter, when the broker has it. An error that the hook throws or rejects with is logged and
 * changes nothing else; nobody waits for the hook.
 */
export type DeadLetterHook = (letter: KeptDeadLetter) => void | Promise<void>;
