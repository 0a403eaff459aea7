import { InvalidEventDataError } from '../../../errors/index.js';
import type { PreparedEvent } from '../../wire-format.interface.js';

export type PreparedKey = NonNullable<PreparedEvent['key']>;

export interface EncodedKey {
  readonly avroType: string;
  /** The Avro body, without framing. */
  readonly body: Buffer;
}

/**
 * The Avro body of a key. Its schema is the definition of the key's field, as the reference sends it
 * (`{"name": "username", "type": "string"}`), which bears the primitive types only.
 *
 * Throws InvalidEventDataError, without the value, for a value that is not of the type.
 */
export function encodeKey({ value, schema }: PreparedKey): EncodedKey {
  const { name, type } = fieldIn(schema);
  const write = Object.hasOwn(WRITERS, type) ? WRITERS[type] : undefined;
  const body = write?.(value);
  if (body !== undefined) return { avroType: type, body };
  const message = write ? `is not a valid ${type}` : `cannot be a key of type ${type}`;
  throw new InvalidEventDataError([{ path: `key ${name}`, message }], {});
}

interface KeyFieldSchema {
  readonly name: string;
  readonly type: string;
}

const fields = new Map<string, KeyFieldSchema>();

function fieldIn(schema: string): KeyFieldSchema {
  let field = fields.get(schema);
  if (field === undefined) {
    field = parseField(schema);
    if (fields.size < 10_000) fields.set(schema, field);
  }
  return field;
}

function parseField(schema: string): KeyFieldSchema {
  try {
    const { name, type } = JSON.parse(schema) as { name?: unknown; type?: unknown };
    return { name: String(name), type: typeof type === 'string' ? type : 'that has parts' };
  } catch {
    return { name: 'without a name', type: 'unknown' };
  }
}

/** Each gives undefined for a value that is not of the type. */
const WRITERS: Readonly<Record<string, (value: unknown) => Buffer | undefined>> = {
  string: (value) => {
    if (typeof value !== 'string' || /\p{Surrogate}/u.test(value)) return undefined;
    const text = Buffer.from(value);
    return Buffer.concat([longBytes(BigInt(text.length)), text]);
  },
  long: (value) => {
    if (!Number.isSafeInteger(value) && typeof value !== 'bigint') return undefined;
    const long = BigInt(value as number | bigint);
    return BigInt.asIntN(64, long) === long ? longBytes(long) : undefined;
  },
  boolean: (value) => (typeof value === 'boolean' ? Buffer.of(Number(value)) : undefined),
  double: (value) => {
    if (typeof value !== 'number') return undefined;
    const bytes = Buffer.allocUnsafe(8);
    bytes.writeDoubleLE(value);
    return bytes;
  },
};

/** Zigzag, then seven bits a byte, the lowest first. */
function longBytes(value: bigint): Buffer {
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  const bytes: number[] = [];
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}
