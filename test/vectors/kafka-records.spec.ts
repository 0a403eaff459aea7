import { codecFor } from '../../lib/codec/event-codec.js';
import { keyFieldOf } from '../../lib/codec/key-field.js';
import type { EventMetadata } from '../../lib/events/event-metadata.js';
import type { SchemaRegistry } from '../../lib/transport/kafka/registry/schema-registry.js';
import { KafkaWireFormat } from '../../lib/transport/kafka/wire/kafka-wire-format.js';
import type { IncomingRecord, OutgoingRecord } from '../../lib/transport/transport.interface.js';
import type { PreparedEvent, ReceivedEvent } from '../../lib/transport/wire-format.interface.js';
import { definitionFor } from './vector-definitions.js';
import { edgeVectors, eventVectors, type KafkaRecord, untagged } from './vector-files.js';

/** A registry that knows what the recorded one knew, and nothing else. */
class RecordedRegistry implements SchemaRegistry {
  private readonly ids = new Map<string, number>();
  private readonly schemas = new Map<number, string>();

  add(subject: string, schema: string, id: number, schemaById: string): void {
    this.ids.set(`${subject}\n${schema}`, id);
    this.schemas.set(id, schemaById);
  }

  idOf(subject: string, schema: string): number {
    const id = this.ids.get(`${subject}\n${schema}`);
    if (id === undefined) throw new Error(`the reference registered no such schema: ${subject}`);
    return id;
  }

  schemaOf(id: number): string {
    const schema = this.schemas.get(id);
    if (schema === undefined) throw new Error(`the reference saw no id ${id}`);
    return schema;
  }
}

const recorded = new RecordedRegistry();
for (const { schema, value_registration: value, key_registration: key } of eventVectors) {
  if (value.schema_id !== undefined)
    recorded.add(value.subject, schema, value.schema_id, value.schema_by_id);
  recorded.add(key.subject, key.schema_sent, key.schema_id, key.schema_by_id);
}
const wire = new KafkaWireFormat({ registry: recorded });

/** A registry that gives the ids that are in a record, whatever is asked. */
const wireFor = ({ key_schema_id, value_schema_id }: KafkaRecord) =>
  new KafkaWireFormat({
    registry: {
      idOf: (subject) => (subject.endsWith('.CloudEvent') ? value_schema_id : key_schema_id),
      schemaOf: () => '"null"',
    },
  });

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');
const metadataOf = ({ event_type, ...rest }: Record<string, any>) =>
  ({ type: event_type, ...rest }) as EventMetadata;

interface Recorded {
  readonly kind?: string;
  readonly event_type: string;
  readonly metadata?: Record<string, unknown>;
  readonly input?: unknown;
  readonly body_hex?: string;
  readonly kafka?: Partial<KafkaRecord>;
}

function preparedFrom(vector: Recorded, key: string): PreparedEvent {
  const definition = definitionFor(vector);
  const codec = codecFor(definition);
  const isOfMetadata = vector.kind === 'metadata';
  const input = isOfMetadata ? codec.decode(bytes(vector.body_hex!)) : untagged(vector.input);
  const keyField = keyFieldOf(definition, key);
  return {
    type: definition.type,
    topic: vector.kafka!.topic!,
    metadata: metadataOf(untagged(vector.metadata)),
    key: { value: keyField.read(input), schema: keyField.schema! },
    body: vector.body_hex ? bytes(vector.body_hex) : codec.encode(input),
    schema: codec.schema,
    attributes: [],
  };
}

const hexOf = ({ key, value: body, attributes }: OutgoingRecord) => ({
  key: Buffer.from(key!).toString('hex'),
  value: Buffer.from(body!).toString('hex'),
  headers: attributes.map(([name, value]) => [name, Buffer.from(value!).toString('hex')]),
});

const expectedHex = ({ key_hex, value_hex, headers }: Partial<KafkaRecord>) => ({
  key: key_hex,
  value: value_hex,
  headers: headers!.map(({ name, hex }) => [name, hex]),
});

const incoming = ({
  topic,
  key_hex,
  value_hex,
  headers,
}: Partial<KafkaRecord>): IncomingRecord => ({
  topic: topic!,
  key: bytes(key_hex!),
  value: bytes(value_hex!),
  attributes: headers!.map(({ name, hex }) => [
    name,
    hex === null ? null : Buffer.from(hex, 'hex'),
  ]),
});

