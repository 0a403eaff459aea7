import { Injectable, type INestApplicationContext, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { OnOpenEdxEvent } from '../../../lib/decorators/on-open-edx-event.decorator.js';
import { HandlersFailedError } from '../../../lib/errors/index.js';
import { EventBusModule } from '../../../lib/event-bus.module.js';
import { defineEvent } from '../../../lib/events/event-definition.js';
import { long } from '../../../lib/events/fields.js';
import { EventBusStatus } from '../../../lib/observability/event-bus-status.js';
import { EventBusTestKit, type TestKitOptions } from '../../../lib/testing/index.js';
import { memoryTransport } from '../../../lib/transport/memory/index.js';

const COUNTED = defineEvent({ type: 'org.example.counted.v1', data: { n: long() } });
const MINUTE = 60_000;
const DAY = 86_400_000;
const PATIENT = { timeout: 20_000 };

/** How often each handler fails, and its calls. */
const failures = { crm: Infinity, mail: 0 };
const calls: string[] = [];

@Injectable()
class Handlers {
  @OnOpenEdxEvent(COUNTED, { id: 'crm', topic: 'counts' })
  crm({ n }: { n: number }): void {
    calls.push(`crm ${n}`);
    if (failures.crm-- > 0) throw new Error(`no ${n}`);
  }

  @OnOpenEdxEvent(COUNTED, { id: 'mail', topic: 'counts' })
  mail({ n }: { n: number }): void {
    calls.push(`mail ${n}`);
    if (failures.mail-- > 0) throw new Error(`no mail ${n}`);
  }
}

let app: INestApplicationContext;
const counts = () => app.get(EventBusStatus).snapshot().counts;

async function kitWith(options: TestKitOptions): Promise<EventBusTestKit> {
  const bus = EventBusModule.forRoot({
    ...{ transport: memoryTransport(), group: 'tests', events: [COUNTED] },
    retry: { attempts: 2, delayMs: 1_000, later: ['1m', '1d', '30d'] },
    ...{ onFailure: 'deadLetter', logger: { log() {}, warn() {}, error() {}, debug() {} } },
  });
  @Module({ imports: [bus], providers: [Handlers] })
  class AppModule {}
  const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
  app = await module.createNestApplication({ logger: false }).init();
  return EventBusTestKit.of(app, options);
}

beforeEach(() => {
  calls.length = 0;
  Object.assign(failures, { crm: Infinity, mail: 0 });
});
afterEach(() => app.close());

it('instant: emit goes through all later retries, to the dead letter', async () => {
  const kit = await kitWith({ clock: 'instant' });
  await expect(kit.emit(COUNTED, { n: 1 }, PATIENT)).rejects.toThrow(HandlersFailedError);
  expect(calls.filter((call) => call === 'crm 1')).toHaveLength(5);
  expect(calls.filter((call) => call === 'mail 1')).toHaveLength(1);
  expect(await kit.deadLetters()).toMatchObject([{ deliveryCount: 5, handlers: [{ id: 'crm' }] }]);
  expect(await kit.sent()).toEqual([]);
  expect(counts()).toMatchObject({ retried: 4, retriedLater: 3, deadLettered: 1, handled: 0 });
});

it('instant: emit resolves once a later retry has succeeded, and goes on with the next event', async () => {
  const kit = await kitWith({ clock: 'instant' });
  failures.crm = 3;
  await kit.emit(COUNTED, { n: 1 }, PATIENT);
  await kit.emit(COUNTED, { n: 2 }, PATIENT);
  expect(calls).toEqual(['crm 1', 'mail 1', 'crm 1', 'crm 1', 'crm 1', 'crm 2', 'mail 2']);
  expect(counts()).toMatchObject({ retriedLater: 2, handled: 2, failed: 0 });
});

it('instant: redrive has no later retries', async () => {
  const kit = await kitWith({ clock: 'instant' });
  await expect(kit.emit(COUNTED, { n: 1 }, PATIENT)).rejects.toThrow(HandlersFailedError);
  calls.length = 0;
  expect(await kit.redrive()).toMatchObject([{ result: 'failedAgain' }]);
  expect(calls).toEqual(['crm 1', 'crm 1']);
  failures.crm = 0;
  expect(await kit.redrive()).toMatchObject([{ result: 'handled' }]);
  expect(counts()).toMatchObject({ retriedLater: 3 });
});

it('manual: an attempt follows when its delay is over by the clock', async () => {
  const kit = await kitWith({ clock: 'manual' });
  failures.crm = 3;
  const handled = kit.emit(COUNTED, { n: 1 }, PATIENT);
  const attempts = async (ms: number): Promise<number> => {
    await kit.clock.advance(ms);
    return calls.filter((call) => call === 'crm 1').length;
  };
  expect(await attempts(0)).toBe(1);
  expect(await attempts(1_000)).toBe(2);
  expect(counts().retriedLater).toBe(1);
  expect(await attempts(MINUTE - 1)).toBe(2);
  expect(await attempts(1)).toBe(3);
  expect(await attempts(DAY - 1)).toBe(3);
  expect(await attempts(1)).toBe(4);
  await handled;
  expect(calls.filter((call) => call === 'mail 1')).toHaveLength(1);
  expect(counts()).toMatchObject({ retriedLater: 2, handled: 1 });
});

it('manual: one step over all delays makes all attempts', async () => {
  const kit = await kitWith({ clock: 'manual' });
  const handled = kit.emit(COUNTED, { n: 1 }, PATIENT);
  await kit.clock.advance(40 * DAY);
  await expect(handled).rejects.toThrow(HandlersFailedError);
  expect(calls.filter((call) => call === 'crm 1')).toHaveLength(5);
  expect(await kit.deadLetters()).toHaveLength(1);
});
