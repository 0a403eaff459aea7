import { OPENEDX_EVENTS_RELEASE, OPENEDX_EVENTS_SOURCELIB } from './catalog/open-edx-events.js';

/** A release of openedx-events as integers: the `sourcelib` of an event. */
export type Release = readonly number[];

/** Between this release and ours only layouts changed, so the layout alone gives the schema text. */
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
