import { randomUUID } from 'node:crypto';
import { Injectable, type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { monotonicNow } from '../../lib/common/clocks.js';
import { DeadLetters, type RedrivenLetter } from '../../lib/dead-letters/index.js';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { getEventBusTransportToken } from '../../lib/event-bus.constants.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import { defineEvent } from '../../lib/events/event-definition.js';
import { long } from '../../lib/events/fields.js';
import { EventBusStatus } from '../../lib/observability/event-bus-status.js';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import type { EventRecord } from '../../lib/transport/transport.interface.js';
import type {
  TransportFactory,
  TransportParts,
} from '../../lib/transport/wire-format.interface.js';
import { waitUntil } from './wait-until.js';

const COUNTED = defineEvent({ type: 'org.example.tests.counted.v1', data: { n: long() } });
const GROUP = 'tests';
const silent = (): void => undefined;
const logger = { log: silent, warn: silent, error: silent, debug: silent };

/** Whether the handler fails. */
let isDown = false;
let calls: number[] = [];

@Injectable()
class Crm {
  @OnOpenEdxEvent(COUNTED, { id: 'crm.sync' })
  sync({ n }: { n: number }): void {
    calls.push(n);
    if (isDown) throw new Error('the CRM is down');
  }
}

interface Started {
  readonly letters: DeadLetters;
  readonly producer: EventBusProducer;
  readonly parts: TransportParts;
  readonly counts: () => ReturnType<EventBusStatus['snapshot']>['counts'];
}

async function all<T>(of: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of of) found.push(one);
  return found;
}

const resultsOf = (redriven: readonly RedrivenLetter[]): string[] =>
  redriven.map(({ result }) => result);

