import type { EventMetadata } from '../../events/event-metadata.js';
import type { EventRecord, RecordPosition } from '../../transport/transport.interface.js';

/** A handler that failed, as a letter names it. */
export interface DeadLetterHandler {
  /** Its id. */
  readonly id: string;
  /** The class of the error that it threw last. */
  readonly error: string;
  /** What that error said, up to 1 KB. */
  readonly message: string;
}

/** An open dead letter: a record that a consumer group gave up. */
export interface DeadLetter {
  /** The same for the same record, group and failed handlers. */
  readonly id: string;
  /** Where the letter is: the position names this letter, the id also its copies. */
  readonly position: RecordPosition;
  /** Consumer group that gave the record up. */
  readonly group: string;
  /** Topic that the record came from, without prefix. */
  readonly topic: string;
  /** Where the record was, with the full topic. Absent where the letter does not say. */
  readonly original?: RecordPosition;
  /** Type of the event. Absent where the record says none. */
  readonly type?: string;
  /** Metadata of the event. Absent as `type`. */
  readonly metadata?: EventMetadata;
  /** The handlers that failed for good; empty where the record could not be read. */
  readonly handlers: readonly DeadLetterHandler[];
  /** Code of the error, such as `HANDLERS_FAILED` or `UNUSABLE_RECORD`. */
  readonly code: string;
  /** What went wrong, up to 1 KB. */
  readonly message: string;
  /** How often the record was delivered, or tried, before it was given up. */
  readonly deliveryCount?: number;
  /** When it was given up first; for a record with later retries, when it was first written to a retry topic. */
  readonly firstTime?: Date;
  /** When it was given up last. */
  readonly lastTime?: Date;
  /** When the broker stored the record. */
  readonly originalTime?: Date;
  /** How often it was redriven and failed again. */
  readonly redrives: number;
  /** The record as it was, undecoded. */
  readonly record: EventRecord;
}

/** Which letters are meant: those that fit all that is given. */
export interface DeadLetterQuery {
  /** Ids of letters. */
  readonly id?: string | readonly string[] | undefined;
  /** Consumer group. Default: all of this bus. */
  readonly group?: string | undefined;
  /** Topic without prefix that the records came from. Default: all that the groups of this bus read. */
  readonly topic?: string | undefined;
  /** Id of a handler that failed. */
  readonly handler?: string | undefined;
  /** Code of the error. */
  readonly code?: string | undefined;
  /** Type of the event. */
  readonly eventType?: string | undefined;
  /** Given up at this time or later. */
  readonly since?: Date | undefined;
  /** Given up before this time. */
  readonly until?: Date | undefined;
}

/** A part of the open letters. */
export interface DeadLetterPage {
  /** In the order in which they were written, topic by topic and partition by partition. */
  readonly letters: readonly DeadLetter[];
  /** To be given as `after` for the next page. Absent on the last one. */
  readonly next?: string;
}

/** How letters are redriven. Every option may be left out. */
export interface RedriveOptions {
  /**
   * `handlers` (default): to the handlers that failed, in this process, with fresh attempts. `topic`: the record is sent to
   * its topic again, where every group that reads the topic receives it, the platform's own services included.
   */
  readonly to?: 'handlers' | 'topic' | undefined;
  /** Whether idempotent handlers also get events that they have handled before. Default false: these are `skipped`. */
  readonly again?: boolean | undefined;
  /** Letters a second at most. Default: no limit. */
  readonly rate?: number | undefined;
  /** Letters at most. Default: no limit. */
  readonly limit?: number | undefined;
  /** Only says which letters would be redriven. Default false. */
  readonly dryRun?: boolean | undefined;
  /** Who does it, for the history. Default: user and host of the process. */
  readonly by?: string | undefined;
}

/** What became of one letter that was to be redriven. */
export interface RedrivenLetter {
  /** The letter as it was. */
  readonly letter: DeadLetter;
  /**
   * `handled`: its handlers succeeded, and it is closed. `skipped`: they are idempotent and had handled the event before, and
   * it is closed. `sent`: it is on its topic again, and closed. `failedAgain`: a newer
   * letter took its place. `kept`: it is open as it was, for the reason that `error` says. `reserved`: another process
   * redrives or discards it at this moment. `selected`: `dryRun`.
   */
  readonly result:
    'handled' | 'skipped' | 'sent' | 'failedAgain' | 'kept' | 'reserved' | 'selected';
  /** Why it failed again or was kept. */
  readonly error?: Error;
}

/** How letters are discarded. Every option may be left out. */
export interface DiscardOptions extends Pick<RedriveOptions, 'limit' | 'dryRun' | 'by'> {}

/** A letter that is no longer open. */
export interface ClosedDeadLetter {
  /** Id of the letter. */
  readonly id: string;
  /** Where the letter was. */
  readonly position: RecordPosition;
  /**
   * `redriven`: its handlers succeeded, or it was sent to its topic. `failedAgain`: a newer letter took its place.
   * `discarded`: somebody discarded it. `duplicate`: a copy of one that was closed.
   */
  readonly action: 'redriven' | 'failedAgain' | 'discarded' | 'duplicate';
  /** Who closed it. */
  readonly by: string;
  /** When it was closed. */
  readonly at: Date;
  /** Why it was closed, as whoever discarded it said. */
  readonly reason?: string;
}

/**
 * The dead letters of one bus. Inject it by its class; that of a named bus by `@InjectDeadLetters('name')`.
 *
 * Every method rejects with ServiceUnavailableError where the broker does not answer, and with ConfigurationError for a
 * query that is none, and where the transport keeps no dead letters. Letters of a group and topic that this application does
 * not read are found where the query names both.
 */
export abstract class DeadLetters {
  /** One page of the open letters, 100 unless `limit` says otherwise. A letter and its copy may be on two pages. */
  abstract list(
    query?: DeadLetterQuery & {
      readonly limit?: number | undefined;
      /** `next` of the page before. */
      readonly after?: string | undefined;
    },
  ): Promise<DeadLetterPage>;

  /** The letters that are open at the time of the call, one by one; copies of one letter are one. Holds few at a time. */
  abstract all(query?: DeadLetterQuery): AsyncIterable<DeadLetter>;

  /** The open letter with the id; undefined where there is none. Reads letters until it is found. */
  abstract get(id: string): Promise<DeadLetter | undefined>;

  /**
   * The data of a letter's event, decoded. Rejects with UnusableRecordError, UnsupportedSchemaError or UnknownEventError
   * where that cannot be done.
   */
  abstract data(letter: DeadLetter): Promise<unknown>;

  /**
   * Redrives the letters that fit the query, one after the other, and says of each what became of it. Nothing happens until
   * the first is asked for; whoever stops asking stops the redrive after the letter at hand. The event keeps its id. A query
   * without any condition, or with one that does not exist, is rejected. A letter that names another group or topic than those
   * that the query means, or one whose letters go elsewhere, is kept, with UnusableRecordError.
   */
  abstract redrive(query: DeadLetterQuery, options?: RedriveOptions): AsyncIterable<RedrivenLetter>;

  /**
   * Closes the letters that fit the query without handling them, and resolves with their number. The reason is kept in the
   * history. A query without any condition is rejected.
   */
  abstract discard(
    query: DeadLetterQuery,
    reason: string,
    options?: DiscardOptions,
  ): Promise<number>;

  /** What was closed, as long as the broker keeps it, oldest first within a partition. */
  abstract history(
    query?: Pick<DeadLetterQuery, 'group' | 'topic'>,
  ): AsyncIterable<ClosedDeadLetter>;
}
