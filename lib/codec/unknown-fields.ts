import { canonicalLayout, type ForeignSchema, parseSchema, toAvsc } from './foreign-schema.js';
import { avscType } from './schema-resolver.js';

/** Values of fields that the event's own schema does not have, by their path: `user.pii.phone`, `items[0].tag`. */
export type UnknownFields = Readonly<Record<string, unknown>>;

const NONE: UnknownFields = Object.freeze({});

/**
 * What a writer put into a body that was read with its schema, and that the event's definition has no
 * place for. Values are as Avro has them: plain objects, `Uint8Array`, a bigint for a `long` beyond 2^53.
 * Throws for a body that does not follow the writer's schema.
 */
export function unknownFieldsOf(
  body: Uint8Array,
  writerText: string,
  readerText: string,
): UnknownFields {
  if (writerText === readerText) return NONE;
  const [writer, reader] = [parseSchema(writerText), parseSchema(readerText)];
  if (canonicalLayout(writer) === canonicalLayout(reader)) return NONE;
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const found: [string, unknown][] = [];
  const comparison = new Comparison(namesIn(writer), namesIn(reader), found);
  comparison.look(writer, reader, avscType(toAvsc(writer)).fromBuffer(bytes), '');
  return Object.fromEntries(found);
}

type Names = ReadonlyMap<string, ForeignSchema>;
type Values = Readonly<Record<string, unknown>>;

class Comparison {
  constructor(
    private readonly writerNames: Names,
    private readonly readerNames: Names,
    private readonly found: [string, unknown][],
  ) {}

  /** A part that is not of the same kind on both sides has no fields to compare. */
  look(written: ForeignSchema, known: ForeignSchema, value: unknown, path: string): void {
    if (value === null) return;
    const writer = partIn(written, this.writerNames);
    const reader = partIn(known, this.readerNames);
    if (writer.kind === 'array' && reader.kind === 'array')
      (value as unknown[]).forEach((item, i) =>
        this.look(writer.of, reader.of, item, `${path}[${i}]`),
      );
    else if (writer.kind === 'map' && reader.kind === 'map')
      for (const [key, item] of Object.entries(value as Values))
        this.look(writer.of, reader.of, item, below(path, key));
    else if (writer.kind === 'record' && reader.kind === 'record')
      for (const { name, type } of writer.fields) {
        const field = reader.fields.find((one) => one.name === name);
        const [place, item] = [below(path, name), (value as Values)[name]];
        if (field) this.look(type, field.type, item, place);
        else this.found.push([place, structuredClone(item)]);
      }
  }
}

const below = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

/** The schema that a reference names, or the one that a union with null is about. */
function partIn(schema: ForeignSchema, names: Names): ForeignSchema {
  if (schema.kind === 'reference') return names.get(schema.name) ?? schema;
  if (schema.kind !== 'union') return schema;
  const parts = schema.branches.filter((part) => part.kind !== 'primitive' || part.name !== 'null');
  return parts.length === 1 ? partIn(parts[0]!, names) : schema;
}

function namesIn(schema: ForeignSchema, names = new Map<string, ForeignSchema>()): Names {
  if (schema.kind === 'record') {
    names.set(schema.name, schema);
    for (const { type } of schema.fields) namesIn(type, names);
  } else if (schema.kind === 'union') for (const part of schema.branches) namesIn(part, names);
  else if (schema.kind === 'array' || schema.kind === 'map') namesIn(schema.of, names);
  return names;
}
