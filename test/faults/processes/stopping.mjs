// An application whose handler takes its time. It writes `begun number`, `done number`, and `aborted number` when the
// handler's signal fires, `id number id` first where `config.ids`; it kills itself in the handler of number
// `config.deadly`, or at the end of that of `config.deadlyAfter`; `ready` when it consumes, `closed` when the last hook has run. Argument: JSON, see
// driver/slow-processes.ts.
import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

const config = JSON.parse(process.argv[2]);
const { EventBusModule, OnOpenEdxEvent } = await import(`${config.lib}index.js`);
const { [config.transport.factory]: transport } = await import(
  `${config.lib}${config.transport.module}`
);
let blockMs = config.blockMs ?? 0;
const say = (line) => process.stdout.write(`${line}\n`);

class Slow {
  async take(data, context) {
    const { lms_user_id: number } = data.redemption;
    if (config.ids) say(`id ${number} ${context.metadata.id}`);
    say(`begun ${number}`);
    context.signal.addEventListener('abort', () => say(`aborted ${number}`));
    if (number === config.deadly) process.kill(process.pid, 'SIGKILL');
    const until = Date.now() + blockMs;
    blockMs = 0;
    while (Date.now() < until);
    if (config.fails) throw new Error('refused');
    await new Promise((resolve) => setTimeout(resolve, config.handlerMs));
    say(`done ${number}`);
    if (number === config.deadlyAfter) process.kill(process.pid, 'SIGKILL');
  }
  onApplicationShutdown() {
    say('closed');
  }
}
OnOpenEdxEvent(config.type, { topic: config.topic, group: config.group })(
  Slow.prototype,
  'take',
  Object.getOwnPropertyDescriptor(Slow.prototype, 'take'),
);
Injectable()(Slow);

class Application {}
Module({
  imports: [
    EventBusModule.forRoot({
      transport: transport(config.transport.options),
      retry: { attempts: 1 },
      ...config.bus,
    }),
  ],
  providers: [Slow],
})(Application);

const logger = config.quiet ? false : ['error', 'warn', 'log'];
const app = await NestFactory.createApplicationContext(Application, {
  logger,
  abortOnError: false,
});
app.enableShutdownHooks(undefined, { useProcessExit: config.useProcessExit ?? true });
say('ready');
