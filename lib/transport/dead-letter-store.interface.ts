import type { IncomingRecord, RecordPosition } from './record.interface.js';

/** A topic for dead letters: records that their consumer group gave up, kept until somebody closes them. */
export interface DeadLetterTopic {
  /** Its full name. */
  readonly name: string;
  /** Full name of the topic that the records came from. */
  readonly source: string;
  /** Whether it may be created where it does not exist. */
  readonly create: boolean;
  /** How long the broker keeps a letter, in ms, where it is told so when the topic is created; null: for ever. */
  readonly retentionMs: number | null;
}

/** A letter as it is at the broker. */
export interface StoredLetter {
  /** The letter, with the attributes that say what became of its record. */
  readonly record: IncomingRecord;
  /** Where the letter is. */
  readonly position: RecordPosition;
}

/** What ended a letter, and who did it. */
export interface LetterClosing {
  /** Where the letter was: the same letter, written again elsewhere, is another one. */
  readonly position: RecordPosition;
  /** Its id, which its copies share. */
  readonly letterId: string;
  /**
   * `redriven`: its handlers succeeded, or it was sent to its topic again. `failedAgain`: its handlers failed again, and a
   * newer letter took its place. `discarded`: somebody discarded it. `duplicate`: a copy of one that was closed.
   */
  readonly action: 'redriven' | 'failedAgain' | 'discarded' | 'duplicate';
  /** Who closed it, such as a user and a host. */
  readonly by: string;
  /** When, in ms since the epoch. */
  readonly at: number;
  /** Why, in the words of who closed it. */
  readonly reason?: string;
}

/**
 * Keeps dead letters at the broker. They are written by `EventTransport.publish`; everything else that is done to them is
 * done here. Every method rejects with ServiceUnavailableError where the broker does not answer.
 */
export interface DeadLetterStore {
  /**
   * Resolves when the topic is there and the broker drops no letter for another reason than its age. Creates it where that
   * is allowed. Rejects with ConfigurationError that says what is wrong and how to mend it. Idempotent.
   */
  prepare(topic: DeadLetterTopic): Promise<void>;
  /**
   * The letters that are open at the time of the call, in the order of their positions, partition by partition. Holds few of
   * them at a time, however many there are. `after`: only those after these positions. None where there is no topic.
   */
  open(topic: string, after?: readonly RecordPosition[]): AsyncIterable<StoredLetter>;
  /**
   * Reserves letters for an owner for `ms` from now, and resolves with the positions of those that are: open, and reserved
   * by nobody else. Reserving again prolongs it. Of two owners that ask at the same time, one gets the letter.
   */
  claim(
    topic: string,
    positions: readonly RecordPosition[],
    owner: string,
    ms: number,
  ): Promise<readonly RecordPosition[]>;
  /** Gives up what the owner reserved and did not close. */
  release(topic: string, positions: readonly RecordPosition[], owner: string): Promise<void>;
  /** Closes letters that the owner reserved. What was closed before stays as it was. */
  close(topic: string, closings: readonly LetterClosing[], owner: string): Promise<void>;
  /** What was closed, as long as the broker keeps the history, oldest first within a partition. */
  closings(topic: string): AsyncIterable<LetterClosing>;
  /** How many letters are open. Absent where that would mean reading them all. */
  count?(topic: string): Promise<number>;
}
