import { Injectable, Module, type INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { OnOpenEdxEvent } from '../../../lib/decorators/on-open-edx-event.decorator.js';
import {
  ConfigurationError,
  SendTimeoutError,
  HandlersFailedError,
  InvalidEventDataError,
} from '../../../lib/errors/index.js';
import { EventBusModule } from '../../../lib/event-bus.module.js';
import { defineEvent } from '../../../lib/events/event-definition.js';
import { datetime, long, string } from '../../../lib/events/fields.js';
import { EventBusProducer } from '../../../lib/producing/event-bus-producer.js';
import { EventBusTestKit } from '../../../lib/testing/index.js';
import { MemoryBroker, memoryTransport } from '../../../lib/transport/memory/index.js';

const ASKED = defineEvent({ type: 'org.example.kit.asked.v1', data: { n: long() } });
const ANSWERED = defineEvent({
  type: 'org.example.kit.answered.v1',
  data: { text: string(), at: datetime() },
});
const UNHANDLED = defineEvent({ type: 'org.example.kit.unhandled.v1', data: { n: long() } });

@Injectable()
class Answerer {
  constructor(private readonly producer: EventBusProducer) {}

  @OnOpenEdxEvent(ASKED, { topic: 'questions' })
  async answer({ n }: { n: number }): Promise<void> {
    if (n < 0) throw new Error('cannot answer');
    if (n === 0) await new Promise((resolve) => setTimeout(resolve, 300));
    const data = { text: `answer ${n}`, at: '2024-05-07T08:09:10Z' };
    await this.producer.send(ANSWERED, data, { topic: 'answers' });
  }
}

const quiet = { log() {}, warn() {}, error() {}, debug() {} };
let app: INestApplicationContext;
let kit: EventBusTestKit;

beforeEach(async () => {
  const bus = EventBusModule.forRoot({
    transport: memoryTransport(),
    topicPrefix: 'dev',
    group: 'tests',
    events: [ASKED, ANSWERED, UNHANDLED],
    retry: { attempts: 1 },
    logger: quiet,
  });
  @Module({ imports: [bus], providers: [Answerer] })
  class AppModule {}
  const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
  app = await module.createNestApplication({ logger: false }).init();
  kit = EventBusTestKit.of(app);
});

afterEach(() => app.close());

it('emits to the handlers and waits until they are done', async () => {
  await kit.emit(ASKED, { n: 7 });
  expect(await kit.sent(ANSWERED)).toEqual([
    {
      topic: 'answers',
      data: { text: 'answer 7', at: '2024-05-07T08:09:10+00:00' },
      metadata: expect.objectContaining({ type: ANSWERED.type, sourcelib: [11, 2, 0] }),
    },
  ]);
});

it('does not take what it emitted for something that the application sent', async () => {
  await kit.emit(ASKED, { n: 1 });
  await app.get(EventBusProducer).send(ASKED, { n: 2 }, { topic: 'questions' });
  expect((await kit.sent(ASKED)).map(({ data }) => data.n)).toEqual([2]);
});

it('knows what was sent without being awaited', async () => {
  app.get(EventBusProducer).emit(UNHANDLED, { n: 3 }, { topic: 'elsewhere' });
  expect(await kit.sent(UNHANDLED)).toMatchObject([{ topic: 'elsewhere', data: { n: 3 } }]);
});

it('without an event knows all that the application sent', async () => {
  app.get(EventBusProducer).emit(UNHANDLED, { n: 3 }, { topic: 'elsewhere' });
  await kit.emit(ASKED, { n: 1 });
  expect((await kit.sent()).map(({ metadata }) => metadata.type).sort()).toEqual([
    ANSWERED.type,
    UNHANDLED.type,
  ]);
});

it('passes metadata as another service would have written it', async () => {
  const id = '3f2a9d5e-0c4b-11ef-9a3c-0242ac120002';
  await kit.emit(ASKED, { n: 1 }, { metadata: { id, source: 'openedx/lms/web' } });
  await kit.emit(ASKED, { n: 1 }, { metadata: { id } });
  expect(await kit.sent(ANSWERED)).toHaveLength(2);
});

it('rejects with the error of the handler', async () => {
  const error: unknown = await kit.emit(ASKED, { n: -1 }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(HandlersFailedError);
  expect((error as HandlersFailedError).failures[0]!.error).toMatchObject({
    message: 'cannot answer',
  });
  await kit.emit(ASKED, { n: 1 });
});

it('rejects in time when a handler takes too long', async () => {
  const emitting = kit.emit(ASKED, { n: 0 }, { timeout: 50 });
  await expect(emitting).rejects.toThrow(SendTimeoutError);
  await expect(emitting).rejects.toThrow(/^Handling in .+ timed out after \d+ ms \(topic /);
});

it('refuses data as sending would', async () => {
  await expect(kit.emit(ASKED, { n: 'x' } as never)).rejects.toThrow(InvalidEventDataError);
});

it('says when nobody handles the event', async () => {
  await expect(kit.emit(UNHANDLED, { n: 1 })).rejects.toThrow(ConfigurationError);
  const topic = { topic: 'questions' };
  await expect(kit.emit(UNHANDLED, { n: 1 }, topic)).rejects.toThrow(ConfigurationError);
  await expect(kit.emit(ASKED, { n: 1 }, { topic: 'nobody' })).rejects.toThrow(ConfigurationError);
});

it('refuses a bus that is not embedded', async () => {
  const factory = Object.assign(
    async (...host: Parameters<ReturnType<typeof memoryTransport>>) => {
      const parts = await memoryTransport({ broker: new MemoryBroker() })(...host);
      const transport = Object.create(parts.transport, { unwrap: { value: () => ({}) } });
      return { ...parts, transport };
    },
    { transportName: 'other' },
  );
  const bus = EventBusModule.forRoot({ transport: factory, logger: quiet });
  const module = await Test.createTestingModule({ imports: [bus] }).compile();
  expect(() => EventBusTestKit.of(module)).toThrow(ConfigurationError);
});
