import { codecFor } from '../codec/event-codec.js';
import { layoutOf, layoutCodecFor } from '../codec/history/layout-codec.js';
import {
  ConfigurationError,
  InvalidMetadataError,
  UnserializableEventError,
  UnusableRecordError,
} from '../errors/index.js';
import { OPENEDX_EVENTS_SOURCELIB } from '../events/catalog/open-edx-events.js';
import type { EventDefinition } from '../events/event-definition.js';
import {
  type EventMetadata,
  compareReleases,
  parseWritableRelease,
  type Release,
  WRITABLE_RELEASES,
} from '../events/event-metadata.js';

/** How the body of an event is written. */
export interface EventWriting {
  readonly schema: string;
  /** The release that its metadata names; undefined: our own, or what the caller gave. */
  readonly release: Release | undefined;
  /** Throws InvalidEventDataError, and InvalidMetadataError for the `sourcelib` of `metadata`. */
  encode(data: unknown, metadata: EventMetadata): Buffer;
  /** Where the layout is an earlier one: what a reader of today makes of a body. */
  readonly decode?: (body: Buffer) => unknown;
}

/**
 * Writes with the layout that `writeAs` had, and its `sourcelib`; undefined or `current`: our own.
 *
 * Throws ConfigurationError where `writeAs` is no release that can be written for, and
 * UnserializableEventError where that release has no such event. `encode` refuses a `sourcelib` beside
 * `writeAs` that is another release, and one whose release had another layout, where the body would
 * be read in that one without any sign.
 */
export function writingOf(definition: EventDefinition, writeAs: string | undefined): EventWriting {
  if (writeAs === undefined || writeAs === 'current') {
    const codec = codecFor(definition);
    const encode = (data: unknown, { sourcelib }: EventMetadata) => {
      const body = codec.encode(data);
      assertUnmistakable(definition, body, sourcelib);
      return body;
    };
    return { schema: codec.schema, release: undefined, encode };
  }
  const release = releaseOf(writeAs);
  const layout = layoutOf(definition.type, release);
  if (layout.status === 'older-than-history')
    throw new UnserializableEventError(
      definition.type,
      `openedx-events ${writeAs} has no such event (pass { writeAs: 'current' } to send it all the same)`,
    );
  const codec =
    layout.status === 'known' ? layoutCodecFor(definition, layout) : codecFor(definition);
  const writing = { schema: codec.schema, release, encode: (data: unknown) => codec.encode(data) };
  if (layout.status !== 'known') return writing;
  return { ...writing, decode: (body: Buffer) => codec.decode(body) as unknown };
}

function releaseOf(writeAs: unknown): Release {
  const release = typeof writeAs === 'string' ? parseWritableRelease(writeAs) : undefined;
  if (release !== undefined) return release;
  const found = typeof writeAs === 'string' ? `'${writeAs}'` : typeof writeAs;
  const allowed = `${WRITABLE_RELEASES}, or 'current'`;
  throw new ConfigurationError([{ setting: 'send option writeAs', found, allowed }]);
}

/** Throws InvalidMetadataError where readers would take a body in our layout for one in that of `sourcelib`. */
export function assertUnmistakable(
  definition: EventDefinition,
  body: Uint8Array,
  sourcelib: Release,
): void {
  if (compareReleases(sourcelib, OPENEDX_EVENTS_SOURCELIB) === 0) return;
  const layout = layoutOf(definition.type, sourcelib);
  if (layout.status !== 'known') return;
  try {
    layoutCodecFor(definition, layout).decode(body);
  } catch (error) {
    if (error instanceof UnusableRecordError) return;
    throw error;
  }
  const release = sourcelib.join('.');
  throw new InvalidMetadataError(
    'sourcelib',
    `readers would take the data for the other layout that release ${release} has; to write that, pass { writeAs: '${release}' }`,
    { eventType: definition.type },
  );
}

/** Metadata of an event that is written as `release`. Throws InvalidMetadataError where it names another one. */
export function assertOfRelease(metadata: EventMetadata, release: Release): EventMetadata {
  const { type, sourcelib } = metadata;
  if (compareReleases(sourcelib, release) === 0) return { ...metadata, sourcelib: release };
  throw new InvalidMetadataError('sourcelib', `is not the release of writeAs`, { eventType: type });
}
