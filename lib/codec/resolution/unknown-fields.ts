import { UnusableRecordError } from '../../errors/index.js';
import { canonicalSchema, type ForeignSchema, parseSchema } from './foreign-schema.js';
import { WriterSkipper, WriterBody } from './writer-skipper.js';
import { malformed, MalformedBody, type RawBuffer } from '../avro/raw-bytes.js';
import { setEntry } from '../avro/record-functions.js';

/** Values of fields that the event's own schema does not have, by their path: `user.pii.phone`, `items[0].tag`. */
export type UnknownFields = Readonly<Record<string, unknown>>;

/** Paths are not bounded by the length of a body: one may hold the name of a field again and again. */
const PATH_CHARACTERS = 1_000_000;
const PATH_CHARACTERS_A_BYTE = 64;

const NONE: UnknownFields = Object.freeze({});

/**
 * What a writer put into a body that was read with its schema, and that the event's definition has no
 * place for. Values are as Avro has them: plain objects, `Uint8Array`, a bigint for a `long` beyond 2^53.
 * Throws UnusableRecordError for a body that does not follow the writer's schema, or that holds many more
 * values, or paths of many more characters, than bytes.
 */
export function unknownFieldsOf(
  body: Uint8Array,
  writerText: string,
  readerText: string,
): UnknownFields {
  if (writerText === readerText) return NONE;
  try {
    const [writer, reader] = [parseSchema(writerText), parseSchema(readerText)];
    if (canonicalSchema(writer) === canonicalSchema(reader)) return NONE;
    return new Comparison(writer, body).fieldsBeyond(reader);
  } catch (error) {
    if (!(error instanceof MalformedBody)) throw error;
    throw new UnusableRecordError(
      `the fields that the event definition does not have cannot be read: ${error.reason}`,
    );
  }
}

class Comparison {
  private readonly body = new WriterBody();
  private readonly skipper: WriterSkipper;
  private readonly values: ForeignValues;
  private readonly found: [string, unknown][] = [];
  /** Of the paths in `found`. */
  private characters = 0;
  private readonly mostCharacters: number;

  constructor(
    private readonly writer: ForeignSchema,
    body: Uint8Array,
  ) {
    this.body.open(Buffer.from(body.buffer, body.byteOffset, body.byteLength) as RawBuffer);
    this.skipper = new WriterSkipper(writer);
    this.values = new ForeignValues(this.body);
    this.mostCharacters = PATH_CHARACTERS + PATH_CHARACTERS_A_BYTE * body.length;
  }

  fieldsBeyond(reader: ForeignSchema): UnknownFields {
    this.look(this.writer, reader, '');
    this.body.checkDone();
    return Object.fromEntries(this.found);
  }

  /** A part that is not of the same kind on both sides has no fields to compare. */
  private look(writer: ForeignSchema, known: ForeignSchema, path: string): void {
    const { body } = this;
    if (writer.kind === 'union')
      return this.look(writer.branches[body.choice(writer.branches.length)]!, known, path);
    const reader = partIn(known);
    if (writer.kind === 'array' && reader.kind === 'array')
      this.eachItem((i) => this.look(writer.of, reader.of, `${path}[${i}]`));
    else if (writer.kind === 'map' && reader.kind === 'map')
      this.eachItem(() => {
        const key = body.string();
        this.look(writer.of, reader.of, below(path, key));
      });
    else if (writer.kind === 'record' && reader.kind === 'record') {
      const types = new Map(reader.fields.map(({ name, type }) => [name, type]));
      for (const { name, type } of writer.fields) {
        const readerType = types.get(name);
        const place = below(path, name);
        if (readerType === undefined) this.add(place, type);
        else this.look(type, readerType, place);
      }
    } else this.skipper.skipOf(writer)(body);
  }

  private add(path: string, type: ForeignSchema): void {
    this.characters += path.length;
    if (this.characters > this.mostCharacters)
      malformed(`their paths have more than ${this.mostCharacters} characters in total`);
    this.found.push([path, this.values.read(type)]);
  }

  private eachItem(look: (i: number) => void): void {
    const { body } = this;
    let i = 0;
    for (let count = body.count(); count > 0; count = body.count())
      for (; count > 0; count--) {
        look(i++);
        body.checkEnd();
      }
  }
}

const below = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

/** What a union with null is about. */
function partIn(schema: ForeignSchema): ForeignSchema {
  if (schema.kind !== 'union') return schema;
  return (
    schema.branches.find((part) => part.kind !== 'primitive' || part.name !== 'null') ?? schema
  );
}

/** Values that take no bytes are not bounded by the length of a body: a record may hold two of itself, emptied. */
const VALUES_A_BYTE = 4;
const MOST_WITHOUT_BYTES = 10_000;

/**
 * Reads values by the schema of their writer, as Avro has them: plain objects, `Uint8Array`, a bigint for a
 * `long` beyond 2^53. Throws MalformedBody for what is none, and for more values than an honest body holds.
 */
export class ForeignValues {
  private left: number;

  constructor(private readonly body: WriterBody) {
    this.left = MOST_WITHOUT_BYTES + VALUES_A_BYTE * body.end;
  }

  read(schema: ForeignSchema): unknown {
    if (this.left-- <= 0) malformed('they contain more values than a body of this length can hold');
    const { body } = this;
    body.enter();
    const value = this.valueOf(schema);
    body.checkEnd();
    body.leave();
    return value;
  }

  private valueOf(schema: ForeignSchema): unknown {
    const { body } = this;
    switch (schema.kind) {
      case 'primitive':
        return this.primitive(schema.name);
      case 'fixed':
        return this.bytes(schema.size);
      case 'enum':
        return schema.symbols[body.choice(schema.symbols.length)];
      case 'union':
        return this.read(schema.branches[body.choice(schema.branches.length)]!);
      case 'array': {
        const items: unknown[] = [];
        this.eachItem(() => items.push(this.read(schema.of)));
        return items;
      }
      case 'map': {
        const entries = {};
        this.eachItem(() => setEntry(entries, body.string(), this.read(schema.of)));
        return entries;
      }
      case 'record': {
        const members = {};
        for (const { name, type } of schema.fields) setEntry(members, name, this.read(type));
        return members;
      }
    }
  }

  private primitive(name: string): unknown {
    const { body } = this;
    switch (name) {
      case 'null':
        return null;
      case 'boolean':
        return body.boolean();
      case 'float': {
        const start = body.at;
        body.skip(4);
        return body.bytes.readFloatLE(start);
      }
      case 'double':
        return body.double();
      case 'string':
        return body.string();
      case 'bytes':
        return Uint8Array.from(body.byteString());
      default:
        return body.long();
    }
  }

  private bytes(size: number): Uint8Array {
    const start = this.body.at;
    this.body.skip(size);
    return Uint8Array.from(this.body.bytes.subarray(start, this.body.at));
  }

  private eachItem(read: () => void): void {
    const { body } = this;
    for (let count = body.count(); count > 0; count = body.count())
      for (; count > 0; count--) read();
  }
}
