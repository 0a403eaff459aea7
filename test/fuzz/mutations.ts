type Random = () => number;

const EVIL = [0x00, 0x01, 0x02, 0x7f, 0x80, 0xff, 0xfe, 0x04];
const LONG = Buffer.from('ffffffffffffffffff01', 'hex');

/** A copy with up to four changes: bytes set, cut off, put in, repeated. */
export function mutatedBytes(bytes: Buffer, random: Random): Buffer {
  let made = Buffer.from(bytes);
  const at = () => Math.floor(random() * (made.length + 1));
  for (let changes = 1 + Math.floor(random() * 4); changes > 0; changes--) {
    const place = at();
    const chance = random();
    if (chance < 0.5 && place < made.length)
      made[place] = random() < 0.5 ? EVIL[Math.floor(random() * EVIL.length)]! : random() * 256;
    else if (chance < 0.65) made = made.subarray(0, place);
    else if (chance < 0.8)
      made = Buffer.concat([made.subarray(0, place), LONG, made.subarray(place)]);
    else if (chance < 0.9) made = Buffer.concat([made.subarray(place), made.subarray(0, place)]);
    else if (made.length < 4_096)
      made = Buffer.concat([made, Buffer.alloc(Math.floor(random() * 512), made[place] ?? 2)]);
  }
  return made;
}

const INHERITED = ['constructor', '__proto__', 'valueOf', 'toString'];

function newType(old: unknown, random: Random): unknown {
  const name = `New${Math.floor(random() * 1e9)}`;
  const types: unknown[] = [
    ...['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'],
    ['null', old],
    [old, 'null'],
    ['null', 'long', 'string', 'bytes'],
    { type: 'array', items: old },
    { type: 'map', values: old },
    { type: 'enum', name, symbols: INHERITED },
    { type: 'fixed', name, size: Math.floor(random() * 9) },
    { type: 'record', name, fields: [{ name: 'next', type: ['null', name] }] },
    { type: 'record', name, fields: INHERITED.map((field) => ({ name: field, type: 'long' })) },
    { type: 'record', name, fields: [] },
  ];
  const type = types[Math.floor(random() * types.length)];
  // An Avro union holds no union.
  return Array.isArray(old) && Array.isArray(type) && type.includes(old) ? old : type;
}

/** A schema of another writer: fields gone, new, in another order or of another type, at any depth. */
export function mutatedSchema(schema: object, random: Random): object {
  const made = structuredClone(schema) as { fields: Field[] };
  for (let changes = 1 + Math.floor(random() * 3); changes > 0; changes--) {
    const records: { fields: Field[] }[] = [];
    collect(made, records);
    change(records[Math.floor(random() * records.length)]!.fields, random);
  }
  return made;
}

interface Field {
  name: string;
  type: unknown;
}

function collect(schema: any, records: { fields: Field[] }[]): void {
  if (typeof schema !== 'object' || schema === null) return;
  if (Array.isArray(schema)) schema.forEach((part) => collect(part, records));
  else if (schema.fields) {
    records.push(schema);
    for (const { type } of schema.fields) collect(type, records);
  } else collect(schema.items ?? schema.values, records);
}

function change(fields: Field[], random: Random): void {
  const at = Math.floor(random() * (fields.length + 1));
  const chance = random();
  const field = fields[at];
  if (chance < 0.3 || field === undefined) {
    const name = random() < 0.3 ? INHERITED[Math.floor(random() * 4)]! : `f${random()}`.slice(-6);
    fields.splice(at, 0, { name, type: newType('string', random) });
  } else if (chance < 0.4 && typeof field.type === 'string') fields.splice(at, 1);
  else if (chance < 0.6) fields.sort(() => random() - 0.5);
  else field.type = newType(field.type, random);
}
