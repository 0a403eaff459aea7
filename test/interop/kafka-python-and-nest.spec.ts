import { randomUUID } from 'node:crypto';
import * as kafkajs from 'kafkajs';
import { kafkaTransport } from '../../lib/transport/kafka/index.js';
import { sharedKafka, sharedRegistryUrl } from '../services/shared-kafka.js';
import { until } from '../services/until.js';
import { REFUSED_BY_REFERENCE, REFUSED_BY_REGISTRY, SERIALIZABLE_TYPES } from './catalogue.js';
import { eventSamples, type EventSample } from './event-samples.js';
import { startInboxApp, type InboxApp } from './inbox-app.js';
import { kafkaBus } from './kafka-bus.js';
import { plain, untag } from './plain-json.js';
import { PythonDriver } from './python-driver.js';
import { makeTopics } from '../services/kafka-topics.js';

const TYPES = SERIALIZABLE_TYPES.filter((type) => type !== REFUSED_BY_REGISTRY);
const PARTITIONS = 3;

describe('a Python service and a Nest service on one Kafka', () => {
  const run = randomUUID();
  const ours = `ours-${run}`;
  const theirs = `theirs-${run}`;
  let keyFields: ReadonlyMap<string, string>;
  const brokers = sharedKafka().bootstrap.plaintext.split(',');
  let refusedSamples: readonly string[];
  let events: readonly EventSample[];
  let refused: EventSample;
  let app: InboxApp;
  let consumers: PythonDriver[] = [];
  /** What Python says of each event that it sent. */
  let sent: readonly any[];
  let records: { readonly us: readonly any[]; readonly python: readonly any[] };
  /** What Python receives. */
  let fromUs: readonly any[];
  let fromPython: readonly any[];

  beforeAll(async () => {
    const topics = [ours, theirs].map((topic) => ({ topic, numPartitions: PARTITIONS }));
    await makeTopics(brokers, topics);
    const samples = await eventSamples();
    refusedSamples = samples.refused;
    keyFields = samples.keyFields;
    events = samples.events.filter(({ type }) => type !== REFUSED_BY_REGISTRY);
    refused = samples.events.find(({ type }) => type === REFUSED_BY_REGISTRY)!;
    const transport = kafkaTransport({
      brokers,
      schemaRegistry: { url: sharedRegistryUrl() },
      client: kafkajs,
    });
    const python = await PythonDriver.start('produce.py', kafkaBus());
    python.write(
      [...events, refused].map((event) => ({
        ...{ topic: theirs, key_field: keyFields.get(event.type) },
        ...event,
      })),
    );
    sent = await python.end(90_000);
    expect(sent.slice(0, -1).filter((line) => line.error)).toEqual([]);
    app = await startInboxApp({ topic: theirs, group: `nest-${run}`, bus: { transport } });
    await Promise.all(events.map(send));
    consumers = await Promise.all(
      [ours, theirs].map((topic) =>
        PythonDriver.start('consume.py', kafkaBus(), topic, `python-${topic}`),
      ),
    );
    [fromUs, fromPython] = (await Promise.all(
      consumers.map((consumer) => consumer.lines(events.length + 1)),
    )) as [readonly any[], readonly any[]];
    const [us, their] = await Promise.all([recordsOf(ours), recordsOf(theirs)]);
    records = { us, python: their };
    await until('every event', () => app.received.length >= events.length);
  }, 240_000);
  afterAll(async () => {
    for (const consumer of consumers) consumer.kill();
    await app?.close();
  });

  const send = (event: EventSample) =>
    app.producer.send<any>(event.type, untag(event.data), {
      topic: ours,
      keyField: keyFields.get(event.type)!,
      metadata: event.metadata,
      timeout: 60_000,
    });

  it('covers every event that a registry takes', () => {
    expect(TYPES).toHaveLength(72);
    expect([...new Set(events.map((event) => event.type))].sort()).toEqual(TYPES);
    expect(refusedSamples).toEqual(REFUSED_BY_REFERENCE);
  });

  it('our records are those of Python byte for byte, schema ids included, on the same partitions (P-04)', () => {
    expect(records.us).toHaveLength(events.length);
    const byId = (list: readonly any[]) =>
      list
        .map(({ partition, headers, key, value }) => ({ partition, headers, key, value }))
        .sort((a, b) => (headerOf(a, 'ce_id') < headerOf(b, 'ce_id') ? -1 : 1));
    expect(byId(records.us)).toEqual(byId(records.python));
    expect(new Set(records.us.map(({ partition }) => partition)).size).toBe(PARTITIONS);
  });

  it('our records with one key are in the order in which they were sent', () => {
    expect(idsPerKey(records.us)).toEqual(idsPerKey(records.python));
  });

  it.each(TYPES)('%s: Python receives from us what it receives from itself', (type) => {
    const of = (lines: readonly any[]) =>
      lines.filter((line) => line.type === type).sort(byMetadataId);
    expect(of(fromUs).length).toBeGreaterThanOrEqual(3);
    expect(of(fromUs)).toEqual(of(fromPython));
  });

  it.each(TYPES)('%s: the handler gets what is on the wire', (type) => {
    const lines = sent.filter((line) => line.sent?.event_type === type);
    expect(lines.length).toBeGreaterThanOrEqual(3);
    for (const { sent: metadata, wire } of lines) {
      const received = app.received.filter((event) => event.metadata.id === metadata.id);
      const { event_type: sentType, ...sentMetadata } = metadata;
      expect(received).toHaveLength(1);
      expect(plain(received[0]!.data)).toEqual(wire);
      expect(received[0]!.metadata).toEqual({ type: sentType, ...sentMetadata });
    }
  });

  it('both groups got every event once, Python without an error (I-01, I-02)', () => {
    const ids = events.map((event) => event.metadata.id).sort();
    expect(fromPython.slice(1).map((line) => line.metadata?.id)).toHaveLength(ids.length);
    expect(fromPython.filter((line) => line.error)).toEqual([]);
    expect(app.received.map((event) => event.metadata.id).sort()).toEqual(ids);
  });

  it('the event whose namespace no registry takes ends in one clear error on both sides', async () => {
    expect(sent.at(-1).error).toMatch(/HTTP status code 422/);
    const error: any = await send(refused).catch((reason: unknown) => reason);
    expect(error.name).toBe('SendError');
    expect(`${error.message} ${error.cause?.message}`).toMatch(/redemption-reversed/);
    expect(await recordsOf(ours)).toHaveLength(events.length);
  });
});

async function recordsOf(topic: string): Promise<readonly any[]> {
  return (await PythonDriver.start('kafka_records.py', kafkaBus(), topic)).end();
}

function headerOf(record: any, wanted: string): string {
  return record.headers.find(([name]: [string]) => name === wanted)[1];
}

function idsPerKey(records: readonly any[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const record of records) {
    found.set(record.key, [...(found.get(record.key) ?? []), headerOf(record, 'ce_id')]);
  }
  return new Map([...found].sort());
}

function byMetadataId(a: any, b: any): number {
  return a.metadata.id < b.metadata.id ? -1 : 1;
}
