/** A topic on which records of one consumer group wait for their next attempt, all of them equally long. */
export interface RetryTopic {
  /** Its full name. */
  readonly name: string;
  /** Full name of the topic that the records came from. */
  readonly source: string;
  /** Whether it may be created where it does not exist. */
  readonly create: boolean;
  /** How long a record waits, in ms. */
  readonly delayMs: number;
  /** How long the broker keeps a record, in ms, where it is told so when the topic is created. */
  readonly retentionMs: number;
}

/**
 * What later retries need of a transport besides `publish` and `subscribe`: records wait on topics of their own, and are
 * read by a group of its own. Every method rejects with ServiceUnavailableError where the broker does not answer.
 */
export interface LaterRetries {
  /**
   * Resolves when the topic is there, and the broker stamps records with its own time and keeps them for longer than they
   * wait. Creates it where that is allowed, with as many partitions as the source has. Rejects with ConfigurationError that
   * says what is wrong and how to mend it. Idempotent.
   */
  prepare(topic: RetryTopic): Promise<void>;
  /**
   * The time by the clock that the broker stamps records with (`IncomingRecord.brokerTime`), in ms since the epoch, as
   * exactly as it can be known here. May be answered from what was learnt before.
   */
  now(): number | Promise<number>;
  /**
   * The time by the clock of this process, where `now` would have to write to the broker to learn it; undefined where it need
   * not. A record that is not due by it need not be asked about.
   */
  roughNow?(): number | undefined;
}
