import { codecFor } from '../../lib/codec/event-codec.js';
import { schemaTextOf } from '../../lib/codec/avro/avro-schema.js';
import { keyFieldOf } from '../../lib/codec/key-field.js';
import { EventBusError } from '../../lib/errors/index.js';
import { type Difference, deliberateDifferences } from './deliberate-differences.js';
import { definitionFor } from './vector-definitions.js';
import { edgeVectors, type EdgeVector, untagged } from './vector-files.js';

type Case = [string, EdgeVector, Difference | undefined];

const cases = (kind: string): Case[] =>
  edgeVectors(kind).map((vector) => [
    `${kind}.${vector.name}`,
    vector,
    deliberateDifferences[`${kind}.${vector.name}`],
  ]);

const errorOf = (action: () => unknown): any => {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('was not refused');
};

function expectRefused(action: () => unknown, code: RegExp, difference?: Difference): void {
  const error = errorOf(action);
  expect(error).toBeInstanceOf(EventBusError);
  expect(error.code).toMatch(code);
  if (difference !== undefined) expect(error.message).toMatch(difference.refused!);
}

/** What the reference hands to its Avro library as another type, which then writes it as a double. */
const convertedByAvro: Record<string, number> = {
  double_from_big_int: 2 ** 63,
  double_from_string: 0.5,
};

describe('odd data', () => {
  it.each(cases('encode'))('%s', (_, vector, difference) => {
    const codec = () => codecFor(definitionFor(vector));
    const encode = () => codec().encode(untagged(vector.input));
    const refusedByReference = vector.encode_error !== undefined;
    if (difference?.bytes !== undefined) {
      expect(encode().toString('hex')).toBe(difference.bytes);
      expect(vector.body_hex).not.toBe(difference.bytes);
    } else if (difference !== undefined || refusedByReference) {
      expectRefused(encode, /^(INVALID_DATA|UNSERIALIZABLE_EVENT)$/, difference);
      expect(refusedByReference && difference !== undefined).toBe(false);
    } else {
      expect(encode().toString('hex')).toBe(vector.body_hex);
    }
  });

  const written = cases('encode').filter(([, { body_hex, raw_input, decode_error }]) =>
    Boolean(body_hex && !raw_input && !decode_error),
  );
  it.each(written)('%s is read as it is on the wire', (_, vector) => {
    const codec = codecFor(definitionFor(vector));
    const body = Buffer.from(vector.body_hex!, 'hex');
    expect(codec.encode(codec.decode(body)).toString('hex')).toBe(vector.body_hex);
    const record = untagged(vector.avro_record);
    if (vector.name in convertedByAvro) record.grade.percent_grade = convertedByAvro[vector.name];
    expect(codec.decode(body)).toStrictEqual(record);
  });
});

describe('hand-made bodies', () => {
  it.each(cases('decode'))('%s', (_, vector, difference) => {
    const codec = codecFor(definitionFor(vector));
    const decode = () => codec.decode(Buffer.from(vector.body_hex!, 'hex'));
    if (difference !== undefined || vector.decode_error !== undefined)
      expectRefused(decode, /^UNUSABLE_RECORD$/, difference);
    else expect(decode()).toStrictEqual(untagged(vector.decoded));
    expect(difference !== undefined && vector.decode_error !== undefined).toBe(false);
  });
});

describe("other writers' layouts", () => {
  it.each(cases('evolution'))('%s', (_, vector, difference) => {
    const codec = codecFor(definitionFor(vector));
    const decode = () => codec.decode(Buffer.from(vector.body_hex!, 'hex'), vector.writer_schema);
    if (difference !== undefined || vector.decode_error !== undefined)
      expectRefused(decode, /^UNUSABLE_RECORD$/, difference);
    else expect(decode()).toStrictEqual(untagged(vector.decoded));
  });
});

describe('keys', () => {
  it.each(cases('key'))('%s', (_, vector) => {
    const key = keyFieldOf(definitionFor(vector), vector.key_field!);
    if (vector.kafka!.error !== undefined) {
      expect(key.schema).toBeNull();
      expect(key.problem).toEqual(expect.any(String));
    } else {
      expect(key.problem).toBeNull();
      expect(key.schema).toBe(vector.registration!.schema_sent);
      const bytes = key.encodeKey!(key.read(untagged(vector.input)));
      expect(bytes.toString('hex')).toBe(vector.kafka!.key_body_hex);
    }
  });
});

describe('schemas of event definitions', () => {
  it.each(cases('schema'))('%s', (_, vector, difference) => {
    const schema = () => schemaTextOf(definitionFor(vector));
    if (difference !== undefined || vector.schema_error !== undefined)
      expect(errorOf(schema)).toMatchObject({
        code: 'UNSERIALIZABLE_EVENT',
        message: expect.stringMatching(difference?.refused ?? /./),
      });
    else expect(schema()).toBe(vector.schema);
  });
});

describe('deliberate differences', () => {
  it('each name an edge vector that is tested here', () => {
    const tested = ['encode', 'decode', 'evolution', 'key', 'schema'].flatMap(cases);
    const names = tested.map(([name]) => name);
    expect(names).toHaveLength(146);
    expect(names).toEqual(expect.arrayContaining(Object.keys(deliberateDifferences)));
  });
});
