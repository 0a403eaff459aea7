import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { Lms } from './lms.js';

const app = await NestFactory.createApplicationContext(AppModule);
// Ctrl-C finishes the event that is being handled, then ends the process.
app.enableShutdownHooks([], { useProcessExit: true });

const lms = app.get(Lms);
await lms.enrol(7, 'course-v1:Alpha+Maths+2026');
await lms.enrol(8, 'course-v1:Beta+Physics+2026');
await lms.enrol(9, 'course-v1:Alpha+Logic+2026');
