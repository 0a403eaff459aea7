import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { Demonstration } from './demonstration.js';

// Plain: the event bus lives as the application does.
const app = await NestFactory.create(AppModule);
// Without this a signal ends the process at once, and events in hand are handled again later.
app.enableShutdownHooks([], { useProcessExit: true });
await app.listen(process.env['PORT'] ?? 3000);
await app.get(Demonstration).run();
new Logger('main').log(`POST ${await app.getUrl()}/enrolments, GET ${await app.getUrl()}/activity`);
