import { ConsoleLogger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { Demonstration } from './demonstration.js';

// A plain application: the event bus starts and stops with it.
// LOG_FORMAT=json: one JSON object for each line; those of the event bus have fields.
const logger = new ConsoleLogger({ json: process.env['LOG_FORMAT'] === 'json' });
const app = await NestFactory.create(AppModule, { logger });
// Without this a signal ends the process immediately, and events in flight are redelivered later.
app.enableShutdownHooks([], { useProcessExit: true });
await app.listen(process.env['PORT'] ?? 3000);
await app.get(Demonstration).run();
const url = await app.getUrl();
logger.log(`Listening. Try POST ${url}/enrolments and GET ${url}/activity`, 'main');
logger.log(
  `Health: GET ${url}/health/live and GET ${url}/health/ready. Metrics for Prometheus: GET ${url}/metrics`,
  'main',
);
