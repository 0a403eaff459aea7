import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { COURSE_SEEN } from '@example/course-events';
import { EventBusModule } from 'nestjs-openedx-event-bus';
import { Visits } from './visits.js';

@Module({
  imports: [EventBusModule.forRoot({ group: 'visits', events: [COURSE_SEEN] })],
  providers: [Visits],
})
class AppModule {}

const app = await NestFactory.createApplicationContext(AppModule);
// Ctrl-C finishes the event that is being handled, then ends the process.
app.enableShutdownHooks([], { useProcessExit: true });
