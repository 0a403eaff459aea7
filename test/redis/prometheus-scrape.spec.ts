import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Injectable, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { Redis } from 'ioredis';
import { DeadLetters } from '../../lib/dead-letters/index.js';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import { defineEvent } from '../../lib/events/event-definition.js';
import { long } from '../../lib/events/fields.js';
import { EventBusStatus } from '../../lib/observability/event-bus-status.js';
import { openTelemetry } from '../../lib/opentelemetry/index.js';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import { redisIdempotencyStore, redisTransport } from '../../lib/transport/redis/index.js';
import { busOptions, COUNTED, rootModule } from '../nest/support/bus-application.js';
import { freePort } from '../services/child-process.js';
import { type PrometheusServer, startPrometheus } from '../services/prometheus.js';
import { type RedisServer, startRedis } from '../services/redis.js';
import { PROJECT } from '../services/service-cache.js';
import { until } from '../services/until.js';

const WAITING = defineEvent({ type: 'org.example.tests.waiting.v1', data: { n: long() } });
const QUIET = defineEvent({ type: 'org.example.tests.quiet.v1', data: { n: long() } });
/** What the handler does with events of these numbers; others succeed. */
const [ONCE, NEVER, LOST] = [2, 3, 4];

let isRepaired = false;
let letGo: (() => void) | undefined;
let waited = 0;

@Injectable()
class Crm {
  @OnOpenEdxEvent(COUNTED, { id: 'crm.sync', idempotent: true })
  async sync({ n }: { n: number }, { attempt }: { attempt: number }): Promise<void> {
    if (n === ONCE && attempt === 1) throw new RangeError('once');
    if (n === NEVER && !isRepaired) throw new TypeError('never');
    if (n === LOST) await new Promise<void>((resolve) => (letGo = resolve));
  }
}

@Injectable()
class Mail {
  @OnOpenEdxEvent(WAITING, { id: 'mail.send', retry: { attempts: 1, later: ['100ms'] } })
  send(): void {
    if (++waited === 1) throw new Error('later');
  }
  @OnOpenEdxEvent(QUIET, { id: 'mail.quiet' })
  quiet(): void {}
}

interface Row {
  readonly name: string;
  readonly kind: string;
  readonly labels: readonly string[];
}

const page = readFileSync(join(PROJECT, 'docs', 'observing.md'), 'utf8');

/** The rows of the table with this first heading, cell by cell. */
function tableOf(heading: string): string[][] {
  const lines = page.split('\n');
  const at = lines.findIndex((line) => line.startsWith(`| ${heading} `));
  const length = lines.slice(at).findIndex((line) => !line.startsWith('|'));
  return lines
    .slice(at + 2, at + length)
    .map((line) =>
      line.split(' | ').map((cell) => cell.replace(/^\|/, '').replace(/\|$/, '').trim()),
    );
}

