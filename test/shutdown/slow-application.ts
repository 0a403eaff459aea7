import 'reflect-metadata';
import { Injectable, Module, type OnModuleDestroy } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import type { OpenEdxEventContext } from '../../lib/consuming/handlers/event-context.js';
import { defineEvent } from '../../lib/events/event-definition.js';
import { long } from '../../lib/events/fields.js';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import { memoryTransport } from '../../lib/transport/memory/index.js';
import { unreachableTransport } from '../support/unreachable-transport.js';

// HANDLER_MS: its handler works that long on one event. Without, its broker never answers.
// SHUTDOWN_MS: its shutdownTimeout.
const ms = process.env['HANDLER_MS'];
const shutdownMs = process.env['SHUTDOWN_MS'];
const say = (line: string) => process.stdout.write(`${line}\n`);

const SLOW = defineEvent({ type: 'org.example.tests.slow.v1', data: { ms: long() } });

@Injectable()
class SlowHandler implements OnModuleDestroy {
  @OnOpenEdxEvent(SLOW, { topic: 'slow' })
  async handle(data: { ms: number }, { signal }: OpenEdxEventContext): Promise<void> {
    say('begin');
    await new Promise((resolve) => {
      setTimeout(resolve, data.ms).unref();
      signal.addEventListener('abort', resolve);
    });
    say(signal.aborted ? 'aborted' : 'end');
    signal.throwIfAborted();
  }
  onModuleDestroy(): void {
    say('destroyed');
  }
}

const quiet = { log() {}, warn() {}, error() {}, debug() {} };
const bus = EventBusModule.forRoot({
  transport: ms === undefined ? unreachableTransport() : memoryTransport(),
  connect: 'background',
  group: 'tests',
  ...(shutdownMs !== undefined && { shutdownTimeout: Number(shutdownMs) }),
  events: [SLOW],
  logger: quiet,
});

@Module({ imports: [bus], providers: [SlowHandler] })
class AppModule {}

const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
app.enableShutdownHooks([], { useProcessExit: true });
const alive = setInterval(() => undefined, 1000);
if (ms !== undefined)
  await app.get(EventBusProducer).send(SLOW, { ms: Number(ms) }, { topic: 'slow' });
say('ready');
process.on('exit', () => clearInterval(alive));
