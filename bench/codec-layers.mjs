import avro from 'avsc';

const losslessLong = () =>
  avro.types.LongType.__with({
    fromBuffer: (bytes) => {
      const value = bytes.readBigInt64LE();
      return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER
        ? Number(value)
        : value;
    },
    toBuffer: (value) => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE(BigInt(value));
      return bytes;
    },
    fromJSON: (value) => value,
    toJSON: (value) => value,
    isValid: (value) => Number.isSafeInteger(value) || typeof value === 'bigint',
    compare: (a, b) => (a === b ? 0 : a < b ? -1 : 1),
  });

/** avsc refuses a namespace with a hyphen. */
function schemaFor(codec) {
  const schema = JSON.parse(codec.schema);
  return { ...schema, namespace: schema.namespace.replaceAll('-', '_') };
}

/** Calls `check(kind, value)` for every text that has a format, and with kind `string` for every other text. */
function textCheck(field, check) {
  switch (field.kind) {
    case 'record': {
      const members = Object.entries(field.fields).map(([name, of]) => [
        name,
        textCheck(of, check),
      ]);
      return (value) => {
        for (const [name, member] of members) member(value[name]);
      };
    }
    case 'optional': {
      const of = textCheck(field.of, check);
      return (value) => value !== null && of(value);
    }
    case 'list': {
      const item = textCheck(field.items, check);
      return (value) => value.forEach(item);
    }
    case 'map': {
      const entry = textCheck(field.values, check);
      return (value) => Object.values(value).forEach(entry);
    }
    case 'long':
    case 'double':
    case 'boolean':
    case 'bytes':
      return () => undefined;
    default:
      return (value) => check(field.kind, value);
  }
}

function refuse(reason) {
  throw new Error(reason);
}

/** The layers that are measured, from bare avsc to our codec: name, encode, decode. */
export function layersOf(codec, data, formatOf) {
  const schema = schemaFor(codec);
  const plain = avro.Type.forSchema(schema);
  const lossless = avro.Type.forSchema(schema, { registry: { long: losslessLong() } });
  const body = { kind: 'record', fields: codec.definition.data };
  const checkForms = textCheck(body, (kind, text) => {
    if (kind !== 'string' && formatOf(kind).canonical(text) === undefined) refuse(`not a ${kind}`);
  });
  const checkUtf8 = textCheck(body, (_, text) => {
    if (text.includes('\ufffd')) refuse('perhaps not UTF-8');
  });
  const checkWellFormed = textCheck(body, (_, text) => {
    if (!text.isWellFormed()) refuse('lone surrogate');
  });
  const checkFields = () =>
    lossless.isValid(data, { noUndeclaredFields: true }) || refuse('does not fit the schema');
  const bytes = plain.toBuffer(data);
  return [
    {
      name: 'bare avsc, its own long',
      encode: () => plain.toBuffer(data),
      decode: () => plain.fromBuffer(bytes),
    },
    {
      name: 'bare avsc, lossless long',
      encode: () => lossless.toBuffer(data),
      decode: () => lossless.fromBuffer(bytes),
    },
    {
      name: '+ fields and types / UTF-8',
      encode: () => {
        checkFields();
        return lossless.toBuffer(data);
      },
      decode: () => {
        const value = lossless.fromBuffer(bytes);
        checkUtf8(value);
        return value;
      },
    },
    {
      name: '+ dates, keys, UUIDs, surrogates',
      encode: () => {
        checkFields();
        checkWellFormed(data);
        checkForms(data);
        return lossless.toBuffer(data);
      },
      decode: () => {
        const value = lossless.fromBuffer(bytes);
        checkUtf8(value);
        checkForms(value);
        return value;
      },
    },
    {
      name: 'our codec, every check',
      encode: () => codec.encode(data),
      decode: () => codec.decode(bytes),
    },
  ];
}
