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
    instead: { error: /follow the end|after the/i },
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
  pending_entry_deleted: {
    reason:
      'The reference stops looking at its pending list at an entry that is gone, so those behind it stay there. Ours acknowledges it, counts it as lost, and goes on.',
    instead: {},
  },
  pending_entry_of_other_consumer: {
    reason:
      'The reference claims only when claim_msgs_older_than is given. Ours always does, after claimIdle.',
    instead: {},
  },
  server_killed: {
    reason: 'The reference ends with the connection. Ours connects again and goes on.',
    instead: {},
  },
  stream_deleted: {
    reason:
      'The reference fails at each read from then on. Ours makes the group again behind what it has settled.',
    instead: {},
  },
};
