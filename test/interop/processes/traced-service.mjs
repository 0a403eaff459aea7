// A Nest service with OpenTelemetry, which exports its spans over OTLP/HTTP. It handles the events of one topic, and sends each to
// another where it is told one. Writes `ready`, and a line for each event handled; ends with its standard input.
// Argument: JSON with `lib`, `name`, `collector`, `reads`, `sends`, `type`, and `kafka` (brokers, registry) or `redis` (url).
import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';

const config = JSON.parse(process.argv[2]);
const { lib, name, collector, reads, sends, type } = config;
const exporter = new OTLPTraceExporter({ url: `${collector}/${name}` });
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
provider.register();

const bus = await import(`${lib}index.js`);
const { openTelemetry } = await import(`${lib}opentelemetry/index.js`);

class Service {
  async handle(data) {
    const tracer = trace.getTracer('application');
    await tracer.startActiveSpan('SELECT', async (span) => {
      if (sends) await producer.send(type, data, { topic: sends, allowLoop: true });
      span.end();
    });
    process.stdout.write('handled\n');
  }
}
Injectable()(Service);
const method = Object.getOwnPropertyDescriptor(Service.prototype, 'handle');
bus.OnOpenEdxEvent(type, { topic: reads })(Service.prototype, 'handle', method);

const complain = (line) => process.stderr.write(`${line}\n`);
class Application {}
Module({
  imports: [
    bus.EventBusModule.forRoot({
      ...{ transport: await transportOf(config), group: name, telemetry: openTelemetry() },
      ...{ startFrom: 'earliest', serviceName: name },
      logger: { log() {}, debug() {}, warn: complain, error: complain },
    }),
  ],
  providers: [Service],
})(Application);

const app = await NestFactory.createApplicationContext(Application, { logger: false });
const producer = app.get(bus.EventBusProducer, { strict: false });
process.stdout.write('ready\n');
process.stdin.resume().once('end', async () => {
  await app.close();
  await provider.shutdown();
});

async function transportOf({ kafka, redis }) {
  if (kafka) {
    const { kafkaTransport } = await import(`${lib}transport/kafka/index.js`);
    return kafkaTransport({ brokers: kafka.brokers, schemaRegistry: { url: kafka.registry } });
  }
  const { redisTransport } = await import(`${lib}transport/redis/index.js`);
  return redisTransport({ url: redis.url, consumerName: name });
}
