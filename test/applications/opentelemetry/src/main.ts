import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  EventBusModule,
  EventBusProducer,
  type EventData,
  OnOpenEdxEvent,
} from 'nestjs-openedx-event-bus';
import { finish } from './finish.js';
import { NOTED } from './noted.js';

const topic = process.env['APP_TOPIC']!;
const handled: string[] = [];

@Injectable()
class Notes {
  @OnOpenEdxEvent(NOTED, { topic })
  take({ note }: EventData<typeof NOTED>): void {
    handled.push(note);
  }
}

@Module({
  imports: [EventBusModule.forRoot({ group: process.env['APP_GROUP']!, events: [NOTED] })],
  providers: [Notes],
})
class AppModule {}

async function main(): Promise<void> {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['warn', 'error'] });
  await app.get(EventBusProducer, { strict: false }).send(NOTED, { note: 'first' }, { topic });
  await finish(app, handled, 1);
}

void main();
