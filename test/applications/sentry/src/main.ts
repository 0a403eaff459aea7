import 'reflect-metadata';
import { type ArgumentsHost, Catch, Injectable, Module } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import { BaseRpcExceptionFilter } from '@nestjs/microservices';
import * as Sentry from '@sentry/node';
import {
  EventBusModule,
  EventBusProducer,
  EventBusStatus,
  type EventData,
  OnOpenEdxEvent,
} from 'nestjs-openedx-event-bus';
import { openTelemetry } from 'nestjs-openedx-event-bus/opentelemetry';
import { errors, spans } from './instrument.js';
import { NOTED } from './noted.js';
import { wire } from './wire.js';

const topic = process.env['APP_TOPIC']!;
const withTelemetry = process.env['APP_TELEMETRY'] === 'on';
const handled: string[] = [];

@Injectable()
class Notes {
  @OnOpenEdxEvent(NOTED, { topic })
  take({ note }: EventData<typeof NOTED>): void {
    if (note === 'bad') throw new Error('handler failed');
    handled.push(note);
  }
}

@Catch()
class ErrorReport extends BaseRpcExceptionFilter {
  override catch(error: unknown, host: ArgumentsHost) {
    Sentry.captureException(error);
    return super.catch(error, host);
  }
}

@Module({
  imports: [
    EventBusModule.forRoot({
      group: process.env['APP_GROUP']!,
      events: [NOTED],
      retry: { attempts: 2, delayMs: 10 },
      ...(withTelemetry && { telemetry: openTelemetry() }),
    }),
  ],
  providers: [Notes, { provide: APP_FILTER, useClass: ErrorReport }],
})
class AppModule {}

const app = await NestFactory.createApplicationContext(AppModule, { logger: ['warn'] });
const producer = app.get(EventBusProducer, { strict: false });
const status = app.get(EventBusStatus, { strict: false });
await Sentry.startSpan({ name: 'request' }, async () => {
  for (const note of ['first', 'bad', 'second']) await producer.send(NOTED, { note }, { topic });
});
const ended = (): boolean => handled.length === 2 && status.snapshot().counts.failed === 1;
for (let waited = 0; !ended() && waited < 20_000; waited += 20)
  await new Promise((resolve) => setTimeout(resolve, 20));
const { state, counts } = status.snapshot();
await app.close();
await Sentry.flush(10_000);

const request = spans.find(({ name }) => name === 'request');
const sent = spans.filter(
  ({ name, parent_span_id: parent }) =>
    (name === `send ${topic}` || name.startsWith('XADD ')) && parent === request?.span_id,
);
const sentIds = new Set(sent.map(({ span_id: id }) => id));
// Of Sentry alone: those of the bus are a child of what was sent, and an attempt of its own each.
const received = spans.filter(
  ({ attributes }) =>
    attributes['sentry.origin']?.value === 'auto.queue.kafkajs.consumer' &&
    attributes['messaging.destination.name']?.value === topic,
);
const linked = received.flatMap(({ links = [] }) => links.map(({ span_id: id }) => id));
process.stdout.write(
  `${JSON.stringify({
    handled,
    failed: counts.failed,
    reported: [...new Set(errors)],
    spans: {
      sent: sent.length,
      doubled: received.length - new Set(linked).size,
      unlinked: linked.filter((id) => !sentIds.has(id)).length,
    },
    wire: await wire(topic, 3, withTelemetry),
    state,
  })}\n`,
);
