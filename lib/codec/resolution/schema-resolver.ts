import { BoundedMap } from '../../common/bounded-map.js';
import {
  type ForeignRecord,
  type ForeignSchema,
  canonicalSchema,
  parseSchema,
} from './foreign-schema.js';
import { WriterSkipper, WriterBody } from './writer-skipper.js';
import { MalformedBody, UnusableSchema, type RawBuffer } from '../avro/raw-bytes.js';
import {
  resolveFields,
  changed,
  type Copy,
  type Resolution,
  unchanged,
  unresolvable,
  ResolvedBody,
} from './record-resolution.js';
import { type AnyRecord, isNullable, isPrimitive, type Shape, shapeOf } from '../avro/shape.js';

/**
 * Rewrites a body from the schema version of a writer's schema into that of an event by Avro's rules of schema
 * resolution, as Python's library does it: namespaces are not compared, and the branch on the
 * wire decides, so what does not resolve is an error only where a record carries it. Made of closures,
 * once for a pair of schemas, so that it works where code from strings is forbidden.
 *
 * Unlike Python, it takes the default of a field that the writer does not have also where the
 * schema holds none.
 */
export class SchemaResolver {
  private readonly copy: Copy;

  /** `body`: the record that the event's schema describes. */
  constructor(writer: ForeignSchema, body: AnyRecord) {
    this.copy = new Resolutions(new WriterSkipper(writer)).of(writer, body, body.name).copy;
  }

  /** Throws UnusableSchema. */
  resolve(body: RawBuffer): RawBuffer {
    const from = new WriterBody();
    from.open(body);
    const to = new ResolvedBody(body.length + 64);
    try {
      this.copy(from, to);
      from.checkDone();
      return to.bytes() as RawBuffer;
    } catch (error) {
      if (error instanceof UnusableSchema || !(error instanceof MalformedBody)) throw error;
      throw new UnusableSchema(`in the schema of the writer: ${error.reason}`);
    }
  }
}

type ForeignUnion = ForeignSchema & { readonly kind: 'union' };

/** The resolutions of one writer's types. `where` is the field of the event, for errors. */
class Resolutions {
  private readonly records = new Map<ForeignRecord, Map<AnyRecord, Resolution>>();

  constructor(private readonly skipper: WriterSkipper) {}

  of(writer: ForeignSchema, shape: Shape, where: string): Resolution {
    if (writer.kind === 'union') return this.union(writer, shape, where);
    if (isNullable(shape)) return this.present(writer, shapeOf(shape.of), where);
    const reader = bareOf(shape);
    if (!matches(writer, reader)) return misfit(writer, where);
    if (writer.kind === 'array' && reader.kind === 'list')
      return this.blocks(writer, this.of(writer.of, shapeOf(reader.items), where));
    if (writer.kind === 'map' && reader.kind === 'map')
      return this.blocks(writer, this.of(writer.of, shapeOf(reader.values), where));
    if (writer.kind === 'record' && reader.kind === 'record') return this.record(writer, reader);
    return this.primitive(writer, avroTypeOf(reader));
  }

  /** Each branch by itself. */
  private union(writer: ForeignUnion, shape: Shape, where: string): Resolution {
    const { branches } = writer;
    const [first, second] = branches;
    if (isNullable(shape) && branches.length === 2 && isNull(first!)) {
      const inner = bareOf(shape);
      if (matches(second!, inner) && this.of(second!, inner, where).same)
        return unchanged(this.skipper.skipOf(writer));
    }
    const copies = branches.map((branch) => this.of(branch, shape, where).copy);
    return changed((from, to) => copies[from.choice(copies.length)]!(from, to));
  }

  /** A value that is not of a union, for a field that may be null. */
  private present(writer: ForeignSchema, inner: Shape, where: string): Resolution {
    if (isNull(writer)) return changed((_, to) => to.putByte(0));
    const { copy } = this.of(writer, inner, where);
    return changed((from, to) => {
      to.putByte(2);
      copy(from, to);
    });
  }

  private record(writer: ForeignRecord, shape: AnyRecord): Resolution {
    let known = this.records.get(writer);
    if (known === undefined) this.records.set(writer, (known = new Map<AnyRecord, Resolution>()));
    let resolution = known.get(shape);
    if (resolution === undefined) known.set(shape, (resolution = this.fields(writer, shape)));
    return resolution;
  }

  private fields(writer: ForeignRecord, shape: AnyRecord): Resolution {
    return resolveFields(writer, shape, this.skipper, (type, field, where) =>
      this.of(type, field, where),
    );
  }