describe('recorded samples of the reference on Kafka', () => {
  const samples = eventVectors.flatMap((event) =>
    event.samples
      .filter(({ kafka }) => kafka.error === undefined)
      .map((sample) => ({ ...sample, event, title: `${event.event_type} ${sample.name}` })),
  );

  it('are all there, but for the one event that a registry refuses', () => {
    expect(samples).toHaveLength(184);
    expect(samples[0]!.kafka.headers).toHaveLength(10);
  });

  it.each(samples)('$title: equal headers, key and value, schema ids too (P-04)', (sample) => {
    const { event } = sample;
    const vector = { ...sample, body_hex: undefined, event_type: event.event_type };
    const prepared = preparedFrom(vector, event.key_registration.key_field);
    const record = wire.toRecord(prepared, sample.kafka.topic!, 0) as OutgoingRecord;
    expect(hexOf(record)).toEqual(expectedHex(sample.kafka));
    expect(record).toMatchObject({
      topic: sample.kafka.topic,
      orderKey: String(prepared.key!.value),
    });
  });

  it.each(samples)('$title: is read as it is on the wire', ({ event, kafka, ...sample }) => {
    const received = wire.fromRecord(incoming(kafka)) as ReceivedEvent;
    expect(received).toMatchObject({
      type: event.event_type,
      metadata: metadataOf(untagged(sample.metadata)),
      schemaId: event.value_registration.schema_id,
      writerSchema: event.value_registration.schema_by_id,
      warnings: [],
    });
    expect(codecFor(definitionFor(event)).decode(received.body, received.writerSchema)).toEqual(
      untagged(sample.avro_record),
    );
  });
});

const TOO_LARGE = 'minorversion_large';

describe('odd data, keys and metadata on Kafka', () => {
  const vectors = ['encode', 'metadata']
    .flatMap((kind) => edgeVectors(kind))
    .filter(({ kafka, name }) => kafka?.value_hex !== undefined && name !== TOO_LARGE)
    .map((vector) => ({ ...vector, title: `${vector.kind}.${vector.name}` }));
  const keys = edgeVectors('key').filter(({ kafka }) => kafka!.error === undefined);

  it('a minor version that is no exact number here is refused', () => {
    const kafka = edgeVectors('metadata').find(({ name }) => name === TOO_LARGE)!.kafka;
    const read = () => wireFor(kafka as KafkaRecord).fromRecord(incoming(kafka!));
    expect(read).toThrow(/header ce_minorversion is not valid/);
  });

  it('are many', () => {
    expect(vectors.length).toBeGreaterThan(60);
    expect(keys.length).toBeGreaterThan(4);
  });

  it.each(vectors)('$title is written byte for byte', (vector) => {
    const kafka = vector.kafka as KafkaRecord;
    const body_hex = kafka.value_hex.slice(10);
    const prepared = preparedFrom({ ...vector, body_hex }, kafka.key_field);
    const record = wireFor(kafka).toRecord(prepared, kafka.topic, 0) as OutgoingRecord;
    expect(hexOf(record)).toEqual(expectedHex(kafka));
  });

  it.each(vectors)('$title is read with the metadata of the reference', (vector) => {
    const kafka = vector.kafka as KafkaRecord;
    const received = wireFor(kafka).fromRecord(incoming(kafka)) as ReceivedEvent;
    expect(received.metadata).toEqual(metadataOf(untagged(kafka.metadata_read ?? vector.metadata)));
    expect(received.warnings).toEqual([]);
  });

  it.each(keys)('the key $name has the subject, schema and bytes of the reference', (vector) => {
    const { subject, schema_sent, schema_id } = vector.registration!;
    const { key_hex } = vector.kafka as KafkaRecord;
    const definition = definitionFor(vector);
    const field = keyFieldOf(definition, vector.key_field!);
    const registered: [string, string][] = [];
    const registry: SchemaRegistry = {
      idOf: (...asked) => (registered.push([asked[0], asked[1]]), schema_id),
      schemaOf: () => '"null"',
    };
    const prepared: PreparedEvent = {
      type: definition.type,
      topic: 'arena-edges',
      metadata: metadataOf(eventVectors[0]!.samples[0]!.metadata),
      key: { value: field.read(untagged(vector.input)), schema: field.schema! },
      body: Buffer.alloc(0),
      schema: 'of the value',
      attributes: [],
    };
    const record = new KafkaWireFormat({ registry }).toRecord(prepared, 'arena-edges', 0);
    expect(hexOf(record as OutgoingRecord).key).toBe(key_hex);
    expect(registered).toEqual([
      [subject, schema_sent],
      [`arena-edges-${definition.type}.CloudEvent`, 'of the value'],
    ]);
  });
});
