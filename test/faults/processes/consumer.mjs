// An application that handles numbered events and writes one line for each: `number nanoseconds`, by a clock that all
// processes share. A line is written before the handler returns. Argument: JSON, see
// driver/process-plans.ts.
import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

const config = JSON.parse(process.argv[2]);
const { EventBusModule, OnOpenEdxEvent } = await import(`${config.lib}index.js`);
const { [config.transport.factory]: transport } = await import(
  `${config.lib}${config.transport.module}`
);

class Inbox {
  take(data) {
    const { lms_user_id: number } = data.redemption;
    process.stdout.write(`${number} ${process.hrtime.bigint()}\n`);
  }
}
OnOpenEdxEvent(config.type, { topic: config.topic, group: config.group })(
  Inbox.prototype,
  'take',
  Object.getOwnPropertyDescriptor(Inbox.prototype, 'take'),
);
Injectable()(Inbox);

class Application {}
Module({
  imports: [
    EventBusModule.forRoot({
      transport: transport(config.transport.options),
      serviceName: 'faults',
      auditLogging: false,
      logger: { log() {}, debug() {}, warn: complain, error: complain },
    }),
  ],
  providers: [Inbox],
})(Application);

const app = await NestFactory.createApplicationContext(Application, { logger: false });
app.enableShutdownHooks(undefined, { useProcessExit: true });
process.stdout.write('ready\n');

function complain(line) {
  process.stderr.write(`${line}\n`);
}
