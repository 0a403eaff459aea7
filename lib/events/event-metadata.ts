/**
 * The metadata of an event, under its CloudEvents names (reference: EventsMetadata, behaviour 1.5).
 * Plain data: it may be stored and compared.
 */
export interface EventMetadata {
  readonly type: string;
  /** UUID, hyphenated lower case. */
  readonly id: string;
  readonly minorversion: number;
  readonly source: string;
  readonly sourcehost: string;
  /** UTC, in Python's `isoformat` form: `2023-01-01T14:00:00+00:00`, six fraction digits or none. */
  readonly time: string;
  /** Version of openedx-events that made the event, as integers. */
  readonly sourcelib: readonly number[];
}

/** Metadata given when sending. What is left out or null takes the reference's default. */
export interface EventMetadataInput {
  /** UUID in any form that Python's `UUID` takes. Default: a new UUID version 1. */
  readonly id?: string | null | undefined;
  /** Default: the minor version of the definition. */
  readonly minorversion?: number | null | undefined;
  /** Default: `openedx/{service}/web`. */
  readonly source?: string | null | undefined;
  /** Default: the host name. */
  readonly sourcehost?: string | null | undefined;
  /** A Date, or ISO text in UTC; any other offset is refused. Default: now. */
  readonly time?: string | Date | null | undefined;
  /** Default: the openedx-events release of the catalogue. */
  readonly sourcelib?: readonly number[] | null | undefined;
}
