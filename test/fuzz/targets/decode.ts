import { codecFor } from '../../../lib/codec/event-codec.js';
import {
  earlierSchemasOf,
  schemaVersionCodecFor,
} from '../../../lib/codec/history/schema-version-codec.js';
import { unknownFieldsOf } from '../../../lib/codec/resolution/unknown-fields.js';
import { decodeReceived } from '../../../lib/consuming/processing/body-decoder.js';
import { EventBusError, UnserializableEventError } from '../../../lib/errors/index.js';
import { EventCatalog } from '../../../lib/events/event-catalog.js';
import type { EventDefinition } from '../../../lib/events/event-definition.js';
import type { IncomingRecord } from '../../../lib/transport/transport.interface.js';
import { frame } from '../../../lib/transport/kafka/wire/confluent-frame.js';
import { KafkaWireFormat } from '../../../lib/transport/kafka/wire/kafka-wire-format.js';
import type { WireFormat } from '../../../lib/transport/wire-format.interface.js';
import { StreamWireFormat } from '../../../lib/transport/wire/stream-wire-format.js';
import { avroBody } from '../../support/avro-bodies.js';
import { randomData } from '../../unit/codec/random-data.js';
import { type FuzzResult, type FuzzTarget, seededRandom } from '../fuzz-target.js';
import { mutatedBytes, mutatedSchema } from '../mutations.js';

const TOPIC = 'fuzz';
const HUNG_MS = 10_000;
const TEXTS: Readonly<Record<string, string>> = {
  type: 'org.openedx.learning.auth.session.login.completed.v1',
  id: '7b8d1b1e-1b2c-11ee-9f1b-0242ac120002',
  source: 'openedx/lms/web',
  time: '2024-05-07T08:09:10.123456+00:00',
  minorversion: '0',
  sourcehost: 'host',
  sourcelib: '11.2.0',
};
const KAFKA_NAMES: Readonly<Record<string, string>> = {
  ...{ type: 'ce_type', id: 'ce_id', source: 'ce_source', time: 'ce_time' },
  ...{ minorversion: 'ce_minorversion', sourcehost: 'sourcehost', sourcelib: 'sourcelib' },
};
const ODD_NAMES = ['constructor', '__proto__', 'valueOf', '', 'event_data', 'ce_type', 'type'];

/** An event that can travel, with the schemas of all the layouts that it had. */
interface Subject {
  readonly event: EventDefinition;
  readonly schemas: readonly object[];
}

let subjects: readonly Subject[] | undefined;

function allSubjects(): readonly Subject[] {
  return (subjects ??= [...EventCatalog.openEdx().all()].flatMap((event): Subject[] => {
    try {
      const earlier = earlierSchemasOf(event.type).map(
        (layout) => schemaVersionCodecFor(event, layout).schema,
      );
      const texts = [codecFor(event).schema, ...earlier];
      return [{ event, schemas: texts.map((text) => JSON.parse(text) as object) }];
    } catch (error) {
      if (error instanceof UnserializableEventError) return [];
      throw error;
    }
  }));
}

/** Records of both wires with bodies in layouts of today, of earlier releases and of others, all of them damaged. */
class Records {
  private writerSchema = '';
  private readonly kafka: WireFormat;
  private readonly stream = new StreamWireFormat({ serviceName: 'fuzz' });

  constructor(private readonly random: () => number) {
    this.kafka = new KafkaWireFormat({
      registry: { schemaOf: () => this.writerSchema, idOf: () => 1 },
      serviceName: 'fuzz',
    });
  }

  /** Throws EventBusError, or what is a fault. */
  async next(): Promise<string> {
    const { random } = this;
    const { event, schemas } = this.one(allSubjects());
    const isToday = random() < 0.5;
    const known = isToday ? schemas[0]! : this.one(schemas);
    const schema = !isToday && random() < 0.7 ? mutatedSchema(known, random) : known;
    this.writerSchema = JSON.stringify(schema);
    if (random() < 0.1)
      this.writerSchema = mutatedBytes(Buffer.from(this.writerSchema), random).toString();
    const honest = isToday ? this.validBody(event) : avroBody(schema, random);
    const body = random() < 0.7 ? mutatedBytes(honest, random) : honest;
    const isKafka = random() < 0.5;
    const record = isKafka ? this.kafkaRecord(event, body) : this.streamRecord(event, body);
    const wire = isKafka ? this.kafka : this.stream;
    const position = { topic: TOPIC, partition: '0', offset: '1-0' };
    const received = await wire.fromRecord(record, position);
    const definition = EventCatalog.openEdx().get(received.type);
    if (definition === undefined) return 'unknown type';
    const codec = codecFor(definition);
    const decoded = decodeReceived(codec, received, { topic: TOPIC });
    if (received.writerSchema !== undefined)
      unknownFieldsOf(received.body, received.writerSchema, codec.schema);
    codec.copy(decoded.data);
    return 'event';
  }

  private validBody(event: EventDefinition): Buffer {
    const below = (bound: number) => Math.floor(this.random() * bound);
    return codecFor(event).encode(randomData(event, below));
  }

  private kafkaRecord(event: EventDefinition, body: Buffer): IncomingRecord {
    const framed = frame(Math.floor(this.random() * 3), body);
    return {
      topic: TOPIC,
      key: null,
      attributes: this.attributes(event, KAFKA_NAMES),
      value: this.random() < 0.1 ? mutatedBytes(framed, this.random) : framed,
    };
  }

  private streamRecord(event: EventDefinition, body: Buffer): IncomingRecord {
    const attributes = [...this.attributes(event, {}), ['event_data', body] as const];
    return { topic: TOPIC, key: null, attributes, value: body };
  }

  private attributes(
    event: EventDefinition,
    names: Readonly<Record<string, string>>,
  ): (readonly [string, Uint8Array | null])[] {
    const { random } = this;
    const attributes: (readonly [string, Uint8Array | null])[] = [];
    for (const [field, text] of Object.entries(TEXTS)) {
      if (random() < 0.01) continue;
      const bytes = Buffer.from(field === 'type' ? event.type : text);
      const chance = random();
      const value = chance < 0.02 ? mutatedBytes(bytes, random) : bytes;
      attributes.push([names[field] ?? field, chance > 0.998 ? null : value]);
      if (random() < 0.005) attributes.push([this.one(ODD_NAMES), value]);
    }
    return attributes;
  }

  private one<T>(values: readonly T[]): T {
    return values[Math.floor(this.random() * values.length)]!;
  }
}

async function run(count: number, seed: number): Promise<FuzzResult> {
  const outcomes: Record<string, number> = {};
  const faults: string[] = [];
  let worstMs = 0;
  for (let number = 0; number < count; number++) {
    // Each input can be made again from its own number.
    const records = new Records(seededRandom((seed + number) >>> 0));
    const started = performance.now();
    let outcome: string;
    try {
      outcome = await records.next();
    } catch (error) {
      outcome = error instanceof EventBusError ? error.code : 'untyped';
      if (outcome === 'untyped') faults.push(`seed ${seed + number}: ${String(error)}`);
    }
    const ms = performance.now() - started;
    worstMs = Math.max(worstMs, ms);
    if (ms > HUNG_MS) faults.push(`seed ${seed + number}: ${ms.toFixed(0)} ms`);
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }
  return { inputs: count, outcomes, faults, worstMs };
}

export const target: FuzzTarget = { name: 'decode', count: 1_000_000, run };
