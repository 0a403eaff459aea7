import { InvalidEventDataError, UnusableRecordError } from '../../errors/index.js';
import { UNREADABLE } from '../../errors/thrown-values.js';
import type { EventDefinition } from '../../events/event-definition.js';
import { earlierDefinition } from './schema-notation.js';
import { codecFor, type EventCodec } from '../event-codec.js';
import { MalformedBody, malformed, type RawBuffer } from '../avro/raw-bytes.js';
import {
  bodyOf,
  type AnyOptional,
  type AnyRecord,
  fieldsOf,
  isPrimitive,
  isText,
  type Shape,
  shapeOf,
  type Text,
} from '../avro/shape.js';
import { dataForEarlier, type WritableData } from '../avro/writable-data.js';
import { BodyReader } from '../avro/body-reader.js';
import { absentBytes, interpretRecord } from '../avro/interpreted-records.js';
import { ownValue, setEntry } from '../avro/record-functions.js';
import { formatOf } from '../avro/text-formats.js';
import { OPENEDX_EVENTS_SOURCELIB } from '../../events/catalog/open-edx-events.js';
import { compareReleases, parseRelease, type Release } from '../../events/event-metadata.js';
import { TEXT_KIND_WORDS } from '../../events/text/kind-words.js';
import { SCHEMA_HISTORY } from './schema-history.js';

/** Reads and writes bodies in an earlier schema version; the data is that of today's definition. */
export interface SchemaVersionCodec {
  /** Equal to the text that the releases of this schema version, from 7.2.0, send to the schema registry. */
  readonly schema: string;
  /**
   * Throws UnusableRecordError for anything but one whole, valid value in the earlier schema version, and
   * where a field is new since and has no default.
   */
  decode(body: Uint8Array): unknown;
  /**
   * Throws InvalidEventDataError with the path of every problem: what the earlier definition rejects,
   * what it needs and today's data lacks, and any value but the default in a field that is new since.
   */
  encode(data: unknown): Buffer;
}

const codecs = new WeakMap<EventDefinition, Map<string, SchemaVersionCodec>>();

/** Compiled at the first call for the definition and schema version. */
export function schemaVersionCodecFor(
  definition: EventDefinition,
  version: EarlierSchema,
): SchemaVersionCodec {
  let known = codecs.get(definition);
  if (known === undefined) codecs.set(definition, (known = new Map<string, SchemaVersionCodec>()));
  let codec = known.get(version.notation);
  if (codec === undefined)
    known.set(version.notation, (codec = new EarlierSchemaCodec(definition, version)));
  return codec;
}

class EarlierSchemaCodec implements SchemaVersionCodec {
  readonly schema: string;
  private readonly earlier: EventCodec;
  private readonly toToday: (data: unknown) => unknown;

  constructor(
    private readonly today: EventDefinition,
    private readonly version: EarlierSchema,
  ) {
    this.earlier = codecFor(earlierDefinition(today, version.notation));
    this.schema = this.earlier.schema;
    this.toToday = changeToToday(bodyOf(this.earlier.definition), bodyOf(today));
  }

  decode(body: Uint8Array): unknown {
    const data: unknown = this.earlier.decode(body);
    try {
      return this.toToday(data);
    } catch (error) {
      if (!(error instanceof MalformedBody)) throw error;
      const path = error.path.join('.').replaceAll('.[', '[');
      throw new UnusableRecordError(`${path}: ${error.reason} ${this.where}`, {
        eventType: this.today.type,
      });
    }
  }

  encode(data: unknown): Buffer {
    const { earlier, today } = this;
    const writable = this.writable(data);
    let { problems } = writable;
    try {
      const body = earlier.encode(writable.data);
      if (problems.length === 0) return body;
    } catch (error) {
      if (!(error instanceof InvalidEventDataError)) throw error;
      problems = [...problems, ...error.problems];
    }
    throw new InvalidEventDataError(
      problems.map(({ path, message }) => ({ path, message: `${message} ${this.where}` })),
      { eventType: today.type },
    );
  }

  private writable(data: unknown): WritableData {
    try {
      return dataForEarlier(bodyOf(this.earlier.definition), bodyOf(this.today), data);
    } catch (cause) {
      const problems = [{ path: 'data', message: UNREADABLE }];
      throw new InvalidEventDataError(problems, { eventType: this.today.type, cause });
    }
  }

  private get where(): string {
    return `(schema of openedx-events ${this.version.release})`;
  }
}

type Change = (value: unknown) => unknown;

const same: Change = (value) => value;

/**
 * Turns data that was read with an earlier definition into data of today's: fields that are gone are
 * left out, new ones take their default (the one of the Python class, which no Avro schema has).
 * The function throws MalformedBody, with the path, where today's definition has no place for a value
 * or the field is new and has no default.
 */
function changeToToday(earlier: AnyRecord, today: AnyRecord): Change {
  const members = fieldsOf(today).map(([name, shape]): [string, Change] => {
    const known = Object.hasOwn(earlier.fields, name) ? shapeOf(earlier.fields[name]!) : undefined;
    return [name, known === undefined ? newField(shape) : field(known, shape)];
  });
  return (value) => {
    const result = {};
    for (const [name, change] of members)
      setEntry(
        result,
        name,
        inside(name, () => change(ownValue(value as object, name))),
      );
    return result;
  };
}

