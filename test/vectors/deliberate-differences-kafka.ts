/** Where our reading of a recorded Kafka record ends otherwise than the reference, and why. */
export interface KafkaDifference {
  readonly reason: string;
  readonly instead: {
    /** An unusable record, with such a message. */
    readonly error?: RegExp;
    /** Skipped and counted: no definition is known. */
    readonly skipped?: true;
    /** The time is when the broker stored the record. */
    readonly time?: 'ofBroker';
  };
}

export const KAFKA_DIFFERENCES: Readonly<Record<string, KafkaDifference>> = {
  body_trailing: {
    reason:
      'Bytes after the body mean that it was written with another schema than its id says: the reference ignores them, and what it reads may be wrong.',
    instead: { error: /follow the end/ },
  },
  type_unknown: {
    reason:
      'An event that this service has no definition of is nobody’s failure here: it is skipped and counted, and does not bring the limit of consecutive errors nearer.',
    instead: { skipped: true },
  },
  missing_ce_time: {
    reason:
      'The reference takes the time of each delivery. Ours takes the time at which the broker stored the record: the same each time, and nearer to the truth.',
    instead: { time: 'ofBroker' },
  },
  value_null: {
    reason:
      'A null value ends the reference’s consumer without a commit, so that it ends again after each restart. Ours is an unusable record like others, which the failure policy settles.',
    instead: { error: /null \(a tombstone\)/ },
  },
};

/** Recorded situations that need a running consumer and broker: they are tested on those. */
export const SITUATIONS: Readonly<Record<string, string>> = {
  receiver_raises: 'retries and settling belong to the consumer',
  consecutive_errors_limit: 'counting errors belongs to the consumer',
  topic_missing: 'an unknown topic is the transport’s to report',
};
