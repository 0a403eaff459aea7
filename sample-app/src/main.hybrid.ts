import { NestFactory } from '@nestjs/core';
import type { AsyncMicroserviceOptions } from '@nestjs/microservices';
import { EventBusServer } from 'nestjs-openedx-event-bus';
import { AppModule } from './app.module.js';
import { Demonstration } from './demonstration.js';

// A hybrid application: HTTP, and the event bus as a Nest microservice, so that `@EventPattern` controllers work too.
const app = await NestFactory.create(AppModule);
app.enableShutdownHooks([], { useProcessExit: true });
app.connectMicroservice<AsyncMicroserviceOptions>({
  inject: [EventBusServer],
  useFactory: (strategy: EventBusServer) => ({ strategy }),
});
await app.startAllMicroservices();
await app.listen(process.env['PORT'] ?? 3000);
await app.get(Demonstration).run();
