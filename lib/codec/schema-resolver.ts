import type avro from 'avsc';
import { createRequire } from 'node:module';
import { absentFrom, classDefaultsOf, type FieldDefaults, fillAbsent } from './absent-fields.js';
import { type ForeignSchema, toAvsc } from './foreign-schema.js';
import { layoutCheck } from './layout-check.js';
import { MalformedBody, UnusableLayout } from './malformed.js';
import type { RawBuffer } from './raw-buffer.js';
import type { AnyRecord } from './shape.js';

/**
 * Rewrites a body from the layout of one schema into that of another by Avro's rules of schema
 * resolution; avsc resolves. As the reference does (behaviour 2.5), namespaces are not compared and
 * a writer's null is refused only where it meets a value that cannot be null. Unlike the reference, it
 * takes the default of a field that the writer does not have also where the schema holds none.
 */
export class SchemaResolver {
  private readonly check: (body: RawBuffer) => void;
  private readonly loose: avro.Type;
  private readonly strict: avro.Type;
  private readonly resolver: ReturnType<avro.Type['createResolver']>;

  private readonly absent: FieldDefaults;

  /** `body`: what `reader` is the schema of. Throws when no body of the writer could be resolved. */
  constructor(
    writer: ForeignSchema,
    reader: ForeignSchema,
    private readonly body: AnyRecord,
  ) {
    const absent = absentFrom(writer, classDefaultsOf(body));
    this.absent = absent;
    this.check = layoutCheck(writer);
    this.strict = avscType(toAvsc(reader));
    this.loose = avscType(
      toAvsc(reader, true, (record, field) => absent.get(record)?.has(field) ?? false),
    );
    this.resolver = this.loose.createResolver(avscType(toAvsc(writer)));
  }

  /** Throws MalformedBody. */
  resolve(body: RawBuffer): RawBuffer {
    try {
      this.check(body);
    } catch (error) {
      const reason = error instanceof MalformedBody ? error.reason : 'nested too deeply';
      throw new UnusableLayout(`in the writer's layout: ${reason}`);
    }
    try {
      const value: unknown = this.loose.fromBuffer(body, this.resolver);
      if (this.absent.size > 0) fillAbsent(this.body, value, this.absent);
      return this.strict.toBuffer(value) as RawBuffer;
    } catch {
      // The message of avsc holds the value, so it is not kept.
      throw new UnusableLayout('a value of the writer has no place in the event definition');
    }
  }
}

let loaded: typeof avro | undefined;

/** Loaded when it is first needed: where code from strings is forbidden avsc does not even load. */
function avsc(): typeof avro {
  try {
    return (loaded ??= createRequire(import.meta.url)('avsc') as typeof avro);
  } catch (cause) {
    throw new UnusableLayout('another layout needs avsc, which cannot be loaded', { cause });
  }
}

/** Lossless over all of int64, where avsc's own `long` stops at 2^53. */
const losslessLong = () =>
  avsc().types.LongType.__with({
    fromBuffer: (bytes: Buffer) => {
      const value = bytes.readBigInt64LE();
      return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER
        ? Number(value)
        : value;
    },
    toBuffer: (value: number | bigint) => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE(BigInt(value));
      return bytes;
    },
    fromJSON: (value: unknown) => value,
    toJSON: (value: unknown) => value,
    isValid: (value: unknown) => Number.isSafeInteger(value) || typeof value === 'bigint',
    compare: (a: number | bigint, b: number | bigint) => (a === b ? 0 : a < b ? -1 : 1),
  });

/** Throws for what is no schema to avsc, and where avsc cannot be loaded. */
export const avscType = (schema: unknown): avro.Type =>
  avsc().Type.forSchema(schema as avro.Schema, {
    registry: { long: losslessLong() },
    omitRecordMethods: true,
  });
