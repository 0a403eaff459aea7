import { OPENEDX_EVENTS_SOURCELIB } from '../../events/catalog/open-edx-events.js';
import { compareReleases, parseRelease, type Release } from '../../events/release.js';
import { LAYOUT_HISTORY } from './layout-history.js';

/** A layout of the history. */
export interface KnownLayout {
  /** The first release that has it. */
  readonly release: string;
  /** In the notation of the history (tools/catalog/README.md). */
  readonly layout: string;
}

/** Which layout a release of openedx-events writes an event with. */
export type EventLayout =
  /** That of our own release, which the event definition has. */
  | { readonly status: 'current' }
  /** Another one. */
  | (KnownLayout & { readonly status: 'known' })
  /** The release is newer than ours, or older than every one that could write the event, or not named. */
  | { readonly status: 'newer' | 'older-than-history' | 'missing' };

const CURRENT: EventLayout = { status: 'current' };
const NEWER: EventLayout = { status: 'newer' };
const OLDER: EventLayout = { status: 'older-than-history' };
const MISSING: EventLayout = { status: 'missing' };

const histories = new Map<string, readonly (readonly [from: Release, layout: EventLayout])[]>();

/**
 * The layout that a record's `sourcelib` stands for (undefined: the record names none). Releases
 * compare part by part, parts left out as 0; one that was never published has the layout of the last
 * published one before it. Of an event that is not in the catalogue of Open edX `sourcelib` says
 * nothing: its definition is the layout.
 */
export function layoutOf(type: string, sourcelib: Release | undefined): EventLayout {
  const history = historyOf(type);
  if (history.length === 0) return CURRENT;
  if (sourcelib === undefined) return MISSING;
  if (compareReleases(sourcelib, OPENEDX_EVENTS_SOURCELIB) > 0) return NEWER;
  return history.findLast(([from]) => compareReleases(from, sourcelib) <= 0)?.[1] ?? OLDER;
}

/** The layouts that an event had before today's, oldest first. */
export function earlierLayoutsOf(type: string): readonly KnownLayout[] {
  return historyOf(type).flatMap(([, layout]) => (layout.status === 'known' ? [layout] : []));
}

function historyOf(type: string) {
  let history = histories.get(type);
  if (history !== undefined) return history;
  const entries = Object.hasOwn(LAYOUT_HISTORY, type) ? LAYOUT_HISTORY[type]! : [];
  history = entries.map(([release, layout]): readonly [Release, EventLayout] => [
    parseRelease(release) ?? [],
    layout === undefined ? CURRENT : { status: 'known', release, layout },
  ]);
  if (history.length > 0) histories.set(type, history);
  return history;
}
