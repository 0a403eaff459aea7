import 'reflect-metadata';
import { Inject, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClsModule, ClsService } from 'nestjs-cls';
import {
  EventBusModule,
  EventBusProducer,
  type EventData,
  OnOpenEdxEvent,
} from 'nestjs-openedx-event-bus';
import { finish } from './finish.js';
import { NOTED } from './noted.js';

const topic = process.env['APP_TOPIC']!;
/** Each note, with the tenant that the handler found before it set its own. */
const handled: [note: string, tenant: string | null][] = [];

@Injectable()
class Notes {
  constructor(@Inject(ClsService) private readonly cls: ClsService) {}

  @OnOpenEdxEvent(NOTED, { topic })
  take({ note }: EventData<typeof NOTED>): void {
    const tenant = this.cls.isActive() ? this.cls.get<string>('tenant') : undefined;
    handled.push([note, tenant ?? null]);
    this.cls.enter();
    this.cls.set('tenant', note);
  }
}

@Module({
  imports: [
    ClsModule.forRoot({ global: true }),
    EventBusModule.forRoot({ group: process.env['APP_GROUP']!, events: [NOTED] }),
  ],
  providers: [Notes],
})
class AppModule {}

const app = await NestFactory.createApplicationContext(AppModule, { logger: ['warn', 'error'] });
const producer = app.get(EventBusProducer, { strict: false });
await app.get(ClsService).run(async () => {
  app.get(ClsService).set('tenant', 'sender');
  await producer.send(NOTED, { note: 'first' }, { topic });
  await producer.send(NOTED, { note: 'second' }, { topic });
});
await finish(app, handled, 2);