  private blocks(writer: ForeignSchema & { kind: 'array' | 'map' }, item: Resolution): Resolution {
    if (item.same || this.skipper.isEmpty(writer.of)) return unchanged(this.skipper.skipOf(writer));
    const { copy } = item;
    const isMap = writer.kind === 'map';
    return changed((from, to) => {
      for (let count = from.count(); count > 0; count = from.count()) {
        to.putCount(count);
        for (; count > 0; count--) {
          if (isMap) {
            const start = from.at;
            from.skipString();
            to.put(from.bytes, start, from.at);
          }
          copy(from, to);
          from.checkEnd();
        }
      }
      to.putByte(0);
    });
  }

  private primitive(writer: ForeignSchema, reader: string): Resolution {
    if (writer.kind !== 'primitive' || reader !== 'double' || writer.name === 'double')
      return unchanged(this.skipper.skipOf(writer));
    if (writer.name !== 'float')
      return changed((from, to) => {
        const value = Number(from.long());
        from.checkEnd();
        to.putDouble(value);
      });
    return changed((from, to) => {
      const start = from.at;
      from.skip(4);
      to.putDouble(from.bytes.readFloatLE(start));
    });
  }
}

const misfit = (writer: ForeignSchema, where: string): Resolution =>
  unresolvable(
    where,
    `${writer.kind === 'primitive' ? writer.name : writer.kind} cannot be read as the type of the field`,
  );

const isNull = (type: ForeignSchema): boolean => type.kind === 'primitive' && type.name === 'null';

/** The shape of a value that is there. */
const bareOf = (shape: Shape): Shape => (shape.kind === 'optional' ? shapeOf(shape.of) : shape);

/** Which Avro type a shape is that is no list, map or record. */
function avroTypeOf(shape: Shape): string {
  if (shape.kind === 'custom') return shape.base;
  return isPrimitive(shape) ? shape.kind : 'string';
}

const PROMOTIONS: Readonly<Record<string, readonly string[]>> = {
  int: ['long', 'double'],
  long: ['double'],
  float: ['double'],
  string: ['bytes'],
  bytes: ['string'],
};

/**
 * Whether a value of the writer is asked to resolve at all. Lists and maps are compared by what they hold,
 * records by their simple names, unions not before a branch is known.
 */
function matches(writer: ForeignSchema, shape: Shape): boolean {
  if (writer.kind === 'union' || isNullable(shape)) return true;
  const reader = bareOf(shape);
  if (reader.kind === 'list')
    return writer.kind === 'array' && matches(writer.of, shapeOf(reader.items));
  if (reader.kind === 'map')
    return writer.kind === 'map' && matches(writer.of, shapeOf(reader.values));
  if (reader.kind === 'record') return writer.kind === 'record' && writer.name === reader.name;
  if (writer.kind !== 'primitive') return false;
  const type = avroTypeOf(reader);
  return writer.name === type || (PROMOTIONS[writer.name]?.includes(type) ?? false);
}

const MOST_WRITERS = 64;
const MOST_CHARACTERS = 4_000_000;

type ToReaderSchema = (body: RawBuffer) => RawBuffer;

/**
 * Brings bodies that were written with another schema into the schema version of the event's own one.
 *
 * Each writer's text is looked at once (the last 64 are kept, or as many as have four million characters).
 * A string that only looks different, such as a registry's own form of the same schema, costs nothing further.
 */
export class WriterSchemas {
  private readonly known = new BoundedMap<string, ToReaderSchema>({
    entries: MOST_WRITERS,
    weight: MOST_CHARACTERS,
    weigh: (text) => text.length,
  });
  private ownCanonical: string | undefined;

  /** `readerText` is the schema of `body`. */
  constructor(
    private readonly readerText: string,
    private readonly body: AnyRecord,
  ) {}

  /** Throws UnusableSchema when the body does not follow the writer's schema, or cannot be resolved. */
  toReaderSchema(body: RawBuffer, writerText: string): RawBuffer {
    let convert = this.known.get(writerText);
    if (convert === undefined) {
      convert = this.converterFor(writerText);
      // A longer text is rejected by its length alone.
      if (writerText.length < MOST_CHARACTERS / 4) this.known.set(writerText, convert);
    }
    return convert(body);
  }

  private converterFor(writerText: string): ToReaderSchema {
    let writer: ForeignSchema;
    try {
      writer = parseSchema(writerText);
    } catch (error) {
      if (!(error instanceof UnusableSchema)) throw error;
      const { message } = error;
      return () => {
        throw new UnusableSchema(message);
      };
    }
    this.ownCanonical ??= canonicalSchema(parseSchema(this.readerText));
    if (canonicalSchema(writer) === this.ownCanonical) return (body) => body;
    const resolver = new SchemaResolver(writer, this.body);
    return (body) => resolver.resolve(body);
  }
}
