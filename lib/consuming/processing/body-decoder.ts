import { readPrefix } from '../../codec/avro/partial-reader.js';
import type { EventCodec } from '../../codec/event-codec.js';
import {
  earlierLayoutsOf,
  type KnownLayout,
  layoutOf,
  layoutCodecFor,
} from '../../codec/history/layout-codec.js';
import {
  type EventBusErrorPlace,
  LayoutTooNewError,
  UnusableRecordError,
} from '../../errors/index.js';
import { outsideText } from '../../errors/outside-text.js';
import type { Release } from '../../events/event-metadata.js';
import type { ReceivedEvent } from '../../transport/wire-format.interface.js';

/** The data of a body, and how it was read. */
export interface DecodedBody {
  readonly data: unknown;
  /** The first release of openedx-events with the layout that the body was read with; null: the current one. */
  readonly sourceLayout: string | null;
  readonly warnings: readonly string[];
  /** Bytes at the end that nothing is known of: the layout was guessed. */
  readonly bytesLeft: number;
}

type ReceivedBody = Pick<ReceivedEvent, 'metadata' | 'sourcelibMissing' | 'body' | 'writerSchema'>;

/** As `decodeBody`, but a writer's schema goes before `sourcelib`. */
export function decodeReceived(
  codec: EventCodec,
  { metadata, sourcelibMissing, body, writerSchema }: ReceivedBody,
  place: EventBusErrorPlace,
): DecodedBody {
  if (writerSchema !== undefined) return current(codec.decode(body, writerSchema));
  return decodeBody(codec, body, sourcelibMissing ? undefined : metadata.sourcelib, place);
}

/**
 * Reads a body with the layout of the release that wrote it (undefined: the record names none), into data
 * of today's definition.
 *
 * Of a release that is newer than ours, or not named, today's layout is tried: what it reads to the last
 * byte is taken, with a warning where the record names no release and an earlier layout fits as well;
 * bytes left behind a valid value are warned of. Throws LayoutTooNewError where neither
 * is so, and UnusableRecordError for a body that is valid neither in the layout that its release had nor
 * in today's. One that only today's layout fits is taken with a warning.
 */
export function decodeBody(
  codec: EventCodec,
  body: Uint8Array,
  sourcelib: Release | undefined,
  place: EventBusErrorPlace,
): DecodedBody {
  const layout = layoutOf(codec.definition.type, sourcelib);
  switch (layout.status) {
    case 'current':
      return current(codec.decode(body));
    case 'known':
      return inLayout(codec, body, layout, sourcelib);
    case 'older-than-history':
      return current(codec.decode(body), [
        `no layout is known that release ${releaseText(sourcelib)} has for this event; it was read with the current one`,
      ]);
    default:
      return guess(codec, body, sourcelib, place);
  }
}

/** A `sourcelib` that was set by hand says nothing of the layout: where it does not fit, today's may. */
function inLayout(
  codec: EventCodec,
  body: Uint8Array,
  layout: KnownLayout,
  sourcelib: Release | undefined,
): DecodedBody {
  try {
    const data = layoutCodecFor(codec.definition, layout).decode(body);
    return { data, sourceLayout: layout.release, warnings: [], bytesLeft: 0 };
  } catch (error) {
    if (!(error instanceof UnusableRecordError)) throw error;
    const data = ifItFits(() => codec.decode(body));
    if (data === undefined) throw error;
    return current(data, [
      `it is not in the layout of release ${releaseText(sourcelib)}, which it names; it was read with the current one`,
    ]);
  }
}

const current = (data: unknown, warnings: readonly string[] = []): DecodedBody => ({
  data,
  sourceLayout: null,
  warnings,
  bytesLeft: 0,
});

function guess(
  codec: EventCodec,
  body: Uint8Array,
  sourcelib: Release | undefined,
  place: EventBusErrorPlace,
): DecodedBody {
  try {
    const data: unknown = codec.decode(body);
    return current(data, sourcelib === undefined ? doubtsAbout(codec, body) : []);
  } catch (cause) {
    if (!(cause instanceof UnusableRecordError)) throw cause;
    const prefix = readPrefix(codec.definition, body);
    const from =
      sourcelib === undefined
        ? 'it does not say which release of openedx-events wrote it'
        : `it was written by openedx-events ${releaseText(sourcelib)}, which is newer than ours`;
    if (prefix === undefined || prefix.bytesLeft === 0)
      throw new LayoutTooNewError(`${from}, and today's layout does not fit`, { ...place, cause });
    const { data, bytesLeft } = prefix;
    const warning = `bytes behind the data were not read: ${from}`;
    return { data, sourceLayout: null, warnings: [warning], bytesLeft };
  }
}

/** The body fits today's layout: whether it fits another one too. */
function doubtsAbout({ definition }: EventCodec, body: Uint8Array): string[] {
  return earlierLayoutsOf(definition.type)
    .filter(
      (layout) => ifItFits(() => layoutCodecFor(definition, layout).decode(body)) !== undefined,
    )
    .map(({ release }) => `it may as well have been written in the layout of release ${release}`);
}

/** What was decoded; undefined for a body that is not in that layout. */
function ifItFits(decode: () => unknown): unknown {
  try {
    return decode();
  } catch (error) {
    if (error instanceof UnusableRecordError) return undefined;
    throw error;
  }
}

/** More than any release has. */
const MOST_PARTS = 8;
const releaseText = (release: Release | undefined): string =>
  release === undefined ? 'unknown' : outsideText(release.slice(0, MOST_PARTS).join('.'), 64);
