/** A record as it is on the wire, not decoded. */
export interface EventRecord {
  /** Full topic: with the environment prefix. */
  readonly topic: string;
  /** The Kafka message key; null on Redis, where records have no key. */
  readonly key: Uint8Array | null;
  /** Headers or stream fields, in the order in which they are written; repeated names and nulls are kept. */
  readonly attributes: readonly (readonly [string, Uint8Array | null])[];
  /**
   * The bytes with the event's Avro body: on Kafka in Confluent wire format, on Redis the last `event_data`. null: a
   * tombstone, or the field is missing.
   */
  readonly value: Uint8Array | null;
}

/** A record to be published. */
export interface OutgoingRecord extends EventRecord {
  /** Records of the same topic and order key are written in the order of `publish`. Absent: any order will do. */
  readonly orderKey?: string;
  /**
   * The partition to write it to: this number modulo the number of partitions. Absent: the key decides. Ignored where
   * topics have no partitions.
   */
  readonly partition?: number;
  /** No older record of the topic is dropped to make room for it. */
  readonly untrimmed?: true;
}

/** A record that was received. */
export interface IncomingRecord extends EventRecord {
  /** When the broker stored the record, in ms since the epoch. Absent where it does not say. */
  readonly brokerTime?: number;
  /** Set where no record can be read at the position: key and value are null then, and there are no attributes. */
  readonly unreadable?: UnreadableRecord;
}

/** Why no record can be read at a position. */
export interface UnreadableRecord {
  /** What is wrong with it, for people. */
  readonly reason: string;
  /** Set where all records from there to the offset `last` are lost with it, such as those of a compressed batch. */
  readonly lost?: { readonly count: number; readonly last: RecordPosition['offset'] };
}

/** Where a record is at the broker: enough to name it in a log line and to read it again. */
export interface RecordPosition {
  /** Full topic: with the environment prefix. */
  readonly topic: string;
  /** Number of the partition; `0` where topics have none. */
  readonly partition: string;
  /** Offset in the partition, or the id of the entry in the stream. */
  readonly offset: string;
}
