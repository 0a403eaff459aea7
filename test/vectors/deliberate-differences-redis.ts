/** Where our Redis consumer ends a recorded case otherwise than the reference, and why. */
export interface RedisDifference {
  readonly reason: string;
  readonly instead: {
    /** An unusable record, with such a message. */
    readonly error?: RegExp;
    /** The id is a UUID version 5 made of topic and position. */
    readonly id?: 'ofPosition';
    /** The time is when the broker stored the record. */
    readonly time?: 'ofBroker';
    /** So many tries before the record ends as failed. */
    readonly attempts?: number;
    readonly handledWhileDown?: true;
  };
}

const ID_OF_POSITION: RedisDifference = {
  reason:
    'The reference makes a random id for each delivery, so a redelivery looks like another event. Ours is a UUID version 5 of topic and position: the same each time.',
  instead: { id: 'ofPosition' },
};

export const REDIS_DIFFERENCES: Readonly<Record<string, RedisDifference>> = {
  body_trailing: {
    reason:
      'Bytes after the body mean that it was written with another layout: the reference ignores them, and what it reads may be wrong.',
    instead: { error: /trailing|after the/i },
  },
  missing_id: ID_OF_POSITION,
  empty_id: ID_OF_POSITION,
  field_upper_case_id: ID_OF_POSITION,
  empty_time: {
    reason:
      'The reference takes the time of each delivery. Ours takes the time at which the broker stored the record: the same each time, and nearer to the truth.',
    instead: { time: 'ofBroker' },
  },
  receiver_raises: {
    reason:
      'The reference gives up after one try. Ours tries three times, then ends in the same state: the error is logged, the entry acknowledged.',
    instead: { attempts: 3 },
  },
  restart_without_check_backlog: {
    reason:
      'The reference moves the group to the end at every start and so loses what was added while it was down. Ours never moves a group that exists.',
    instead: { handledWhileDown: true },
  },
};

/** Recorded situations whose behaviour belongs to the hardening of the Redis transport under faults. */
export const LATER: Readonly<Record<string, string>> = {
  server_killed: 'reconnecting after the server went away is part of the fault tests',
  stream_deleted: 'remaking a lost stream and group is part of the fault tests',
  pending_entry_deleted: 'gaps in the own pending list are part of the fault tests',
  pending_entry_of_other_consumer:
    'claiming from members that have gone is part of the fault tests',
};
