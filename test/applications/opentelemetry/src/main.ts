import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { trace } from '@opentelemetry/api';
import {
  EventBusModule,
  EventBusProducer,
  EventBusStatus,
  type EventData,
  OnOpenEdxEvent,
} from 'nestjs-openedx-event-bus';
import { openTelemetry } from 'nestjs-openedx-event-bus/opentelemetry';
import { spans } from './instrument.js';
import { NOTED } from './noted.js';

const topic = process.env['APP_TOPIC']!;
const withTelemetry = process.env['APP_TELEMETRY'] === 'on';
const handled: string[] = [];
/** The trace in which the handler ran. */
let handledIn: string | undefined;

@Injectable()
class Notes {
  @OnOpenEdxEvent(NOTED, { topic })
  take({ note }: EventData<typeof NOTED>): void {
    handledIn = trace.getActiveSpan()?.spanContext().traceId;
    handled.push(note);
  }
}

@Module({
  imports: [
    EventBusModule.forRoot({
      group: process.env['APP_GROUP']!,
      events: [NOTED],
      ...(withTelemetry && { telemetry: openTelemetry() }),
    }),
  ],
  providers: [Notes],
})
class AppModule {}

const app = await NestFactory.createApplicationContext(AppModule, { logger: ['warn', 'error'] });
const tracer = trace.getTracer('application');
const sentIn = await tracer.startActiveSpan('request', async (span) => {
  await app.get(EventBusProducer, { strict: false }).send(NOTED, { note: 'first' }, { topic });
  span.end();
  return span.spanContext().traceId;
});
await until(() => handled.length === 1);
const { state } = app.get(EventBusStatus, { strict: false }).snapshot();
await app.close();
// Spans are exported in the order in which they ended.
tracer.startSpan('closed').end();
await until(() => spans.some(({ name }) => name === 'closed'));

const aboutTopic = spans.filter(({ name }) => name.includes(topic));
const sent = aboutTopic.filter(({ kind }) => kind === 4);
const processed = aboutTopic.filter(({ kind, name }) => kind === 5 && name.startsWith('process'));
process.stdout.write(
  `${JSON.stringify({
    handled,
    state,
    doubled: Math.max(0, sent.length - 1) + Math.max(0, processed.length - 1),
    // Without telemetry, what there is comes from the instrumentations alone.
    missing: withTelemetry ? 2 - Math.min(1, sent.length) - Math.min(1, processed.length) : 0,
    isOneTrace: withTelemetry ? handledIn === sentIn : true,
  })}\n`,
);

async function until(holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds() && waited < 20_000; waited += 20)
    await new Promise((resolve) => setTimeout(resolve, 20));
}