function newField(shape: Shape): Change {
  if (shape.kind === 'optional') return defaultOf(shape);
  return () => malformed('missing in the schema of the writer, and the field has no default');
}

/** The default as it would have been read, a fresh one each time. */
function defaultOf(shape: AnyOptional): Change {
  if (shape.default === null) return () => null;
  const bytes = absentBytes(shape) as RawBuffer;
  const functions = interpretRecord({
    kind: 'record',
    name: 'Default',
    fields: { value: shape.of },
  });
  return () => {
    const reader = new BodyReader();
    reader.open(bytes);
    return functions.read(reader)['value'];
  };
}

function field(earlier: Shape, today: Shape): Change {
  const change = value(bareOf(earlier), bareOf(today));
  const mayBeNull = today.kind === 'optional' && today.default === null;
  if (earlier.kind !== 'optional' || earlier.default !== null) return change;
  return (member) => {
    if (member !== null) return change(member);
    return mayBeNull ? null : malformed('null, which the current event definition does not allow');
  };
}

const bareOf = (shape: Shape): Shape => (shape.kind === 'optional' ? shapeOf(shape.of) : shape);

function value(earlier: Shape, today: Shape): Change {
  if (earlier === today || (isPrimitive(earlier) && earlier.kind === today.kind)) return same;
  if (earlier.kind === 'string' && isText(today)) return textOf(today);
  if (isText(earlier) && today.kind === 'string') return same;
  if (earlier.kind === 'record' && today.kind === 'record') return changeToToday(earlier, today);
  if (earlier.kind === 'list' && today.kind === 'list') {
    const items = value(shapeOf(earlier.items), shapeOf(today.items));
    return (list) => (list as unknown[]).map((item, i) => inside(`[${i}]`, () => items(item)));
  }
  if (earlier.kind === 'map' && today.kind === 'map') {
    const values = value(shapeOf(earlier.values), shapeOf(today.values));
    return (map) => {
      const result = {};
      Object.entries(map as object).forEach(([key, entry], i) =>
        setEntry(
          result,
          key,
          inside(`[entry ${i + 1}]`, () => values(entry)),
        ),
      );
      return result;
    };
  }
  return () => malformed('a type that the current event definition does not support');
}

function textOf({ kind }: Text): Change {
  const format = formatOf(kind);
  return (text) => {
    if (format.canonical(text as string) === undefined)
      malformed(`not a valid ${TEXT_KIND_WORDS[kind]}`);
    return text;
  };
}

function inside<T>(step: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof MalformedBody) error.path.unshift(step);
    throw error;
  }
}

/** A schema version of the history. */
export interface EarlierSchema {
  /** The first release that has it. */
  readonly release: string;
  /** In the notation of the history (tools/catalog/README.md). */
  readonly notation: string;
}

/** Which schema version a release of openedx-events writes an event with. */
export type EventSchemaVersion =
  /** That of our own release, which the event definition has. */
  | { readonly status: 'current' }
  /** Another one. */
  | (EarlierSchema & { readonly status: 'known' })
  /** The release is newer than ours, or older than every one that could write the event, or not named. */
  | { readonly status: 'newer' | 'older-than-history' | 'missing' };

const CURRENT: EventSchemaVersion = { status: 'current' };
const NEWER: EventSchemaVersion = { status: 'newer' };
const OLDER: EventSchemaVersion = { status: 'older-than-history' };
const MISSING: EventSchemaVersion = { status: 'missing' };

const histories = new Map<
  string,
  readonly (readonly [from: Release, version: EventSchemaVersion])[]
>();

/**
 * The schema version that a record's `sourcelib` stands for (undefined: the record names none). Releases
 * compare part by part, parts left out as 0; one that was never published has the schema version of the last
 * published one before it. Of an event that is not in the catalogue of Open edX `sourcelib` says
 * nothing: its definition is the schema version.
 */
export function schemaVersionOf(type: string, sourcelib: Release | undefined): EventSchemaVersion {
  const history = historyOf(type);
  if (history.length === 0) return CURRENT;
  if (sourcelib === undefined) return MISSING;
  if (compareReleases(sourcelib, OPENEDX_EVENTS_SOURCELIB) > 0) return NEWER;
  return history.findLast(([from]) => compareReleases(from, sourcelib) <= 0)?.[1] ?? OLDER;
}

/** The schema versions that an event had before today's, oldest first. */
export function earlierSchemasOf(type: string): readonly EarlierSchema[] {
  return historyOf(type).flatMap(([, version]) => (version.status === 'known' ? [version] : []));
}

function historyOf(type: string) {
  let history = histories.get(type);
  if (history !== undefined) return history;
  const entries = Object.hasOwn(SCHEMA_HISTORY, type) ? SCHEMA_HISTORY[type]! : [];
  history = entries.map(([release, notation]): readonly [Release, EventSchemaVersion] => [
    parseRelease(release) ?? [],
    notation === undefined ? CURRENT : { status: 'known', release, notation },
  ]);
  if (history.length > 0) histories.set(type, history);
  return history;
}
