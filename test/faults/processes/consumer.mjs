// An application that handles numbered events and writes one line for each: `number nanoseconds`, by a clock that all
// processes share. A line is written before the handler returns; with `config.blockMs` it holds the event loop so long
// first. Argument: JSON, see driver/process-plans.ts.
import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

const config = JSON.parse(process.argv[2]);
const { EventBusModule, OnOpenEdxEvent } = await import(`${config.lib}index.js`);
const { [config.transport.factory]: transport } = await import(
  `${config.lib}${config.transport.module}`
);

const delays = monitorEventLoopDelay({ resolution: 1 });
let longest = 0;

/** So often an event fails that is to fail. */
const FAILURES = 8;

class Inbox {
  take(data, context) {
    const { lms_user_id: number } = data.redemption;
    if (number % config.failing === 0 && context.attempt <= FAILURES) throw new Error('not yet');
    if (config.handling) return sleep(config.handling.ms).then(() => this.write(data));
    this.write(data);
  }
  write(data) {
    const { lms_user_id: number } = data.redemption;
    if (config.blockMs) block(config.blockMs);
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
      ...(config.handling && {
        concurrency: config.handling.concurrency,
        keyFields: { [config.topic]: 'redemption.subsidy_identifier' },
      }),
      ...config.bus,
      logFields: 'params',
      logger: { log: complain, debug() {}, warn: complain, error: complain },
    }),
  ],
  providers: [Inbox],
})(Application);

const app = await NestFactory.createApplicationContext(Application, { logger: false });
app.enableShutdownHooks(undefined, { useProcessExit: true });
process.stdout.write('ready\n');

/** As a handler that computes; the longest time without a turn of the loop since the first one is written as `~ ms`. */
function block(ms) {
  if (longest === 0) watchLoop();
  const until = performance.now() + ms;
  while (performance.now() < until);
}

function watchLoop() {
  longest = 1;
  delays.enable();
  setInterval(() => {
    const found = Math.round(delays.max / 1e6);
    if (found > longest) process.stdout.write(`~ ${(longest = found)}\n`);
  }, 200).unref();
}

function complain(line, fields) {
  process.stderr.write(`${line} ${JSON.stringify(fields)}\n`);
}
