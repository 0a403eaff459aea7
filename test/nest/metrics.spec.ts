import { Injectable } from '@nestjs/common';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  type MetricData,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import type { EventBusOptions } from '../../lib/event-bus.options.js';
import { UnrecoverableError } from '../../lib/errors/index.js';
import { DeadLetters } from '../../lib/dead-letters/index.js';
import { defineEvent } from '../../lib/events/event-definition.js';
import { long } from '../../lib/events/fields.js';
import { ATTRIBUTE } from '../../lib/observability/attributes.js';
import { METRIC } from '../../lib/observability/metrics.js';
import { openTelemetry } from '../../lib/opentelemetry/index.js';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import { MemoryBroker, memoryTransport } from '../../lib/transport/memory/index.js';
import { TraceRecorder } from '../support/traces.js';
import { waitUntil } from '../support/wait-until.js';
import { busOptions, COUNTED, KeptLog, rootModule } from './support/bus-application.js';
import { start } from './support/starting.js';

const STRANGE = (n: number) =>
  defineEvent({ type: `org.example.strangers.n${n}.v1`, data: { n: long() } });

/** Collects when it is asked to. */
class Meters {
  private readonly exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  private readonly reader = new PeriodicExportingMetricReader({
    exporter: this.exporter,
    exportIntervalMillis: 2 ** 30,
  });
  readonly provider = new MeterProvider({ readers: [this.reader] });

  async all(): Promise<readonly MetricData[]> {
    await this.reader.forceFlush();
    const [scope] = this.exporter.getMetrics().at(-1)?.scopeMetrics ?? [];
    this.exporter.reset();
    return scope?.metrics ?? [];
  }

  /** The values of a metric, or the numbers of values of a histogram, by the attributes named. */
  async values(name: string, ...by: string[]): Promise<Record<string, number>> {
    const metric = (await this.all()).find(({ descriptor }) => descriptor.name === name);
    const values: Record<string, number> = {};
    for (const { attributes, value } of metric?.dataPoints ?? []) {
      const key = by.map((label) => String(attributes[label])).join(' ');
      const number = typeof value === 'number' ? value : (value as { count: number }).count;
      values[key] = (values[key] ?? 0) + number;
    }
    return values;
  }

  end(): Promise<void> {
    return this.provider.shutdown();
  }
}

let meters: Meters;
beforeEach(() => void (meters = new Meters()));
afterEach(() => meters.end());

@Injectable()
class Handling {
  @OnOpenEdxEvent<any>(COUNTED, { id: 'picky', topic: 'counted' })
  handle({ n }: { n: number }, { attempt }: { attempt: number }): void {
    if (n === 2 && attempt === 1) throw new RangeError('once');
    if (n === 3) throw new UnrecoverableError('never');
  }
  @OnOpenEdxEvent<any>(COUNTED, { id: 'easy', topic: 'counted' })
  other(): void {}
}

async function inApplication(
  run: (parts: {
    producer: EventBusProducer;
    letters: DeadLetters;
    broker: MemoryBroker;
    log: KeptLog;
  }) => Promise<unknown>,
  options: EventBusOptions = {},
): Promise<void> {
  const broker = new MemoryBroker();
  const log = new KeptLog();
  const bus = EventBusModule.forRoot(
    busOptions({
      transport: memoryTransport({ broker }),
      telemetry: openTelemetry({
        traces: false,
        meterProvider: meters.provider,
        lagInterval: 20,
      }),
      onFailure: 'deadLetter',
      logger: log,
      ...options,
    }),
  );
  const app = await start(rootModule({ providers: [Handling] }, bus));
  try {
    await run({ producer: app.get(EventBusProducer), letters: app.get(DeadLetters), broker, log });
  } finally {
    await app.close();
  }
}

it('counts what is sent, received, handled, failed, retried, kept and redriven', async () => {
  await inApplication(async ({ producer, letters }) => {
    for (const n of [1, 2, 3]) await producer.send(COUNTED, { n });
    const result = () => meters.values(METRIC.records.name, ATTRIBUTE.result);
    await waitUntil(async () => (await result())['dead_lettered'] === 1);
    expect(await result()).toEqual({ handled: 2, dead_lettered: 1, unusable: 0 });
    const count = (metric: { readonly name: string }, ...by: string[]) =>
      meters.values(metric.name, ...by);
    expect(await count(METRIC.sent, ATTRIBUTE.topic, ATTRIBUTE.eventType)).toEqual({
      [`counted ${COUNTED.type}`]: 3,
    });
    expect(await count(METRIC.consumed, ATTRIBUTE.topic, ATTRIBUTE.group)).toEqual({
      'counted tests': 3,
    });
    expect(await count(METRIC.operationDuration, ATTRIBUTE.operation)).toEqual({ send: 3 });
    expect(await count(METRIC.handlerFailures, ATTRIBUTE.handler, ATTRIBUTE.errorType)).toEqual({
      'picky RangeError': 1,
      'picky UnrecoverableError': 1,
    });
    expect(await count(METRIC.processDuration, ATTRIBUTE.handler, ATTRIBUTE.errorType)).toEqual({
      'easy undefined': 3,
      'picky undefined': 2,
      'picky RangeError': 1,
      'picky UnrecoverableError': 1,
    });
    expect(await count(METRIC.retries, ATTRIBUTE.group)).toEqual({ tests: 1 });
    // At most ten a second.
    const ages = await count(METRIC.age, ATTRIBUTE.eventType);
    expect([1, 2]).toContain(ages[COUNTED.type]);
    expect(await count(METRIC.lettersWritten, ATTRIBUTE.letterTopic)).toEqual({
      'counted-tests-dlq': 1,
    });
    const open = () => count(METRIC.lettersOpen, ATTRIBUTE.letterTopic);
    await waitUntil(async () => (await open())['counted-tests-dlq'] === 1);
    for await (const { result } of letters.redrive({ topic: 'counted' }))
      expect(result).toBe('failedAgain');
    expect(await count(METRIC.lettersRedriven, ATTRIBUTE.letterTopic, ATTRIBUTE.result)).toEqual({
      'counted-tests-dlq failed_again': 1,
    });
    expect(await count(METRIC.buffered)).toEqual({ '': 0 });
    expect(await count(METRIC.inFlight, ATTRIBUTE.topic)).toEqual({ counted: 0 });
  });
});

