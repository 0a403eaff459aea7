// An application that handles numbered events as one or several members of a group, and sends them where it is told
// to. It reads commands from standard input and writes:
//   `ready`                            when all members and the sender have started
//   `= number nanoseconds partition`   when an event is handled, before the handler returns
//   `> number`, `! number`             before the first and each further try to send an event
//   `+ number nanoseconds`             when the broker has confirmed it
//   `paused`, `sent`                   when nothing is on its way any more after `sender pause`, `sender stop`
// Commands: see `obey`. Argument: JSON, see chaos/chaos-process.ts.
import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createInterface } from 'node:readline';
import { NumberedSender } from './numbered-sender.mjs';
import { TroubledHandler } from './troubled-handler.mjs';

const config = JSON.parse(process.argv[2]);
const { EventBusModule, EventBusProducer, OnOpenEdxEvent } = await import(`${config.lib}index.js`);
const say = (line) => process.stdout.write(`${line}\n`);
const factories = new Map();
const members = new Map();
/** Of each member, when it has done what it was told last. */
const changes = new Map();
let sending;

const lines = createInterface({ input: process.stdin }).on('line', (line) => obey(line));
process.stdin.unref();
process.once('SIGTERM', () => void end());
process.once('SIGINT', () => void end());
if (config.sender) sending = await startSender();
await Promise.all(config.members.map((member) => join(member)));
say('ready');

/**
 * `clock MS`; `sender resume|pause|stop`; `MEMBER leave|join`; `MEMBER wait|block MS`, `MEMBER fail` and `MEMBER work`:
 * its handlers take so long, hold the event loop for so long, fail, do their work.
 */
function obey(line) {
  const [who, what, ms] = line.split(' ');
  if (who === 'clock') globalThis[Symbol.for('moveClock')](Number(what));
  else if (who === 'sender') void sending.sender[what]();
  else if (what === 'leave') inTurn(who, () => leave(who));
  else if (what === 'join')
    inTurn(who, () => join(config.members.find(({ name }) => name === who)));
  else members.get(who)?.handler.obey(what, Number(ms));
}

/** Buses with the same transport share one factory: on the embedded bus that makes them share the broker. */
async function transportOf({ module, factory, options }) {
  const key = JSON.stringify([module, options]);
  if (!factories.has(key)) {
    const { [factory]: make } = await import(`${config.lib}${module}`);
    factories.set(key, make(options));
  }
  return factories.get(key);
}

/** A member that is told to leave while it joins leaves once it has joined. */
function inTurn(name, change) {
  const changed = (changes.get(name) ?? Promise.resolve()).then(change);
  changes.set(name, changed);
}

async function join({ name, transport }) {
  const handler = new TroubledHandler(say);
  class Inbox {
    take(data, context) {
      return handler.take(data, context);
    }
  }
  OnOpenEdxEvent(config.type, { topic: config.topic, group: config.group })(
    Inbox.prototype,
    'take',
    Object.getOwnPropertyDescriptor(Inbox.prototype, 'take'),
  );
  Injectable()(Inbox);
  const app = await startBus(await transportOf(transport), config.bus, [Inbox], name);
  members.set(name, { handler, app });
}

async function leave(name) {
  const { app } = members.get(name);
  members.delete(name);
  await app.close();
  say(`left ${name}`);
}

async function startBus(transport, bus, providers, name) {
  const complain = (line, fields) =>
    process.stderr.write(`${name}: ${line} ${JSON.stringify(fields)}\n`);
  class Application {}
  Module({
    imports: [
      EventBusModule.forRoot({
        transport,
        serviceName: 'chaos',
        auditLogging: false,
        ...bus,
        logFields: 'params',
        logger: { log() {}, debug() {}, warn: complain, error: complain },
      }),
    ],
    providers,
  })(Application);
  return NestFactory.createApplicationContext(Application, { logger: false });
}

async function startSender() {
  const { transport, perSecond, keys } = config.sender;
  const bus = { sendTimeout: 3_000, connect: 'background' };
  const app = await startBus(await transportOf(transport), bus, [], 'sender');
  const producer = app.get(EventBusProducer, { strict: false });
  const { type, topic } = config;
  const sender = new NumberedSender({ producer, say, type, topic, perSecond, keys });
  return { app, sender };
}

/** Nothing is left then that would keep the process alive, unless a bus forgot it. */
async function end() {
  lines.close();
  const apps = [...members.values(), ...(sending ? [sending] : [])];
  await sending?.sender.stop();
  await Promise.all(apps.map(({ app }) => app.close()));
}
