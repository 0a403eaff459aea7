import { NestFactory } from '@nestjs/core';
import type { AsyncMicroserviceOptions } from '@nestjs/microservices';
import { EventBusServer } from 'nestjs-openedx-event-bus';
import { AppModule } from './app.module.js';
import { Demonstration } from './demonstration.js';

// A microservice without HTTP.
const app = await NestFactory.createMicroservice<AsyncMicroserviceOptions>(AppModule, {
  inject: [EventBusServer],
  useFactory: (strategy: EventBusServer) => ({ strategy }),
});
app.enableShutdownHooks([], { useProcessExit: true });
await app.listen();
await app.get(Demonstration).run();
