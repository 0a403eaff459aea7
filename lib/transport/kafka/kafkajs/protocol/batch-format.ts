/** The version of a record batch that is read and written here (Kafka protocol, record batch). */
export const MAGIC = 2;
/** Bytes of offset, length, and what has a fixed size before the records. */
export const HEAD = 61;
/** What the length of a batch counts begins here. */
export const LENGTH_FROM = 12;
