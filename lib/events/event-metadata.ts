import { OPENEDX_EVENTS_RELEASE, OPENEDX_EVENTS_SOURCELIB } from './catalog/open-edx-events.js';

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

/** A release of openedx-events as integers: the `sourcelib` of an event. */
export type Release = readonly number[];

/** Between this release and ours only schema versions changed, so the schema version alone gives the schema text. */
const OLDEST_WRITABLE: Release = [7, 2, 0];

/** In words, for messages. */
export const WRITABLE_RELEASES = `a release of openedx-events from ${OLDEST_WRITABLE.join('.')} to ${OPENEDX_EVENTS_RELEASE}`;

/** One to four integers between dots; undefined for anything else, such as a pre-release. */
export function parseRelease(text: string): Release | undefined {
  return /^\d{1,9}(?:\.\d{1,9}){0,3}$/.test(text) ? text.split('.').map(Number) : undefined;
}

/** Negative where `a` is older. Parts that are left out count as 0: `9.14` is `9.14.0`. */
export function compareReleases(a: Release, b: Release): number {
  const parts = Math.max(a.length, b.length);
  for (let i = 0; i < parts; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** A release that events can be written for: from 7.2.0 to ours. Undefined for any other text. */
export function parseWritableRelease(text: string): Release | undefined {
  const release = parseRelease(text);
  const known =
    release !== undefined &&
    compareReleases(release, OLDEST_WRITABLE) >= 0 &&
    compareReleases(release, OPENEDX_EVENTS_SOURCELIB) <= 0;
  return known ? release : undefined;
}
