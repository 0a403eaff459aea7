import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import type { EventBusOptions } from '../../lib/event-bus.options.js';
import { defineEvent } from '../../lib/events/event-definition.js';
import { long } from '../../lib/events/fields.js';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import { kafkaTransport } from '../../lib/transport/kafka/index.js';
import { memoryTransport } from '../../lib/transport/memory/index.js';
import { redisTransport } from '../../lib/transport/redis/index.js';

// The start of an application fails in a part that is not the bus. PLACE: where. TRANSPORT, URL, CONNECT: of the bus.
const { PLACE, TRANSPORT, URL: url, CONNECT, TOPIC = 'topic' } = process.env;
const say = (line: string) => process.stdout.write(`${line}\n`);

const NOTED = defineEvent({ type: 'org.example.tests.noted.v1', data: { n: long() } });

@Injectable()
class Handler {
  @OnOpenEdxEvent(NOTED, { topic: TOPIC })
  handle(): void {}
}

@Injectable()
class Failing {
  constructor(private readonly producer: EventBusProducer) {}
  async onModuleInit(): Promise<void> {
    // What was done until then leaves nothing behind either.
    if (CONNECT !== 'background') await this.producer.send(NOTED, { n: 1 }, { topic: TOPIC });
    if (PLACE === 'onModuleInit') throw new Error('the start failed elsewhere');
  }
  onApplicationBootstrap(): void {
    if (PLACE === 'onApplicationBootstrap') throw new Error('the start failed elsewhere');
  }
}

const transports = {
  redis: () => redisTransport({ url: url!, pollTimeout: 1 }),
  kafka: () =>
    kafkaTransport({
      ...{ brokers: url!.split(','), sessionTimeout: 6 },
      schemaRegistry: { url: process.env['REGISTRY'] ?? 'http://127.0.0.1:1' },
    }),
};
const quiet = { log() {}, warn() {}, error() {}, debug() {} };
const common = { group: TOPIC, events: [NOTED], logger: quiet } satisfies EventBusOptions;
const bus = EventBusModule.forRoot({
  ...common,
  transport: transports[TRANSPORT as keyof typeof transports](),
  connect: CONNECT as 'fail' | 'background',
});

/** A second bus, which connects and cannot subscribe. */
const unable = memoryTransport();
const refusing: typeof unable = Object.assign(
  async (host: Parameters<typeof unable>[0]) => {
    const parts = await unable(host);
    parts.transport.subscribe = () => Promise.reject(new Error('the start failed elsewhere'));
    return parts;
  },
  { transportName: 'memory' },
);
@Injectable()
class OtherHandler {
  @OnOpenEdxEvent(NOTED, { bus: 'other', topic: TOPIC })
  handle(): void {}
}
const other = EventBusModule.forRoot({ ...common, name: 'other', transport: refusing });

@Module(
  PLACE === 'another bus'
    ? { imports: [other, bus], providers: [Handler, OtherHandler] }
    : { imports: [bus], providers: [Handler, Failing] },
)
class AppModule {}

try {
  await NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
  say('started');
} catch (error) {
  say((error as Error).message);
  process.exitCode = 7;
}
