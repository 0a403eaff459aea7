import avro from 'avsc';

/** avsc for a schema text, with longs over the whole of 64 bits and a namespace that it takes. */
export function avscOf(schemaText: string): avro.Type {
  const schema = JSON.parse(schemaText);
  const long = avro.types.LongType.__with({
    fromBuffer: (bytes: Buffer) => {
      const value = bytes.readBigInt64LE();
      return Number.isSafeInteger(Number(value)) ? Number(value) : value;
    },
    toBuffer: (value: number | bigint) => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE(BigInt(value));
      return bytes;
    },
    fromJSON: (value: unknown) => value,
    toJSON: (value: unknown) => value,
    isValid: (value: unknown) => typeof value === 'bigint' || Number.isSafeInteger(value),
    compare: () => 0,
  });
  return avro.Type.forSchema(
    { ...schema, namespace: schema.namespace.replaceAll('-', '_') },
    { registry: { long } },
  );
}

/** Data for avsc, which writes the entries of a map in the order in which it finds them. */
export function withSortedMaps(value: any): any {
  if (Array.isArray(value)) return value.map(withSortedMaps);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) =>
    Buffer.compare(Buffer.from(a), Buffer.from(b)),
  );
  return Object.fromEntries(entries.map(([key, member]) => [key, withSortedMaps(member)]));
}

/** The data of a value that avsc made, whose records have classes of their own. */
export function plain(value: any): any {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
}
