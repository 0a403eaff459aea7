import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventBusModule, EventBusProducer } from 'nestjs-openedx-event-bus';
import { finish } from './libs/finish.js';
import { NOTED } from './libs/noted.js';
import { told, WebhookModule } from './libs/webhooks.js';

@Module({
  imports: [
    WebhookModule.register('lms'),
    WebhookModule.register('crm'),
    EventBusModule.forRootAsync({ useFactory: () => ({ group: process.env['APP_GROUP']! }) }),
  ],
})
class AppModule {}

const app = await NestFactory.createApplicationContext(AppModule, { logger: ['warn', 'error'] });
const producer = app.get(EventBusProducer, { strict: false });
await producer.send(NOTED, { note: 'first' }, { topic: process.env['APP_TOPIC']! });
await finish(app, told, 2);
