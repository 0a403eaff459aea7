import { Injectable, Module, type INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { OnOpenEdxEvent } from '../../../lib/decorators/on-open-edx-event.decorator.js';
import { HandlersFailedError } from '../../../lib/errors/index.js';
import { EventBusModule } from '../../../lib/event-bus.module.js';
import { defineEvent } from '../../../lib/events/event-definition.js';
import { long } from '../../../lib/events/fields.js';
import { EventBusTestKit } from '../../../lib/testing/index.js';
import { memoryTransport } from '../../../lib/transport/memory/index.js';

const COUNTED = defineEvent({ type: 'org.example.counted.v1', data: { n: long() } });
const OTHER = defineEvent({ type: 'org.example.other.v1', data: { n: long() } });

@Injectable()
class Counter {
  isDown = true;
  readonly attempts: number[] = [];

  @OnOpenEdxEvent([COUNTED, OTHER], { id: 'counter', topic: 'counts' })
  count({ n }: { n: number }): void {
    this.attempts.push(n);
    if (this.isDown) throw new Error(`no ${n}`);
  }
}

let app: INestApplicationContext;
let kit: EventBusTestKit;
let counter: Counter;

beforeEach(async () => {
  const bus = EventBusModule.forRoot({
    ...{ transport: memoryTransport(), group: 'tests', events: [COUNTED, OTHER] },
    ...{ retry: { attempts: 2, delayMs: 86_400_000 }, onFailure: 'deadLetter' },
    logger: { log() {}, warn() {}, error() {}, debug() {} },
  });
  @Module({ imports: [bus], providers: [Counter] })
  class AppModule {}
  const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
  app = await module.createNestApplication({ logger: false }).init();
  counter = app.get(Counter);
  kit = EventBusTestKit.of(app, { clock: 'instant' });
});
afterEach(() => app.close());

const emit = (event: typeof COUNTED, n: number) =>
  expect(kit.emit(event, { n })).rejects.toThrow(HandlersFailedError);

it('has the dead letters of all events, or of one, which are nothing that the application sent', async () => {
  await emit(COUNTED, 1);
  await emit(OTHER as unknown as typeof COUNTED, 2);
  expect(counter.attempts).toEqual([1, 1, 2, 2]);
  expect(await kit.deadLetters()).toMatchObject([
    { type: COUNTED.type, handlers: [{ id: 'counter', message: 'no 1' }], redrives: 0 },
    { type: OTHER.type, handlers: [{ id: 'counter', message: 'no 2' }], redrives: 0 },
  ]);
  expect(await kit.deadLetters(OTHER)).toHaveLength(1);
  expect(await kit.sent()).toEqual([]);
});

it('redrives those of one event, or all, without waiting between attempts', async () => {
  expect(await kit.redrive()).toEqual([]);
  await emit(COUNTED, 1);
  await emit(OTHER as unknown as typeof COUNTED, 2);
  counter.attempts.length = 0;
  expect(await kit.redrive(COUNTED)).toMatchObject([{ result: 'failedAgain' }]);
  expect(counter.attempts).toEqual([1, 1]);
  counter.isDown = false;
  expect((await kit.redrive()).map(({ result }) => result)).toEqual(['handled', 'handled']);
  expect(counter.attempts.slice(2).toSorted()).toEqual([1, 2]);
  expect(await kit.deadLetters()).toEqual([]);
});
