import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';

const app = await NestFactory.createApplicationContext(AppModule);
// Ctrl-C finishes the event that is being handled, then ends the process.
app.enableShutdownHooks([], { useProcessExit: true });