const codeIn = (cell: string): string => /`([^`]+)`/.exec(cell)![1]!;
const labelName = (attribute: string): string => attribute.replace(/\W/g, '_');

/** As the page says what `topic`, `group` and the others stand for. */
function labelNames(): Map<string, string> {
  const names = [...page.matchAll(/_([a-z ]+)_\s+(?:is\s+)?`([a-z_.]+)`/g)];
  return new Map(names.map(([, word, attribute]) => [word!, labelName(attribute!)]));
}

function metrics(): Row[] {
  const names = labelNames();
  return tableOf('metric').map(([name, kind, , labels]) => ({
    name: codeIn(name!),
    kind: kind!,
    labels: labels!
      .split(', ')
      .filter((label) => label !== '')
      .map((label) => names.get(label) ?? `no label: ${label}`),
  }));
}

/** As the exporter names it, and Prometheus the counts of a histogram. */
function seriesOf({ name, kind }: Row): string {
  const suffix = { counter: '_total', histogram: '_count', gauge: '' }[kind];
  return labelName(name) + (suffix ?? ` is a ${kind}`);
}

/** Those of every metric of the bus, and those that Prometheus and the exporter add. */
const COMMON = new Set([
  ...['__name__', 'instance', 'job', 'otel_scope_name', 'otel_scope_version'],
  ...['openedx_event_bus_name', 'messaging_system_name', 'messaging_operation_name'],
]);

describe('what a Prometheus scrapes of a bus', () => {
  let redis: RedisServer;
  let client: Redis;
  let app: INestApplicationContext;
  let provider: MeterProvider;
  let prometheus: PrometheusServer;

  beforeAll(async () => {
    redis = await startRedis({ persistent: true });
    client = new Redis(redis.url, { maxRetriesPerRequest: null });
    client.on('error', () => undefined);
    const port = await freePort();
    const exporter = new PrometheusExporter({ host: '127.0.0.1', port });
    provider = new MeterProvider({ readers: [exporter] });
    const { url } = redis;
    const route = (topic: string) => ({ [topic]: { event_key_field: 'n', enabled: true } });
    const bus = EventBusModule.forRoot(
      busOptions({
        transport: redisTransport({ url, pollTimeout: 1 }),
        events: [COUNTED, WAITING, QUIET],
        producerConfig: {
          [COUNTED.type]: route('counted'),
          [WAITING.type]: route('waiting'),
          [QUIET.type]: route('quiet'),
        },
        telemetry: openTelemetry({ meterProvider: provider, traces: false, lagInterval: 500 }),
        idempotency: { store: redisIdempotencyStore({ url }), lock: '1s' },
        retry: { attempts: 2, delayMs: 1 },
        onFailure: 'deadLetter',
        topics: { waiting: { onFailure: 'log' } },
        sendTimeout: 2_000,
      }),
    );
    app = await NestFactory.createApplicationContext(rootModule({ providers: [Crm, Mail] }, bus), {
      logger: false,
      abortOnError: false,
    });
    prometheus = await startPrometheus(`127.0.0.1:${port}`);
  }, 600_000);

  afterAll(async () => {
    letGo?.();
    await app?.close();
    await provider?.shutdown();
    await prometheus?.stop();
    client?.disconnect();
    await redis?.stop();
  });

  const found = async (query: string): Promise<number> => {
    const samples = await prometheus.query(query);
    return samples.reduce((sum, { value }) => sum + value, 0);
  };
  const scraped = (query: string, atLeast = 1): Promise<void> =>
    until(query, async () => (await found(query)) >= atLeast);
  const counts = () => app.get(EventBusStatus).snapshot().counts;
  const send = (n: number, id = `00000000-0000-1000-8000-${String(n).padStart(12, '0')}`) =>
    app.get(EventBusProducer).send(COUNTED, { n }, { metadata: { id } });

  /** What is in the stream again, of a type that the bus does not know. */
  async function addStranger(): Promise<void> {
    const [[, fields]] = (await client.xrange('counted', '-', '+', 'COUNT', 1)) as [
      [string, string[]],
    ];
    const strange = fields.map((value) =>
      value === COUNTED.type ? 'org.example.strangers.v1' : value,
    );
    await client.xadd('counted', '*', ...strange);
  }

  async function loseALock(): Promise<void> {
    await send(LOST);
    await until('the handler', () => letGo !== undefined);
    for (const mark of await client.keys('openedx-event-bus:mark:*'))
      if ((await client.get(mark))!.startsWith('l')) await client.set(mark, 'lanother process');
    await until('the loss', () => counts().locksLost === 1);
    letGo!();
  }

  async function redriveTwice(): Promise<void> {
    await until('the letter', () => counts().deadLettered === 1);
    const results: string[] = [];
    for (const repaired of [false, true]) {
      isRepaired = repaired;
      for await (const { result } of app.get(DeadLetters).redrive({ topic: 'counted' }))
        results.push(result);
    }
    expect(results).toEqual(['failedAgain', 'handled']);
  }

  async function failToSend(n: number): Promise<void> {
    await expect(send(n)).rejects.toThrow();
  }

  /** What the page promises of metrics and the exporter does not have, or has besides. */
  async function missing(): Promise<string[]> {
    const wrong: string[] = [];
    for (const row of metrics()) {
      const samples = await prometheus.query(seriesOf(row));
      if (samples.length === 0) wrong.push(row.name);
      const allowed = new Set([...COMMON, ...row.labels]);
      for (const { metric } of samples)
        for (const label of Object.keys(metric))
          if (!allowed.has(label)) wrong.push(`${label} at ${row.name}`);
    }
    return wrong;
  }

  /** Queries of the page that find nothing, or that find no fault where there were some. */
  async function unanswered(): Promise<string[]> {
    const wrong: string[] = [];
    for (const [figure, query, alert] of tableOf('figure')) {
      const samples = await prometheus.query(codeIn(query!));
      const values = samples.map(({ value }) => value).filter(Number.isFinite);
      const isAlert = alert === 'always' || alert === 'above 0';
      if (!values.some((value) => value > 0 || !isAlert))
        wrong.push(`${figure}: ${JSON.stringify(samples)}`);
    }
    return wrong;
  }

  /** What is still found after as many scrapes as it may take. */
  async function lastOf(find: () => Promise<string[]>): Promise<string[]> {
    let last: string[] = [];
    await until('all is found', async () => (last = await find()).length === 0).catch(() => {});
    return last;
  }

  it('has every metric of the page, and an answer to every query that the page advises', async () => {
    await scraped('sum_over_time(up[1h])', 2);
    await send(1);
    await send(1);
    await send(ONCE);
    await send(NEVER);
    await app.get(EventBusProducer).send(WAITING, { n: 1 });
    await addStranger();
    await client.xadd('waiting', '*', 'event_data', 'this is no event');
    await redriveTwice();
    await loseALock();
    await until(
      'the later retry',
      () => counts().retriedLater === 1 && waited === 2 && counts().unusable === 1,
    );
    await scraped('openedx_event_bus_locks_lost_total');

    await redis.kill();
    await failToSend(11);
    await scraped('messaging_client_sent_messages_total{error_type!=""}');
    await failToSend(12);
    await redis.restart();
    await scraped('openedx_event_bus_reconnects_total');
    const handled = counts().handled;
    for (const n of [21, 22, 23]) await send(n);
    await until('the events after the outage', () => counts().handled >= handled + 3);

    expect(metrics().length).toBeGreaterThanOrEqual(20);
    expect(await lastOf(missing)).toEqual([]);

    const results = await prometheus.query(
      'sum by (openedx_event_bus_result) (openedx_event_bus_records_total) > 0',
    );
    expect(results.map(({ metric }) => metric['openedx_event_bus_result']!).sort()).toEqual([
      ...['dead_lettered', 'duplicate', 'handled', 'retried_later', 'unknown_type', 'unusable'],
    ]);

    expect(await lastOf(unanswered)).toEqual([]);

    // The first letter of a topic raises the alert, although nothing was there before.
    expect(
      await found('increase(openedx_event_bus_dead_letters_written_total[1h])'),
    ).toBeGreaterThan(0);
    const quiet = await prometheus.query(
      'sum by (messaging_destination_name) (rate(messaging_client_consumed_messages_total[30m])) == 0',
    );
    expect(quiet.map(({ metric }) => metric['messaging_destination_name'])).toContain('quiet');
  }, 180_000);
});
