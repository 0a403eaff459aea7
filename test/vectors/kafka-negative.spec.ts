import { hostname } from 'node:os';
import { EventDecoder, type ReadRecord } from '../../lib/consuming/processing/event-decoder.js';
import { HandlerRegistry } from '../../lib/consuming/handlers/handler-registry.js';
import { EventCatalog } from '../../lib/events/event-catalog.js';
import {
  type Fetch,
  registrySettings,
} from '../../lib/transport/kafka/registry/registry-settings.js';
import { SchemaRegistryClient } from '../../lib/transport/kafka/registry/schema-registry.js';
import { KafkaWireFormat } from '../../lib/transport/kafka/wire/kafka-wire-format.js';
import type { Delivery, EventRecord } from '../../lib/transport/transport.interface.js';
import { KAFKA_DIFFERENCES, SITUATIONS } from './deliberate-differences-kafka.js';
import {
  bytesOf,
  GOOD_RECORD,
  KAFKA_PAYLOADS,
  KAFKA_VECTORS,
  type KafkaVector,
  RECORDED_SCHEMAS,
} from './kafka-vectors.js';

const TOPIC = 'arena-negative';
const BROKER_TIME = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const PERSONAL_DATA = /ann@example\.org|not a key/;
const VECTORS = KAFKA_VECTORS;
const PAYLOADS = KAFKA_PAYLOADS;
const REGISTRY_FAULTS = VECTORS.filter(({ name }) => name.startsWith('registry_'));
const GOOD = GOOD_RECORD;

const json = (status: number, body: object): Response =>
  new Response(JSON.stringify(body), { status });

/** As the recorded registry answered. */
async function answer(url: string): Promise<Response> {
  const schema = RECORDED_SCHEMAS.get(Number(url.split('/').pop()));
  return schema === undefined
    ? json(404, { error_code: 40403, message: 'Schema not found.' })
    : json(200, { schema });
}

function readerOver(fetch: Fetch): EventDecoder {
  const settings = registrySettings(
    { url: 'http://registry', fetch, missingSubjectTimeoutMs: 0 },
    () => undefined,
    [],
  );
  const waits = { confirmAfterMs: 1, readPatienceMs: 300, requestTimeoutMs: 50, firstDelayMs: 5 };
  const registry = new SchemaRegistryClient({ ...settings, ...waits });
  const handlers = new HandlerRegistry();
  const invoke = async () => undefined;
  handlers.add({ name: 'Vectors.handle', group: 'g', pattern: '*', topics: [TOPIC], invoke });
  return new EventDecoder({
    wire: new KafkaWireFormat({ registry, serviceName: 'arena' }),
    catalog: EventCatalog.openEdx(),
    handlers,
    topicPrefix: undefined,
    maxDeliveries: 10,
  });
}

function read(reader: EventDecoder, { headers, key_hex, value_hex }: KafkaVector) {
  const record: EventRecord & { brokerTime: number } = {
    topic: TOPIC,
    key: bytesOf(key_hex),
    attributes: (headers ?? []).map(({ name, hex }) => [name, bytesOf(hex)]),
    value: bytesOf(value_hex),
    brokerTime: BROKER_TIME,
  };
  const position = { topic: TOPIC, partition: '0', offset: '7' };
  return reader.read({ record, position } as unknown as Delivery, 'g');
}

function expectEvent(result: ReadRecord, { event, name }: KafkaVector): void {
  if (result.kind !== 'event') throw new Error(`${name} is ${result.kind}`);
  const { event_type: type, ...recorded } = event!.metadata;
  const isOfBroker = KAFKA_DIFFERENCES[name]?.instead.time === 'ofBroker';
  expect(result.data).toEqual(event!.data);
  expect(result.received.metadata).toEqual({
    type,
    ...recorded,
    ...(name === 'missing_sourcehost' ? { sourcehost: hostname() } : {}),
    ...(isOfBroker ? { time: '2026-01-02T03:04:05.678000+00:00' } : {}),
  });
  const isWarned = /^missing_/.test(name) && name !== 'missing_ce_specversion';
  expect(result.warnings).toHaveLength(isWarned ? 1 : 0);
}

describe('a bad record on Kafka', () => {
  const reader = readerOver(answer);

  it.each(PAYLOADS)('B-05, B-06: $name ends as recorded, or as our list says', async (vector) => {
    const result = await read(reader, vector);
    const instead = KAFKA_DIFFERENCES[vector.name]?.instead ?? {};
    if (instead.skipped) {
      expect(result.kind).toBe('unknownType');
      return;
    }
    if (vector.result !== 'error' && !instead.error) return expectEvent(result, vector);
    if (result.kind !== 'unusable') throw new Error(`${vector.name} is ${result.kind}`);
    expect(result.error).toMatchObject({ code: 'UNUSABLE_RECORD', topic: TOPIC });
    expect(result.error.message).toMatch(instead.error ?? /./);
    expect(result.error.message).not.toMatch(PERSONAL_DATA);
  });

  it.each(['schema_id_unknown', 'schema_id_zero', 'schema_id_little_endian'])(
    '%s is named with its id, subject, type and event id',
    async (name) => {
      const vector = PAYLOADS.find((other) => other.name === name)!;
      const id = Buffer.from(vector.value_hex!, 'hex').readUInt32BE(1);
      const { error } = (await read(reader, vector)) as { error: Error };
      const type = 'org.openedx.learning.auth.session.login.completed.v1';
      expect(error).toMatchObject({
        eventType: type,
        eventId: '3f2a9d5e-0c4b-11ef-9a3c-0242ac120002',
      });
      expect(error.message).toContain(`schema id ${id}, subject ${TOPIC}-${type}.CloudEvent`);
    },
  );

  it('differs from the reference in known ways only', () => {
    const names = VECTORS.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(Object.keys(KAFKA_DIFFERENCES)));
    const situations = VECTORS.filter(({ situation }) => situation).map(({ name }) => name);
    expect(situations.sort()).toEqual(
      [...Object.keys(SITUATIONS), ...REGISTRY_FAULTS.map(({ name }) => name)].sort(),
    );
    expect(PAYLOADS.length).toBeGreaterThan(55);
    expect(PAYLOADS.filter(({ committed }) => !committed).map(({ name }) => name)).toEqual([
      'value_null',
    ]);
  });
});

describe('a registry in trouble', () => {
  const tooSlow: Fetch = (_, { signal }) =>
    new Promise((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(new Error('aborted')));
    });
  const first = (fault: Fetch): Fetch => {
    let calls = 0;
    return (url, init) => (calls++ === 0 ? fault(url, init) : answer(url));
  };

  it('registry_429_once: the event arrives, as recorded', async () => {
    const reader = readerOver(first(async () => json(429, { error_code: 429 })));
    expectEvent(await read(reader, GOOD), GOOD);
  });

  it('registry_slow: the event arrives, as recorded', async () => {
    expectEvent(await read(readerOver(first(tooSlow)), GOOD), GOOD);
  });

  it('registry_500_always: the record waits, where the reference loses it', async () => {
    let isDown = true;
    const reader = readerOver(async (url) =>
      isDown ? json(500, { error_code: 500, message: 'fault' }) : answer(url),
    );
    expect((await read(reader, GOOD)).kind).toBe('serviceFault');
    isDown = false;
    expectEvent(await read(reader, GOOD), GOOD);
  });
});
