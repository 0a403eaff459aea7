// An application with OpenTelemetry's instrumentation of kafkajs, ioredis, http and Nest, registered before either is loaded, that
// sends an event and handles it. Writes a line of JSON: what was handled, and the spans.
// Argument: JSON with `lib`, `topic`, `group`, `ours` (whether the bus has OpenTelemetry as its telemetry), and `kafka` (brokers, registry) or `redis` (url).
import { register } from 'node:module';
import 'reflect-metadata';
import { context, trace } from '@opentelemetry/api';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { IORedisInstrumentation } from '@opentelemetry/instrumentation-ioredis';
import { KafkaJsInstrumentation } from '@opentelemetry/instrumentation-kafkajs';
import { NestInstrumentation } from '@opentelemetry/instrumentation-nestjs-core';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';

const config = JSON.parse(process.argv[2]);
register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);
const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
provider.register();
registerInstrumentations({
  instrumentations: [
    new KafkaJsInstrumentation({
      producerHook: (_, { message }) => {
        message.headers['x-hook'] = 'added';
      },
    }),
    new IORedisInstrumentation(),
    new HttpInstrumentation(),
    new NestInstrumentation(),
  ],
});

const { Injectable, Module } = await import('@nestjs/common');
const { NestFactory } = await import('@nestjs/core');
const bus = await import(`${config.lib}index.js`);
const { defineEvent, long, string } = await import(`${config.lib}schema/index.js`);
const transport = await transportOf(config);
const telemetry = config.ours ? await openTelemetry(config) : undefined;
const { topic, group } = config;

const KEYED = defineEvent({
  type: 'org.example.tests.keyed.v1',
  data: { n: long(), key: string() },
});
const handled = [];

class Inbox {
  take({ n }) {
    handled.push(n);
  }
}
bus.OnOpenEdxEvent(KEYED, { topic })(
  Inbox.prototype,
  'take',
  Object.getOwnPropertyDescriptor(Inbox.prototype, 'take'),
);
Injectable()(Inbox);

class Application {}
Module({
  imports: [
    bus.EventBusModule.forRoot({
      ...{ transport, group, events: [KEYED], telemetry },
      logger: { log() {}, debug() {}, warn: complain, error: complain },
    }),
  ],
  providers: [Inbox],
})(Application);

const app = await NestFactory.createApplicationContext(Application, { logger: false });
const producer = app.get(bus.EventBusProducer, { strict: false });
const tracer = trace.getTracer('test');
const traces = [];
const send = (n) => {
  const span = tracer.startSpan(`request ${n}`);
  traces.push(span.spanContext().traceId);
  const data = { n, key: 'key' };
  return context
    .with(trace.setSpan(context.active(), span), () => producer.send(KEYED, data, { topic }))
    .finally(() => span.end());
};
// In one turn: each is published with the others, and belongs to its own request.
const results = await Promise.all([1, 2, 3].map(send));
while (handled.length < results.length) await new Promise((resolve) => setTimeout(resolve, 20));
const { state, error } = app.get(bus.EventBusStatus, { strict: false }).snapshot();
await app.close();
const spans = exporter.getFinishedSpans().map((span) => ({
  name: span.name,
  kind: span.kind,
  trace: span.spanContext().traceId,
  id: span.spanContext().spanId,
  parent: span.parentSpanContext?.spanId,
  by: span.instrumentationScope.name,
  status: span.status.code,
  attributes: span.attributes,
  links: span.links.map(({ context: linked }) => linked.spanId),
}));
process.stdout.write(
  `${JSON.stringify({ handled, traces, spans, state, error: error?.message })}\n`,
);

async function transportOf({ lib, kafka, redis }) {
  if (kafka) {
    const { kafkaTransport } = await import(`${lib}transport/kafka/index.js`);
    const { brokers, registry: url } = kafka;
    return kafkaTransport({ brokers, schemaRegistry: { url } });
  }
  const { redisTransport } = await import(`${lib}transport/redis/index.js`);
  return redisTransport({ url: redis.url });
}

async function openTelemetry({ lib }) {
  const ours = await import(`${lib}opentelemetry/index.js`);
  return ours.openTelemetry();
}

function complain(line) {
  process.stderr.write(`${line}\n`);
}
