import { randomUUID } from 'node:crypto';
import { Injectable, type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { monotonicNow, systemNow } from '../../lib/common/clocks.js';
import type { OpenEdxEventContext } from '../../lib/consuming/handlers/event-context.js';
import { DeadLetters } from '../../lib/dead-letters/index.js';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { UnrecoverableError } from '../../lib/errors/index.js';
import { getEventBusTransportToken } from '../../lib/event-bus.constants.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import type { EventBusOptions } from '../../lib/event-bus.options.js';
import { defineEvent } from '../../lib/events/event-definition.js';
import { long } from '../../lib/events/fields.js';
import { EventBusStatus } from '../../lib/observability/event-bus-status.js';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import type { Delivery, IncomingRecord } from '../../lib/transport/transport.interface.js';
import type {
  TransportFactory,
  TransportParts,
} from '../../lib/transport/wire-format.interface.js';
import { waitUntil } from './wait-until.js';

const COUNTED = defineEvent({ type: 'org.example.tests.counted.v1', data: { n: long() } });
const GROUP = 'tests';
const WAIT_MS = 30_000;
const silent = (): void => undefined;
const logger = { log: silent, warn: silent, error: silent, debug: silent };

interface Call {
  readonly id: string;
  readonly n: number;
  readonly at: number;
  readonly attempt: number;
  readonly offset: string;
  readonly topic: string;
}

/** What the handlers throw, by their id; and their calls. */
const thrown = new Map<string, Error>();
let calls: Call[] = [];

function called(id: string, n: number, { attempt, position, topic }: OpenEdxEventContext): void {
  calls.push({ id, n, at: systemNow(), attempt, offset: position.offset, topic });
  const error = thrown.get(id);
  if (error && n > 0) throw error;
}

@Injectable()
class Crm {
  @OnOpenEdxEvent(COUNTED, { id: 'crm.sync' })
  sync({ n }: { n: number }, context: OpenEdxEventContext): void {
    called('crm.sync', n, context);
  }
}

@Injectable()
class Mail {
  @OnOpenEdxEvent(COUNTED, { id: 'mail.send', retry: { later: [] } })
  send({ n }: { n: number }, context: OpenEdxEventContext): void {
    called('mail.send', n, context);
  }
}

@Injectable()
class One {
  @OnOpenEdxEvent(COUNTED, { id: 'one', topic: 'counted' })
  take({ n }: { n: number }, context: OpenEdxEventContext): void {
    called('one', n, context);
  }
}

@Injectable()
class Other {
  @OnOpenEdxEvent(COUNTED, { id: 'other', topic: 'counted-x' })
  take({ n }: { n: number }, context: OpenEdxEventContext): void {
    called('other', n, context);
  }
}

interface Started {
  readonly app: INestApplicationContext;
  readonly letters: DeadLetters;
  readonly producer: EventBusProducer;
  readonly parts: TransportParts;
  readonly status: EventBusStatus;
  readonly counts: () => ReturnType<EventBusStatus['snapshot']>['counts'];
}

const callsOf = (id: string): Call[] => calls.filter((call) => call.id === id);
const textsOf = ({ attributes }: IncomingRecord): Record<string, string> =>
  Object.fromEntries(attributes.map(([name, bytes]) => [name, String(bytes)]));

/** What a bus does with later retries, on any transport. Each case has topics of its own, by a prefix. */
export function describeLaterRetries(name: string, transportOf: () => TransportFactory): void {
  describe(`later retries, ${name}`, () => {
    const apps: INestApplicationContext[] = [];
    const ends: (() => Promise<void>)[] = [];
    let prefix = '';

    async function started(
      options: EventBusOptions = {},
      providers: (new () => object)[] = [Crm],
    ): Promise<Started> {
      @Module({
        imports: [
          EventBusModule.forRoot({
            ...{ transport: transportOf(), events: [COUNTED], logger, group: GROUP },
            ...{ topicPrefix: prefix, onFailure: 'deadLetter', startFrom: 'latest' },
            retry: { attempts: 2, delayMs: 1, later: ['300ms', '1s'] },
            producerConfig: {
              [COUNTED.type]: { counted: { event_key_field: 'n', enabled: true } },
            },
            ...options,
          }),
        ],
        providers,
      })
      class Application {}
      const app = await NestFactory.createApplicationContext(Application, {
        ...{ logger: false, abortOnError: false },
      });
      apps.push(app);
      const status = app.get(EventBusStatus);
      return {
        ...{ app, letters: app.get(DeadLetters), producer: app.get(EventBusProducer) },
        parts: app.get<TransportParts>(getEventBusTransportToken()),
        ...{ status, counts: () => status.snapshot().counts },
      };
    }

    /** The records of a topic, as they come, read beside everybody. */
    async function watch(
      { transport }: TransportParts,
      topic: string,
    ): Promise<(count: number) => Promise<Delivery[]>> {
      const found: Delivery[] = [];
      const handle = await transport.subscribe(
        {
          ...{ topics: [`${prefix}-${topic}`], group: null, start: 'earliest' },
          maxInFlight: 1_000,
        },
        {
          deliver: (batch) => void found.push(...batch),
          revoke: () => Promise.resolve(),
          notice: silent,
          end: silent,
        },
      );
      ends.push(() => handle.stop(monotonicNow() + 5_000));
      return async (count) => {
        await waitUntil(() => found.length >= count, WAIT_MS);
        return found;
      };
    }

    /** Publishes a copy of a record with other attributes of ours. */
    async function forge(
      { parts }: Started,
      topic: string,
      record: IncomingRecord,
      texts: Readonly<Record<string, string | undefined>>,
    ): Promise<void> {
      const own = record.attributes.filter(([attribute]) => !attribute.startsWith('openedx.retry'));
      const forged = Object.entries(texts).flatMap(([attribute, text]) =>
        text === undefined ? [] : [[`openedx.retry.${attribute}`, Buffer.from(text)] as const],
      );
      const { key, value } = record;
      const [outcome] = await parts.transport.publish(
        [{ topic: `${prefix}-${topic}`, key, value, attributes: [...own, ...forged] }],
        monotonicNow() + 10_000,
      );
      expect(outcome!.status).toBe('sent');
    }

    const TIER = `counted-${GROUP}-retry-300ms`;
    const SECOND_TIER = `counted-${GROUP}-retry-1s`;

    beforeEach(() => {
      prefix = `p${randomUUID().slice(0, 8)}`;
      thrown.clear();
      calls = [];
    });
    afterEach(async () => {
      for (const end of ends.splice(0)) await end();
      await Promise.all(apps.splice(0).map((app) => app.close()));
    });

    it('leaves a record to wait with its bytes, goes on with the next one, and handles it when it is due', async () => {
      const bus = await started({ retry: { attempts: 1, later: ['2s'] } });
      const tier = await watch(bus.parts, `counted-${GROUP}-retry-2s`);
      const topic = await watch(bus.parts, 'counted');
      thrown.set('crm.sync', new Error('the CRM is down'));
      const { id } = await bus.producer.send(COUNTED, { n: 1 });
      await bus.producer.send(COUNTED, { n: -2 });
      await waitUntil(() => bus.counts().retriedLater === 1, WAIT_MS);
      await waitUntil(() => callsOf('crm.sync').some(({ n }) => n === -2), WAIT_MS);
      thrown.clear();
      const [waiting] = await tier(1);
      const original = (await topic(2)).find(
        ({ position }) =>
          position.offset === textsOf(waiting!.record)['openedx.retry.offset'] &&
          position.partition === textsOf(waiting!.record)['openedx.retry.partition'],
      );
      const own = original!.record.attributes.length;
      expect(waiting!.record.key).toEqual(original!.record.key);
      expect(waiting!.record.value).toEqual(original!.record.value);
      expect(waiting!.record.attributes.slice(0, own)).toEqual(original!.record.attributes);
      const texts = textsOf({
        ...waiting!.record,
        attributes: waiting!.record.attributes.slice(own),
      });
      expect(texts).toEqual({
        'openedx.retry.due': expect.stringMatching(/^\d{13}$/) as string,
        'openedx.retry.attempt': '1',
        'openedx.retry.round': '1',
        'openedx.retry.handlers': '["crm.sync"]',
        'openedx.retry.topic': `${prefix}-counted`,
        'openedx.retry.partition': original!.position.partition,
        'openedx.retry.offset': original!.position.offset,
        'openedx.retry.group': GROUP,
        'openedx.retry.first-time': expect.stringMatching(/^\d{4}-/) as string,
        'openedx.retry.original-timestamp': new Date(original!.record.brokerTime!).toISOString(),
      });
      await waitUntil(() => bus.counts().handled === 2, WAIT_MS);
      const again = callsOf('crm.sync').at(-1)!;
      expect(again).toMatchObject({ n: 1, attempt: 2, topic: 'counted' });
      expect(again.offset).toBe(original!.position.offset);
      expect(again.at).toBeGreaterThanOrEqual(waiting!.record.brokerTime! + 2_000);
      expect(Number(texts['openedx.retry.due'])).toBeLessThanOrEqual(again.at);
      expect(bus.counts()).toMatchObject({ retriedLater: 1, deadLettered: 0, failed: 0 });
      expect(id).toMatch(/^[\da-f-]{36}$/);
      await waitUntil(
        () => bus.status.snapshot().sources.every(({ inFlight }) => inFlight === 0),
        WAIT_MS,
      );
    });

    it('tries once after each delay, and then keeps a letter that names the record, its attempts and its first failure', async () => {
      const bus = await started();
      const [tier, secondTier, topic] = [
        await watch(bus.parts, TIER),
        await watch(bus.parts, SECOND_TIER),
        await watch(bus.parts, 'counted'),
      ];
      thrown.set('crm.sync', new Error('the CRM is down'));
      const before = systemNow();
      const { id } = await bus.producer.send(COUNTED, { n: 1 });
      await waitUntil(() => bus.counts().deadLettered === 1, WAIT_MS);
      const made = callsOf('crm.sync');
      expect(made.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
      const [first] = await tier(1);
      const [second] = await secondTier(1);
      expect(made[2]!.at).toBeGreaterThanOrEqual(first!.record.brokerTime! + 300);
      expect(made[3]!.at).toBeGreaterThanOrEqual(second!.record.brokerTime! + 1_000);
      expect(textsOf(second!.record)).toMatchObject({
        'openedx.retry.attempt': '3',
        'openedx.retry.round': '2',
        'openedx.retry.first-time': textsOf(first!.record)['openedx.retry.first-time'],
      });
      const [original] = await topic(1);
      const [letter] = (await bus.letters.list()).letters;
      expect(letter).toMatchObject({
        ...{ topic: 'counted', group: GROUP, code: 'HANDLERS_FAILED', deliveryCount: 4 },
        original: original!.position,
        metadata: { id },
        handlers: [{ id: 'crm.sync', error: 'Error', message: 'the CRM is down' }],
      });
      expect(letter!.firstTime!.getTime()).toBeGreaterThanOrEqual(before);
      expect(letter!.firstTime!.toISOString()).toBe(
        textsOf(first!.record)['openedx.retry.first-time'],
      );
      expect(letter!.record.attributes.filter(([n]) => n.startsWith('openedx.retry'))).toEqual([]);
      expect(bus.counts()).toMatchObject({ retriedLater: 2, handled: 0, failed: 1, retried: 3 });
    });

    it('leaves a record to wait for one handler and keeps a letter for another, and runs neither twice', async () => {
      const bus = await started({}, [Crm, Mail]);
      thrown.set('crm.sync', new Error('the CRM is down'));
      thrown.set('mail.send', new Error('the mail server is down'));
      await bus.producer.send(COUNTED, { n: 1 });
      await waitUntil(() => bus.counts().retriedLater === 1, WAIT_MS);
      thrown.clear();
      await waitUntil(() => bus.counts().handled === 1, WAIT_MS);
      expect(callsOf('mail.send')).toHaveLength(2);
      expect(callsOf('crm.sync').map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
      const { letters } = await bus.letters.list();
      expect(letters.map(({ handlers }) => handlers.map(({ id }) => id))).toEqual([['mail.send']]);
    });

    it('runs only the handler that failed again', async () => {
      const bus = await started({}, [Crm, Mail]);
      thrown.set('crm.sync', new Error('the CRM is down'));
      await bus.producer.send(COUNTED, { n: 1 });
      await waitUntil(() => bus.counts().retriedLater === 1, WAIT_MS);
      thrown.clear();
      await waitUntil(() => bus.counts().handled === 1, WAIT_MS);
      expect(callsOf('mail.send')).toHaveLength(1);
      expect(callsOf('crm.sync')).toHaveLength(3);
      expect((await bus.letters.list()).letters).toEqual([]);
    });

    it('leaves nothing to wait that no retry can cure', async () => {
      const bus = await started();
      thrown.set('crm.sync', new UnrecoverableError('HTTP 400'));
      await bus.producer.send(COUNTED, { n: 1 });
      await waitUntil(() => bus.counts().deadLettered === 1, WAIT_MS);
      expect(callsOf('crm.sync')).toHaveLength(1);
      expect(bus.counts().retriedLater).toBe(0);
    });

    it('may wait equally long several times', async () => {
      const bus = await started({ retry: { attempts: 1, later: ['300ms', '300ms', '300ms'] } });
      thrown.set('crm.sync', new Error('the CRM is down'));
      await bus.producer.send(COUNTED, { n: 1 });
      await waitUntil(() => bus.counts().deadLettered === 1, WAIT_MS);
      expect(callsOf('crm.sync').map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
      expect(bus.counts().retriedLater).toBe(3);
    });

    it('keeps what waits over a restart, for a process that starts at the latest record', async () => {
      const retry = { attempts: 1, later: ['3s'] } as const;
      const first = await started({ retry });
      const tier = await watch(first.parts, `counted-${GROUP}-retry-3s`);
      thrown.set('crm.sync', new Error('the CRM is down'));
      for (const n of [1, 2, 3]) await first.producer.send(COUNTED, { n });
      await waitUntil(() => first.counts().retriedLater === 3, WAIT_MS);
      const waiting = [...(await tier(3))];
      await ends.pop()!();
      await first.app.close();
      thrown.clear();
      calls = [];
      const second = await started({ retry });
      await waitUntil(() => second.counts().handled === 3, WAIT_MS);
      const due = Math.min(...waiting.map(({ record }) => record.brokerTime!)) + 3_000;
      for (const { at, attempt } of calls) {
        expect(at).toBeGreaterThanOrEqual(due);
        expect(attempt).toBe(2);
      }
      expect(calls.map(({ n }) => n).sort()).toEqual([1, 2, 3]);
    });

    it('believes no record that others wrote there: it keeps a letter, and goes on', async () => {
      const bus = await started();
      const tier = await watch(bus.parts, TIER);
      thrown.set('crm.sync', new Error('the CRM is down'));
      await bus.producer.send(COUNTED, { n: 1 });
      const [{ record }] = (await tier(1)) as [Delivery];
      await waitUntil(() => bus.counts().deadLettered === 1, WAIT_MS);
      thrown.clear();
      calls = [];
      const good = {
        ...{ due: '253402300799999', attempt: '1', round: '1', handlers: '["crm.sync"]' },
        ...{ topic: `${prefix}-counted`, partition: '0', offset: '7', group: GROUP },
      };
      const forged: Record<string, string | undefined>[] = [
        {},
        { ...good, attempt: '-1' },
        { ...good, attempt: '9'.repeat(400) },
        { ...good, round: '1000000' },
        { ...good, round: undefined },
        { ...good, handlers: '{}' },
        { ...good, handlers: '[1]' },
        { ...good, handlers: `["${'x'.repeat(70_000)}"]` },
        { ...good, topic: `${prefix}-other` },
        { ...good, group: 'others' },
        { ...good, offset: undefined },
      ];
      for (const texts of forged) await forge(bus, TIER, record, texts);
      // Due in the year 9999: it waits no longer than the others.
      await forge(bus, TIER, record, good);
      await waitUntil(() => bus.counts().handled === 1, WAIT_MS);
      expect(callsOf('crm.sync')).toHaveLength(1);
      expect(callsOf('crm.sync')[0]).toMatchObject({ n: 1, attempt: 2, offset: '7' });
      await waitUntil(() => bus.counts().deadLettered === 1 + forged.length, WAIT_MS);
      expect(bus.counts()).toMatchObject({ unusable: forged.length });
    });

    it('leaves records to another group whose retry topic has the same name', async () => {
      const retry = { attempts: 1, later: ['300ms'] as const };
      const producerConfig = {
        [COUNTED.type]: {
          counted: { event_key_field: 'n', enabled: true },
          'counted-x': { event_key_field: 'n', enabled: true },
        },
      };
      // Both wait on counted-x-tests-retry-300ms.
      const first = { retry, producerConfig, group: 'x-tests' };
      const second = { retry, producerConfig, group: 'tests' };
      const joined = await started(second, [Other]);
      await joined.app.close();
      const one = await started(first, [One]);
      thrown.set('one', new Error('the CRM is down'));
      await one.producer.send(COUNTED, { n: 1 }, { topic: 'counted' });
      await waitUntil(() => one.counts().retriedLater === 1, WAIT_MS);
      await one.app.close();
      const other = await started(second, [Other]);
      thrown.set('other', new Error('once'));
      await other.producer.send(COUNTED, { n: 1 }, { topic: 'counted-x' });
      await waitUntil(() => other.counts().retriedLater === 1, WAIT_MS);
      thrown.clear();
      await waitUntil(() => other.counts().handled === 1, WAIT_MS);
      expect(other.counts()).toMatchObject({ unusable: 0, deadLettered: 0, failed: 0 });
      await other.app.close();
      const again = await started(first, [One]);
      await waitUntil(() => again.counts().handled === 1, WAIT_MS);
      expect(callsOf('one').map(({ n, attempt, topic }) => ({ n, attempt, topic }))).toEqual([
        { n: 1, attempt: 1, topic: 'counted' },
        { n: 1, attempt: 2, topic: 'counted' },
      ]);
      expect(again.counts()).toMatchObject({ unusable: 0, deadLettered: 0, failed: 0 });
    });

    it('keeps a letter for a handler that does not exist any more', async () => {
      const first = await started({ retry: { attempts: 1, later: ['1s'] } });
      thrown.set('crm.sync', new Error('the CRM is down'));
      await first.producer.send(COUNTED, { n: 1 });
      await waitUntil(() => first.counts().retriedLater === 1, WAIT_MS);
      await first.app.close();
      @Injectable()
      class Renamed {
        @OnOpenEdxEvent(COUNTED, { id: 'crm.sync2' })
        sync({ n }: { n: number }, context: OpenEdxEventContext): void {
          called('crm.sync2', n, context);
        }
      }
      const second = await started({ retry: { attempts: 1, later: ['1s'] } }, [Renamed]);
      await waitUntil(() => second.counts().deadLettered === 1, WAIT_MS);
      const [letter] = (await second.letters.list()).letters;
      expect(letter!.handlers).toMatchObject([{ id: 'crm.sync', error: 'HandlerGoneError' }]);
      expect(callsOf('crm.sync2')).toEqual([]);
    });
  });
}
