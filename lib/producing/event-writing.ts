import { codecFor } from '../codec/event-codec.js';
import { layoutOf } from '../codec/event-layouts.js';
import { layoutCodecFor } from '../codec/layout-codec.js';
import {
  ConfigurationError,
  InvalidMetadataError,
  UnserializableEventError,
  UnusableRecordError,
} from '../errors/index.js';
import type { EventDefinition } from '../events/event-definition.js';
import type { EventMetadataInput } from '../events/event-metadata.js';
import {
  compareReleases,
  parseWritableRelease,
  type Release,
  WRITABLE_RELEASES,
} from '../events/release.js';

/** How the body of an event is written, and which release its metadata names for that. */
export interface EventWriting {
  readonly schema: string;
  readonly metadata: EventMetadataInput | undefined;
  /** Throws InvalidEventDataError. */
  encode(data: unknown): Buffer;
}

/**
 * Writes with the layout that `writeAs` had, and its `sourcelib`; undefined or `current`: our own.
 *
 * Throws ConfigurationError where `writeAs` is no release that can be written for,
 * UnserializableEventError where that release has no such event, and InvalidMetadataError for a
 * `sourcelib` beside `writeAs` that is another release. Its `encode` also throws that for a `sourcelib`
 * whose release had another layout, where the body would be read in that one without any sign.
 */
export function writingOf(
  definition: EventDefinition,
  writeAs: string | undefined,
  metadata: EventMetadataInput | undefined,
): EventWriting {
  if (writeAs === undefined || writeAs === 'current') {
    const codec = codecFor(definition);
    const encode = (data: unknown) => {
      const body = codec.encode(data);
      if (metadata?.sourcelib) assertUnmistakable(definition, body, metadata.sourcelib);
      return body;
    };
    return { schema: codec.schema, metadata, encode };
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
  return {
    schema: codec.schema,
    metadata: { ...metadata, sourcelib: sourcelibFor(definition, release, metadata) },
    encode: (data) => codec.encode(data),
  };
}

function releaseOf(writeAs: unknown): Release {
  const release = typeof writeAs === 'string' ? parseWritableRelease(writeAs) : undefined;
  if (release !== undefined) return release;
  const found = typeof writeAs === 'string' ? `'${writeAs}'` : typeof writeAs;
  const allowed = `${WRITABLE_RELEASES}, or 'current'`;
  throw new ConfigurationError([{ setting: 'send option writeAs', found, allowed }]);
}

function assertUnmistakable(
  definition: EventDefinition,
  body: Uint8Array,
  sourcelib: readonly number[],
): void {
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

function sourcelibFor(
  { type }: EventDefinition,
  release: Release,
  metadata: EventMetadataInput | undefined,
): Release {
  const given = metadata?.sourcelib;
  if (given == null || (isRelease(given) && compareReleases(given, release) === 0)) return release;
  throw new InvalidMetadataError('sourcelib', `is not the release of writeAs`, { eventType: type });
}

const isRelease = (value: unknown): value is Release =>
  Array.isArray(value) && value.every((part) => typeof part === 'number');