/** What a bus does with dead letters, on any transport. Each case has topics of its own, by a prefix. */
export function describeDeadLetters(name: string, transportOf: () => TransportFactory): void {
  describe(`dead letters, ${name}`, () => {
    const apps: INestApplicationContext[] = [];
    let prefix = '';

    async function started(): Promise<Started> {
      @Module({
        imports: [
          EventBusModule.forRoot({
            ...{ transport: transportOf(), events: [COUNTED], logger, group: GROUP },
            ...{ topicPrefix: prefix, retry: { attempts: 1 }, onFailure: 'deadLetter' },
            producerConfig: {
              [COUNTED.type]: { counted: { event_key_field: 'n', enabled: true } },
            },
          }),
        ],
        providers: [Crm],
      })
      class Application {}
      const app = await NestFactory.createApplicationContext(Application, {
        ...{ logger: false, abortOnError: false },
      });
      apps.push(app);
      const status = app.get(EventBusStatus);
      return {
        ...{ letters: app.get(DeadLetters), producer: app.get(EventBusProducer) },
        parts: app.get<TransportParts>(getEventBusTransportToken()),
        counts: () => status.snapshot().counts,
      };
    }

    /** An application with so many letters, numbered from 1. */
    async function withLetters(count: number): Promise<Started> {
      isDown = true;
      const app = await started();
      for (let n = 1; n <= count; n++) await app.producer.send(COUNTED, { n });
      await waitUntil(() => app.counts().deadLettered === count, 30_000);
      isDown = false;
      calls = [];
      return app;
    }

    /** The first record of a topic, as the broker has it. */
    async function firstOf({ transport }: TransportParts, topic: string): Promise<EventRecord> {
      const records: EventRecord[] = [];
      const handle = await transport.subscribe(
        { topics: [topic], group: null, start: 'earliest', maxInFlight: 10 },
        {
          deliver: (batch) => {
            for (const delivery of batch) {
              records.push(delivery.record);
              delivery.settle();
            }
          },
          revoke: () => Promise.resolve(),
          notice: silent,
          end: silent,
        },
      );
      await waitUntil(() => records.length > 0, 30_000);
      await handle.stop(monotonicNow() + 5_000);
      return records[0]!;
    }

    beforeEach(() => {
      prefix = `p${randomUUID().slice(0, 8)}`;
      isDown = false;
      calls = [];
    });
    afterEach(async () => {
      await Promise.all(apps.splice(0).map((app) => app.close()));
    });

    it('keeps a record with its bytes, behind them the reasons, in a topic named after topic and group (B-09)', async () => {
      const { parts, letters } = await withLetters(1);
      const name = `${prefix}-counted-${GROUP}-dlq`;
      const original = await firstOf(parts, `${prefix}-counted`);
      const letter = await firstOf(parts, name);
      const own = original.attributes.length;
      expect(letter.key).toEqual(original.key);
      expect(letter.value).toEqual(original.value);
      expect(letter.attributes.slice(0, own)).toEqual(original.attributes);
      const texts = Object.fromEntries(
        letter.attributes.slice(own).map(([attribute, bytes]) => [attribute, String(bytes)]),
      );
      const [found] = (await letters.list()).letters;
      expect(texts).toMatchObject({
        '__dlq.errors.topic': `${prefix}-counted`,
        '__dlq.errors.partition': found!.original!.partition,
        '__dlq.errors.offset': found!.original!.offset,
        '__dlq.errors.group': GROUP,
        '__dlq.errors.message': 'crm.sync: the CRM is down',
        'openedx.dlq.id': found!.id,
        'openedx.dlq.code': 'HANDLERS_FAILED',
        'openedx.dlq.redrives': '0',
      });
      expect(found!.position).toMatchObject({
        topic: name,
        partition: found!.original!.partition,
      });
      expect(await letters.data(found!)).toEqual({ n: 1 });
    });

    it('redrives to the handler, with the same event id, and keeps a history', async () => {
      const { letters, counts } = await withLetters(3);
      const ids = (await letters.list()).letters.map(({ metadata }) => metadata!.id);
      const redriven = await all(letters.redrive({ topic: 'counted' }, { by: 'me' }));
      expect(resultsOf(redriven)).toEqual(['handled', 'handled', 'handled']);
      expect(redriven.map(({ letter }) => letter.metadata!.id)).toEqual(ids);
      expect(calls.toSorted()).toEqual([1, 2, 3]);
      expect(await all(letters.all())).toEqual([]);
      const history = await all(letters.history());
      expect(history.map(({ action, by }) => `${action} ${by}`)).toEqual(
        new Array(3).fill('redriven me'),
      );
      expect(counts()).toMatchObject({ deadLettered: 3, handled: 0 });
    });

    it('makes one letter again of what fails again, with one redrive more', async () => {
      const { letters } = await withLetters(1);
      const [first] = (await letters.list()).letters;
      for (let redrives = 1; redrives <= 3; redrives++) {
        isDown = true;
        expect(resultsOf(await all(letters.redrive({ id: first!.id })))).toEqual(['failedAgain']);
        isDown = false;
        const open = await all(letters.all());
        expect(open).toMatchObject([{ id: first!.id, redrives, firstTime: first!.firstTime }]);
        expect(open[0]!.record).toEqual(first!.record);
      }
      expect(resultsOf(await all(letters.redrive({ id: first!.id })))).toEqual(['handled']);
      expect(await all(letters.all())).toEqual([]);
    });

    it('sends to the topic again, when asked', async () => {
      const { letters, counts } = await withLetters(1);
      expect(resultsOf(await all(letters.redrive({ topic: 'counted' }, { to: 'topic' })))).toEqual([
        'sent',
      ]);
      await waitUntil(() => counts().handled === 1, 30_000);
      expect(calls).toEqual([1]);
      expect(await all(letters.all())).toEqual([]);
    });

    it('discards with a reason; the rest is listed page by page', async () => {
      const { letters } = await withLetters(5);
      const found = await all(letters.all());
      expect(await letters.discard({ id: found[1]!.id }, 'test data')).toBe(1);
      expect(await all(letters.history())).toMatchObject([
        { id: found[1]!.id, action: 'discarded', reason: 'test data' },
      ]);
      const ids: string[] = [];
      let after: string | undefined;
      do {
        const page = await letters.list({ limit: 3, after });
        ids.push(...page.letters.map(({ id }) => id));
        after = page.next;
      } while (after !== undefined);
      expect(ids).toEqual(found.filter((_, i) => i !== 1).map(({ id }) => id));
    });

    it('redrives each letter once, where two processes do it at the same time', async () => {
      const one = await withLetters(60);
      const other = await started();
      const both = await Promise.all(
        [one, other].map(({ letters }) => all(letters.redrive({ topic: 'counted' }))),
      );
      const inOrder = calls.toSorted((a, b) => a - b);
      expect(inOrder).toEqual(Array.from({ length: 60 }, (_, n) => n + 1));
      const results = resultsOf(both.flat());
      expect(results.filter((result) => result === 'handled')).toHaveLength(60);
      expect(results.filter((result) => !['handled', 'reserved'].includes(result))).toEqual([]);
      expect(await all(one.letters.all())).toEqual([]);
    });
  });
}
