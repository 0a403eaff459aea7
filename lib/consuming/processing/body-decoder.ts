import { readPrefix } from '../../codec/avro/partial-reader.js';
import type { EventCodec } from '../../codec/event-codec.js';
import {
  earlierSchemasOf,
  type EarlierSchema,
  type EventSchemaVersion,
  schemaVersionOf,
  schemaVersionCodecFor,
} from '../../codec/history/schema-version-codec.js';
import {
  type EventBusErrorPlace,
  UnsupportedSchemaError,
  UnusableRecordError,
} from '../../errors/index.js';
import { outsideText } from '../../errors/outside-text.js';
import { OPENEDX_EVENTS_RELEASE } from '../../events/catalog/open-edx-events.js';
import type { EventMetadata, Release } from '../../events/event-metadata.js';
import type { ReceivedEvent } from '../../transport/wire-format.interface.js';

/** The data of a body, and how it was read. */
export interface DecodedBody {
  readonly data: unknown;
  /** The first release of openedx-events with the schema version that the body was read with; null: the current one. */
  readonly writerRelease: string | null;
  readonly warnings: readonly string[];
  /** Bytes at the end that nothing is known of: the schema version was guessed. */
  readonly bytesLeft: number;
}

type ReceivedBody = Pick<ReceivedEvent, 'metadata' | 'sourcelibMissing' | 'body' | 'writerSchema'>;

/** As `decodeBody`, but a writer's schema goes before `sourcelib`. An error has the type and the id of the event too. */
export function decodeReceived(
  codec: EventCodec,
  { metadata, sourcelibMissing, body, writerSchema }: ReceivedBody,
  place: EventBusErrorPlace,
): DecodedBody {
  if (writerSchema !== undefined) return current(codec.decode(body, writerSchema));
  const sourcelib = sourcelibMissing ? undefined : metadata.sourcelib;
  return decodeBody(codec, body, sourcelib, place, metadata);
}

/**
 * Reads a body with the schema version of the release that wrote it (undefined: the record names none), into data
 * of today's definition.
 *
 * Of a release that is newer than ours, or not named, today's schema version is tried: what it reads to the last
 * byte is taken, with a warning where the record names no release and an earlier schema version fits as well;
 * bytes left behind a valid value are warned of. Throws UnsupportedSchemaError where neither
 * is so, and UnusableRecordError for a body that is valid neither in the schema version that its release had nor
 * in today's. One that only today's schema version fits is taken with a warning.
 */
export function decodeBody(
  codec: EventCodec,
  body: Uint8Array,
  sourcelib: Release | undefined,
  place: EventBusErrorPlace,
  event?: Pick<EventMetadata, 'type' | 'id'>,
): DecodedBody {
  const version = versionOf(codec, sourcelib);
  switch (version.status) {
    case 'current':
      return current(codec.decode(body));
    case 'known':
      return inSchemaVersion(codec, body, version, sourcelib);
    case 'older-than-history':
      return current(codec.decode(body), [
        `no schema of this event is known for openedx-events ${releaseText(sourcelib)} (sourcelib of the record); decoded with the current schema`,
      ]);
    default:
      return guess(codec, body, sourcelib, {
        ...place,
        ...(event && { eventType: event.type, eventId: event.id }),
      });
  }
}

/** Of each codec the release that was asked for last: one release writes most events of a type. */
const lastVersions = new WeakMap<
  EventCodec,
  { readonly sourcelib: Release | undefined; readonly version: EventSchemaVersion }
>();

function versionOf(codec: EventCodec, sourcelib: Release | undefined): EventSchemaVersion {
  const last = lastVersions.get(codec);
  if (last !== undefined && last.sourcelib === sourcelib) return last.version;
  const version = schemaVersionOf(codec.definition.type, sourcelib);
  // Releases that records share are frozen; of another one the parts may be changed.
  if (Object.isFrozen(sourcelib)) lastVersions.set(codec, { sourcelib, version });
  return version;
}

/** A `sourcelib` that was set by hand says nothing of the schema version: where it does not fit, today's may. */
function inSchemaVersion(
  codec: EventCodec,
  body: Uint8Array,
  version: EarlierSchema,
  sourcelib: Release | undefined,
): DecodedBody {
  try {
    const data = schemaVersionCodecFor(codec.definition, version).decode(body);
    return { data, writerRelease: version.release, warnings: NO_WARNINGS, bytesLeft: 0 };
  } catch (error) {
    if (!(error instanceof UnusableRecordError)) throw error;
    const data = ifItFits(() => codec.decode(body));
    if (data === undefined) throw error;
    return current(data, [
      `the body does not match the schema of openedx-events ${releaseText(sourcelib)} (sourcelib of the record); decoded with the current schema`,
    ]);
  }
}

const NO_WARNINGS: readonly string[] = Object.freeze([]);

const current = (data: unknown, warnings = NO_WARNINGS): DecodedBody => ({
  data,
  writerRelease: null,
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
        ? 'the record does not name the release of openedx-events that wrote it (sourcelib)'
        : `the record was written by openedx-events ${releaseText(sourcelib)}, which is newer than this package supports (${OPENEDX_EVENTS_RELEASE})`;
    if (prefix === undefined || prefix.bytesLeft === 0)
      throw new UnsupportedSchemaError(
        `${from}, and does not match the current schema. A newer version of this package may be able to read it`,
        { ...place, cause },
      );
    const { data, bytesLeft } = prefix;
    const warning = `bytes after the end of the event were ignored: ${from}`;
    return { data, writerRelease: null, warnings: [warning], bytesLeft };
  }
}

/** The body fits today's schema version: whether it fits another one too. */
function doubtsAbout({ definition }: EventCodec, body: Uint8Array): string[] {
  return earlierSchemasOf(definition.type)
    .filter(
      (version) =>
        ifItFits(() => schemaVersionCodecFor(definition, version).decode(body)) !== undefined,
    )
    .map(
      ({ release }) =>
        `it names no release (sourcelib) and also matches the schema of openedx-events ${release}; decoded with the current schema`,
    );
}

/** What was decoded; undefined for a body that is not in that schema version. */
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
