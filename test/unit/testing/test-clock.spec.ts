import { Injectable, Module, type INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { OnOpenEdxEvent } from '../../../lib/decorators/on-open-edx-event.decorator.js';
import { ConfigurationError, HandlersFailedError } from '../../../lib/errors/index.js';
import { EventBusModule } from '../../../lib/event-bus.module.js';
import { defineEvent } from '../../../lib/events/event-definition.js';
import { long } from '../../../lib/events/fields.js';
import { EventBusTestKit, type TestKitOptions } from '../../../lib/testing/index.js';
import { memoryTransport } from '../../../lib/transport/memory/index.js';
import { waitUntil } from '../../support/wait-until.js';

const COUNTED = defineEvent({ type: 'org.example.counted.v1', data: { n: long() } });
const DAY = 86_400_000;
// On a busy machine too.
const PATIENT = { timeout: 20_000 };

@Injectable()
class Counter {
  readonly attempts: number[] = [];
  /** How many attempts fail. */
  failures = Infinity;

  @OnOpenEdxEvent(COUNTED, { topic: 'counts' })
  async count({ n }: { n: number }): Promise<void> {
    this.attempts.push(n);
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (this.failures-- > 0) throw new Error(`no ${n}`);
  }
}

let app: INestApplicationContext;
let counter: Counter;

async function kitWith(options: TestKitOptions | undefined, concurrency = 1) {
  const bus = EventBusModule.forRoot({
    transport: memoryTransport(),
    group: 'tests',
    events: [COUNTED],
    concurrency,
    retry: { attempts: 4, delayMs: DAY, factor: 2, maxDelayMs: 3 * DAY },
    logger: { log() {}, warn() {}, error() {}, debug() {} },
  });
  @Module({ imports: [bus], providers: [Counter] })
  class AppModule {}
  const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
  app = await module.createNestApplication({ logger: false }).init();
  counter = app.get(Counter);
  return EventBusTestKit.of(app, options);
}
afterEach(() => app.close());

it('instant: every attempt follows at once', async () => {
  const kit = await kitWith({ clock: 'instant' });
  counter.failures = 2;
  await kit.emit(COUNTED, { n: 1 }, PATIENT);
  expect(counter.attempts).toEqual([1, 1, 1]);
  counter.failures = Infinity;
  await expect(kit.emit(COUNTED, { n: 2 }, PATIENT)).rejects.toThrow(HandlersFailedError);
  expect(counter.attempts).toEqual([1, 1, 1, 2, 2, 2, 2]);
});

it('manual: an attempt follows when its delay is over by the clock', async () => {
  const kit = await kitWith({ clock: 'manual' });
  counter.failures = 2;
  const handled = kit.emit(COUNTED, { n: 1 }, PATIENT);
  await kit.clock.advance(0);
  expect(counter.attempts).toEqual([1]);
  expect(kit.clock.waiting).toEqual([DAY]);
  await kit.clock.advance(DAY - 1);
  expect(counter.attempts).toEqual([1]);
  expect(kit.clock.waiting).toEqual([1]);
  await kit.clock.advance(1);
  expect(counter.attempts).toEqual([1, 1]);
  expect(kit.clock.waiting).toEqual([2 * DAY]);
  await kit.clock.advance(5 * DAY);
  await handled;
  expect(counter.attempts).toEqual([1, 1, 1]);
  expect(kit.clock.waiting).toEqual([]);
});

it('manual: one step runs all attempts that are due within it, to the last failure', async () => {
  const kit = await kitWith({ clock: 'manual' });
  const handled = kit.emit(COUNTED, { n: 1 }, PATIENT);
  await kit.clock.advance(DAY + 2 * DAY + 3 * DAY);
  expect(counter.attempts).toEqual([1, 1, 1, 1]);
  await expect(handled).rejects.toThrow(HandlersFailedError);
});

it('manual: events wait behind one of the same partition, whose attempts come first', async () => {
  const kit = await kitWith({ clock: 'manual' });
  counter.failures = 1;
  const both = [1, 2].map((n) => kit.emit(COUNTED, { n }, PATIENT));
  await kit.clock.advance(0);
  expect(counter.attempts).toEqual([1]);
  await kit.clock.advance(DAY);
  await Promise.all(both);
  expect(counter.attempts).toEqual([1, 1, 2]);
});

it('manual: the application closes although an event waits', async () => {
  const kit = await kitWith({ clock: 'manual' });
  const handled = kit.emit(COUNTED, { n: 1 }, { timeout: 300 });
  await kit.clock.advance(0);
  await app.close();
  expect(kit.clock.waiting).toEqual([]);
  await expect(handled).rejects.toMatchObject({ code: 'SEND_TIMEOUT' });
});

it('manual: two kits of buses of one application have clocks of their own', async () => {
  const logger = { log() {}, warn() {}, error() {}, debug() {} };
  const of = (name: string) => ({
    name,
    transport: memoryTransport(),
    group: 'tests',
    events: [COUNTED],
    retry: { attempts: 2, delayMs: DAY, maxDelayMs: DAY },
    logger,
  });
  const calls: string[] = [];
  class Both {
    @OnOpenEdxEvent(COUNTED, { topic: 'counts', bus: 'one' })
    one(): void {
      calls.push('one');
      throw new Error('one');
    }

    @OnOpenEdxEvent(COUNTED, { topic: 'counts', bus: 'two' })
    two(): void {
      calls.push('two');
      throw new Error('two');
    }
  }
  @Module({
    imports: [EventBusModule.forRoot(of('one')), EventBusModule.forRoot(of('two'))],
    providers: [Both],
  })
  class AppModule {}
  const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
  app = await module.createNestApplication({ logger: false }).init();
  const kits = ['one', 'two'].map((bus) => EventBusTestKit.of(app, { bus, clock: 'manual' }));
  const handled = kits.map((kit) => kit.emit(COUNTED, { n: 1 }, PATIENT));
  for (const kit of kits) await kit.clock.advance(0);
  await kits[1]!.clock.advance(DAY);
  expect(calls).toEqual(['one', 'two', 'two']);
  expect(kits.map(({ clock }) => clock.waiting)).toEqual([[DAY], []]);
  await kits[0]!.clock.advance(DAY);
  for (const one of handled) await expect(one).rejects.toThrow(HandlersFailedError);
});

it('system: the delays are those of the settings, and there is no clock to move', async () => {
  const kit = await kitWith(undefined);
  const handled = kit.emit(COUNTED, { n: 1 }, { timeout: 500 });
  await expect(handled).rejects.toMatchObject({ code: 'SEND_TIMEOUT' });
  await waitUntil(() => counter.attempts.length === 1);
  expect(() => kit.clock).toThrow(ConfigurationError);
});
