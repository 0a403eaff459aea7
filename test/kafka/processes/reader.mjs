// An application that writes a line of JSON for each number that it handles, and its status when it ends.
// Argument: JSON with `lib`, `brokers`, `registry`, `topic` and `group`.
import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

const config = JSON.parse(process.argv[2]);
const bus = await import(`${config.lib}index.js`);
const { defineEvent, long, string } = await import(`${config.lib}schema/index.js`);
const { kafkaTransport } = await import(`${config.lib}transport/kafka/index.js`);
const { brokers, registry: url, topic, group } = config;

const KEYED = defineEvent({
  type: 'org.example.tests.keyed.v1',
  data: { n: long(), key: string() },
});

class Inbox {
  take({ n }) {
    say({ handled: n });
  }
}
bus.OnOpenEdxEvent(KEYED, { topic })(
  Inbox.prototype,
  'take',
  Object.getOwnPropertyDescriptor(Inbox.prototype, 'take'),
);
Injectable()(Inbox);

class Application {}
Module({
  imports: [
    bus.EventBusModule.forRoot({
      transport: kafkaTransport({ brokers, sessionTimeout: 6, schemaRegistry: { url } }),
      group,
      events: [KEYED],
      logger: { log() {}, debug() {}, warn: complain, error: complain },
    }),
  ],
  providers: [Inbox],
})(Application);

const app = await NestFactory.createApplicationContext(Application, { logger: false });
const status = app.get(bus.EventBusStatus, { strict: false });
process.on('exit', () => {
  const { state, error } = status.snapshot();
  say({ state, healthy: status.healthy, error: error?.message });
});

function say(what) {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

function complain(line) {
  process.stderr.write(`${line}\n`);
}
