import { OPENEDX_EVENTS_RELEASE, OPENEDX_EVENTS_SOURCELIB } from './catalog/open-edx-events.js';

/**
 * The metadata of an event, under its CloudEvents names: Python's `EventsMetadata`. Plain data: it may be stored and
 * compared.
 */
export interface EventMetadata {
  /** Type of the event, such as `org.openedx.learning.course.enrollment.created.v1`. */
  readonly type: string;
  /** UUID, hyphenated, lower case. The same on every topic and after each redelivery: deduplicate by it. */
  readonly id: string;
  /** Minor version of the event type: it grows when fields are added. 0 for nearly all events. */
  readonly minorversion: number;
  /** The service that sent the event, as `openedx/{service}/web`. */
  readonly source: string;
  /** Host name of the process that sent the event. */
  readonly sourcehost: string;
  /** When the event was made, in UTC, in Python's `isoformat` form: `2023-01-01T14:00:00+00:00`, six fraction digits or none. */
  readonly time: string;
  /** The release of openedx-events that made the event, as integers: `[11, 2, 0]`. */
  readonly sourcelib: readonly number[];
}

/** Metadata given when sending. What is left out or null has a default, which is that of Python. */
export interface EventMetadataInput {
  /** A UUID in any form that Python's `UUID` accepts. Default: a new UUID version 1. */
  readonly id?: string | null | undefined;
  /** Default: the minor version of the definition. */
  readonly minorversion?: number | null | undefined;
  /** Default: `openedx/{service}/web`, with `serviceName` of the bus, else `SERVICE_NAME_UNSET`. */
  readonly source?: string | null | undefined;
  /** Default: the host name. */
  readonly sourcehost?: string | null | undefined;
  /** A Date, or an ISO 8601 string in UTC; any other offset is rejected. Default: now. */
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