it('what alerts watch is there with 0 before anything happens', async () => {
  await inApplication(async () => {
    const by = [ATTRIBUTE.topic, ATTRIBUTE.group] as const;
    expect(await meters.values(METRIC.consumed.name, ...by)).toEqual({ 'counted tests': 0 });
    expect(await meters.values(METRIC.records.name, ...by, ATTRIBUTE.result)).toEqual({
      'counted tests unusable': 0,
    });
    expect(await meters.values(METRIC.lettersWritten.name, ...by, ATTRIBUTE.letterTopic)).toEqual({
      'counted tests counted-tests-dlq': 0,
    });
  });
});

it('event types of strangers have one label, and names of errors are bounded', async () => {
  const strangers = Array.from({ length: 20 }, (_, n) => STRANGE(n));
  const broker = new MemoryBroker();
  const sending = EventBusModule.forRoot(
    busOptions({
      transport: memoryTransport({ broker }),
      events: strangers,
      producerConfig: {},
      consumersEnabled: false,
    }),
  );
  const sender = await start(rootModule({}, sending));
  await inApplication(
    async () => {
      for (const event of strangers)
        await sender.get(EventBusProducer).send(event, { n: 1 }, { topic: 'counted' });
      const by = [ATTRIBUTE.result, ATTRIBUTE.eventType] as const;
      const records = () => meters.values(METRIC.records.name, ...by);
      await waitUntil(async () => (await records())['unknown_type _OTHER'] === 20);
      expect(await records()).toEqual({ 'unknown_type _OTHER': 20, 'unusable _OTHER': 0 });
    },
    { transport: memoryTransport({ broker }) },
  );
  await sender.close();
});

it('a process that does not consume tells the lag of those that do', async () => {
  await inApplication(
    async ({ producer, broker }) => {
      const lag = () => meters.values(METRIC.lag.name, ATTRIBUTE.topic, ATTRIBUTE.group);
      const partitions = broker.topic('counted').partitions;
      const group = broker.group('tests');
      for (const partition of partitions) group.cursor(partition, () => 0);
      for (const n of [1, 2, 3]) await producer.send(COUNTED, { n });
      await waitUntil(async () => (await lag())['counted tests'] === 3);
      const seconds = await meters.values(METRIC.lagSeconds.name, ATTRIBUTE.group);
      expect(seconds['tests']).toBeGreaterThan(0);
      for (const partition of partitions) group.moveTo(partition.source, partition.end);
      await waitUntil(async () => (await lag())['counted tests'] === 0);
    },
    { consumersEnabled: false },
  );
});

it('a broker that does not answer has no lag, which the log says once', async () => {
  const broker = new MemoryBroker();
  const factory = memoryTransport({ broker });
  let isDown = true;
  const transport = Object.assign(async (host: Parameters<typeof factory>[0]) => {
    const parts = await factory(host);
    const { admin } = parts.transport;
    const lag = admin!.lag!.bind(admin);
    admin!.lag = (...of) => (isDown ? Promise.reject(new Error('unreachable')) : lag(...of));
    return parts;
  }, factory);
  await inApplication(
    async ({ producer, log }) => {
      const warnings = () => log.matching('could not ask the broker for the lag');
      await waitUntil(() => warnings().length === 1);
      expect(await meters.values(METRIC.lag.name)).toEqual({});
      isDown = false;
      await producer.send(COUNTED, { n: 1 });
      await waitUntil(async () => (await meters.values(METRIC.lag.name))[''] === 0);
      expect(warnings()).toEqual([
        'warn Bus default could not ask the broker for the lag of its groups, so the lag metrics have no values: unreachable. Asking again every 20 ms',
      ]);
    },
    { transport },
  );
});

it('a bus that is created within a span leaves its work outside of it', async () => {
  const traces = new TraceRecorder();
  let active: string[] = [];
  const factory = memoryTransport();
  const { trace } = await import('@opentelemetry/api');
  const look = (where: string): void =>
    void active.push(
      `${where} ${(trace.getActiveSpan() as unknown as { name?: string } | undefined)?.name}`,
    );
  const transport = Object.assign(async (host: Parameters<typeof factory>[0]) => {
    const parts = await factory(host);
    const connect = parts.transport.connect.bind(parts.transport);
    const subscribe = parts.transport.subscribe.bind(parts.transport);
    parts.transport.connect = (deadline) => {
      look('connect');
      return connect(deadline);
    };
    parts.transport.subscribe = (subscription, sink) => {
      look(`subscribe ${String(subscription.group)}`);
      return subscribe(subscription, sink);
    };
    return parts;
  }, factory);
  await traces.tracer.startActiveSpan('Create Nest App', async (span) => {
    await inApplication(() => Promise.resolve(), { transport });
    span.end();
  });
  traces.end();
  // The group of the handlers, and that for requests to redrive dead letters.
  expect(active).toEqual([
    'connect undefined',
    'subscribe tests undefined',
    'subscribe tests-redrive undefined',
  ]);
  active = [];
});
