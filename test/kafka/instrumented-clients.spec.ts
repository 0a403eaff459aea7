import { join } from 'node:path';
import { type BuiltLibrary, buildLibrary } from '../faults/driver/built-library.js';
import { run } from '../services/child-process.js';
import { sharedRegistryUrl } from '../services/shared-kafka.js';
import { until } from '../services/until.js';
import { KafkaWorkbench } from './support/kafka-workbench.js';

const PROGRAM = join(import.meta.dirname, 'processes', 'instrumented.mjs');
const PRODUCER = 3;
const CONSUMER = 4;

describe('an application whose kafkajs is instrumented', () => {
  const bench = new KafkaWorkbench();
  let library: BuiltLibrary;
  beforeAll(async () => {
    library = await buildLibrary();
  }, 60_000);
  afterAll(async () => {
    await bench.close();
    await library.remove();
  });

  /** Names and texts of the headers of each record, in wire order. */
  const headersIn = async (topic: string): Promise<[string, string][][]> => {
    const transport = await bench.open();
    const { sink, handle } = await bench.read(transport, { topics: [topic], group: null });
    await until('the records', () => sink.deliveries.length === 3);
    await handle.stop(Date.now() + 5_000);
    return sink.deliveries.map(({ record: { attributes } }) =>
      attributes.map(([name, value]) => [name, Buffer.from(value!).toString()]),
    );
  };

  it('by OpenTelemetry sends and consumes, with a span for each event and its headers behind ours', async () => {
    const [topic, group] = [await bench.topic(), bench.newName('group')];
    const kafka = { brokers: bench.brokers, registry: sharedRegistryUrl() };
    const config = JSON.stringify({ lib: library.address, topic, group, kafka });
    const told = await run(process.execPath, ['--no-warnings', PROGRAM, config], {
      timeout: 60_000,
    });
    const { handled, traces, spans, state, error } = JSON.parse(told);
    expect({ handled, state, error }).toEqual({ handled: [1, 2, 3], state: 'running' });

    const sent = spans.filter(({ kind }: { kind: number }) => kind === PRODUCER);
    expect(sent.map((span: { trace: string }) => span.trace)).toEqual(traces);
    expect(new Set(sent.map(({ status }: { status: number }) => status))).toEqual(new Set([0]));

    const headers = await headersIn(topic);
    const ours = headers[0]!.slice(0, -2).map(([name]) => name);
    expect(ours).toHaveLength(10);
    headers.forEach((each, i) => {
      expect(each.map(([name]) => name)).toEqual([...ours, 'traceparent', 'x-hook']);
      expect(each.slice(-2).map(([, text]) => text)).toEqual([
        `00-${traces[i]}-${sent[i].id}-01`,
        'added',
      ]);
    });

    const taken = spans.filter(
      ({ kind, links }: { kind: number; links: string[] }) => kind === CONSUMER && links.length > 0,
    );
    expect(taken.flatMap(({ links }: { links: string[] }) => links)).toEqual(
      sent.map(({ id }: { id: string }) => id),
    );
  }, 90_000);

  it('and whose bus has OpenTelemetry too has one span for each send and each handler, and one context in a record', async () => {
    const [topic, group] = [await bench.topic(), bench.newName('group')];
    const kafka = { brokers: bench.brokers, registry: sharedRegistryUrl() };
    const config = JSON.stringify({ lib: library.address, topic, group, kafka, ours: true });
    const told = await run(process.execPath, ['--no-warnings', PROGRAM, config], {
      timeout: 60_000,
    });
    const { handled, traces, spans, state, error } = JSON.parse(told);
    expect({ handled, state, error }).toEqual({ handled: [1, 2, 3], state: 'running' });

    const ours = spans.filter(({ by }: any) => by === 'nestjs-openedx-event-bus');
    const scopes = new Set<string>(spans.map(({ by }: any) => by));
    expect([...scopes].filter((by) => by.endsWith('kafkajs'))).toEqual([]);
    const sent = ours.filter(({ name }: any) => name === `send ${topic}`);
    const handling = ours.filter(({ name }: any) => name === `process ${topic}`);
    expect(sent.map(({ trace, kind }: any) => [trace, kind])).toEqual(
      traces.map((trace: string) => [trace, PRODUCER]),
    );
    expect(handling.map(({ parent, kind }: any) => [parent, kind])).toEqual(
      sent.map(({ id }: any) => [id, CONSUMER]),
    );
    expect(handling.map(({ attributes }: any) => attributes['kafka.offset'])).toEqual([0, 1, 2]);
    const settled = ours.filter(({ name }: any) => name === `settle ${topic}`);
    expect(settled.length).toBeGreaterThan(0);

    for (const [i, each] of (await headersIn(topic)).entries()) {
      expect(each).toHaveLength(11);
      expect(each.at(-1)).toEqual(['traceparent', `00-${traces[i]}-${sent[i].id}-01`]);
    }
  }, 90_000);
});
