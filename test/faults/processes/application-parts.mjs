// Parts of the applications that a test kills at a moment of their work. They write lines for the test, and take their plan as
// JSON: see driver/numbered-application.ts.
import 'reflect-metadata';
import { ConsoleLogger, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

export const config = JSON.parse(process.argv[2]);
const { EventBusModule, EventBusStatus, OnOpenEdxEvent, withoutConsuming } = await import(
  `${config.lib}index.js`
);
const { DeadLetters } = await import(`${config.lib}dead-letters/index.js`);
const { [config.transport.factory]: transportOf } = await import(
  `${config.lib}${config.transport.module}`
);

export const say = (line) => process.stdout.write(`${line}\n`);
export const die = () => process.kill(process.pid, 'SIGKILL');
export const numberOf = ({ redemption }) => redemption.lms_user_id;

/** The real transport; `change` may wrap its methods before the bus has it. */
export function transport(change = () => undefined) {
  const factory = transportOf(config.transport.options);
  const changing = async (host) => {
    const parts = await factory(host);
    change(parts.transport);
    return parts;
  };
  return Object.assign(changing, factory);
}

/** How to start an application with a bus, whose one handler is the method `take` of the class. */
export function application(bus, Handler, options) {
  const method = Object.getOwnPropertyDescriptor(Handler.prototype, 'take');
  const place = { topic: config.topic, group: config.group };
  OnOpenEdxEvent(config.type, { ...place, ...options })(Handler.prototype, 'take', method);
  Injectable()(Handler);
  class Application {}
  Module({ imports: [EventBusModule.forRoot(bus)], providers: [Handler] })(Application);
  return () =>
    NestFactory.createApplicationContext(Application, {
      logger: new ConsoleLogger({ json: true, logLevels: ['error', 'warn'] }),
      abortOnError: false,
    });
}

/** Writes `ready`, then `counts ...` with what `figuresOf` names and the records in flight, until SIGTERM; at last `closed`. */
export async function consume(create, figuresOf) {
  const app = await create();
  const status = app.get(EventBusStatus);
  say('ready');
  const timer = setInterval(() => {
    const { counts, sources } = status.snapshot();
    const inFlight = sources.reduce((sum, source) => sum + source.inFlight, 0);
    say(['counts', ...figuresOf(counts), inFlight].join(' '));
  }, 50);
  process.on('SIGTERM', async () => {
    clearInterval(timer);
    await app.close();
    say('closed');
  });
}

/** Does `work` with the dead letters of an application that consumes nothing, and closes it. */
export async function withLetters(create, work) {
  const app = await withoutConsuming(create);
  await work(app.get(DeadLetters));
  await app.close();
}

/** Writes `letter number id` for each open letter of the topic. */
export const listLetters = (create) =>
  withLetters(create, async (letters) => {
    for await (const letter of letters.all({ topic: config.topic }))
      say(`letter ${numberOf(await letters.data(letter))} ${letter.id}`);
  });
