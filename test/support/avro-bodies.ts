type Random = () => number;
type Schema = any;

const LONGS = [0n, 1n, -1n, 63n, -64n, 2n ** 31n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n)];
const DOUBLES = [0, -0, 1.5, -2.25, 1e300, Number.NaN, Number.POSITIVE_INFINITY];
const TEXTS = ['', 'a', 'é😀', 'constructor', '__proto__', 'x'.repeat(70)];

/**
 * Bytes of some value of an Avro schema, made without any Avro library: a plain walk over the schema. Deep in a
 * recursive type the first branch of unions is taken, and lists and maps are empty. A name without a type takes no bytes.
 */
export function avroBody(schema: Schema, random: Random): Buffer {
  const parts: Buffer[] = [];
  new BodyMaker(random, parts, namesIn(schema)).put(schema, 0);
  return Buffer.concat(parts);
}

export function avroLong(value: bigint): Buffer {
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  const bytes: number[] = [];
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

const simpleName = (name: unknown): string => String(name).replace(/.*\./, '');

function namesIn(schema: Schema, named = new Map<string, Schema>()): Map<string, Schema> {
  if (typeof schema !== 'object' || schema === null) return named;
  const { name, items, values, fields = [] } = schema;
  if (typeof name === 'string') named.set(name, schema);
  const types = [items, values, ...fields.map(({ type }: Schema) => type)];
  for (const part of Array.isArray(schema) ? schema : types) namesIn(part, named);
  return named;
}

class BodyMaker {
  constructor(
    private readonly random: Random,
    private readonly parts: Buffer[],
    private readonly named: ReadonlyMap<string, Schema>,
  ) {}

  put(schema: Schema, depth: number): void {
    if (Array.isArray(schema)) {
      const branch = depth > 6 ? 0 : this.below(schema.length);
      this.long(BigInt(branch));
      this.put(schema[branch], depth + 1);
      return;
    }
    const type = typeof schema === 'string' ? schema : schema.type;
    switch (type) {
      case 'null':
        return;
      case 'boolean':
        return this.bytes(Buffer.of(this.below(2)));
      case 'int':
        return this.long(BigInt.asIntN(32, this.one(LONGS)));
      case 'long':
        return this.long(this.one(LONGS));
      case 'float': {
        const bytes = Buffer.alloc(4);
        bytes.writeFloatLE(this.one(DOUBLES));
        return this.bytes(bytes);
      }
      case 'double': {
        const bytes = Buffer.alloc(8);
        bytes.writeDoubleLE(this.one(DOUBLES));
        return this.bytes(bytes);
      }
      case 'string':
        return this.text(Buffer.from(this.one(TEXTS)));
      case 'bytes':
        return this.text(this.random() < 0.3 ? Buffer.of(0xff, 0) : Buffer.from(this.one(TEXTS)));
      case 'fixed':
        return this.bytes(Buffer.alloc(schema.size, 7));
      case 'enum':
        return this.long(BigInt(this.below(schema.symbols.length)));
      case 'array':
        return this.blocks(depth, () => this.put(schema.items, depth + 1));
      case 'map':
        return this.blocks(depth, () => {
          this.text(Buffer.from(this.one(TEXTS)));
          this.put(schema.values, depth + 1);
        });
      case 'record':
        for (const field of schema.fields) this.put(field.type, depth + 1);
        return;
      default:
        return this.named.has(simpleName(type))
          ? this.put(this.named.get(simpleName(type)), depth)
          : undefined;
    }
  }

  private blocks(depth: number, item: () => void): void {
    for (let blocks = depth > 6 ? 0 : this.below(3); blocks > 0; blocks--) {
      const count = 1 + this.below(2);
      const inSizedBlock = this.random() < 0.5;
      const start = this.parts.length;
      for (let i = 0; i < count; i++) item();
      const items = Buffer.concat(this.parts.splice(start));
      this.long(BigInt(inSizedBlock ? -count : count));
      if (inSizedBlock) this.long(BigInt(items.length));
      this.bytes(items);
    }
    this.long(0n);
  }

  private text(bytes: Buffer): void {
    this.long(BigInt(bytes.length));
    this.bytes(bytes);
  }
  private long(value: bigint): void {
    this.bytes(avroLong(value));
  }
  private bytes(bytes: Buffer): void {
    this.parts.push(bytes);
  }
  private below(count: number): number {
    return Math.floor(this.random() * count);
  }
  private one<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }
}
