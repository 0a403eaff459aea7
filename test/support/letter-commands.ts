import { randomUUID } from 'node:crypto';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ApplicationHost } from '../../lib/cli/application-host.js';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { DeadLetters } from '../../lib/dead-letters/index.js';
import { EventBusStatus } from '../../lib/observability/event-bus-status.js';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import type { TransportFactory } from '../../lib/transport/wire-format.interface.js';
import { waitUntil } from './wait-until.js';
import { cli, type CliRunOptions } from './cli.js';

const TYPE = 'org.openedx.enterprise.subsidy.redeemed.v1';
const PREFIX = 'dev';
const quiet = (): void => undefined;
const data = (n: number) => ({
  redemption: { subsidy_identifier: `s${n}`, content_key: 'c', lms_user_id: n },
});

/** The command dead-letters on one broker, inside an application and by itself, with settings of the environment. */
export function describeLetterCommands(
  broker: string,
  transport: () => TransportFactory,
  env: () => Record<string, string>,
): void {
  describe(`dead-letters on ${broker}`, () => {
    it('lists, shows, redrives, discards and tells the history, in an application and without one', async () => {
      const topic = `letters-${randomUUID()}`;
      const group = `group-${randomUUID()}`;
      let isFailing = true;
      const handled: number[] = [];

      @Injectable()
      class Redemptions {
        @OnOpenEdxEvent(TYPE, { topic, group, id: 'crm.sync', onFailure: 'deadLetter' })
        take({ redemption }: ReturnType<typeof data>): void {
          if (isFailing) throw new Error('the CRM is down');
          handled.push(redemption.lms_user_id);
        }
      }
      @Module({})
      class App {}
      const inApp = (argv: string[], more: CliRunOptions = {}) =>
        cli(argv, {
          ...more,
          host: (io) =>
            new ApplicationHost(
              {
                module: App,
                imports: [
                  EventBusModule.forRoot({
                    transport: transport(),
                    topicPrefix: PREFIX,
                    group,
                    retry: { attempts: 1 },
                  }),
                ],
                providers: [Redemptions],
              },
              io,
            ),
        });
      const bare = (action: string, ...more: string[]) =>
        cli(['dead-letters', action, '-t', topic, '-g', group, ...more], {
          env: { ...env(), EVENT_BUS_TOPIC_PREFIX: PREFIX },
        });

      const lines = [1, 2, 3].map((n) => JSON.stringify(data(n))).join('\n');
      const sent = await inApp(
        [
          ...['produce-event', '--type', TYPE, '--topic', topic, '--data', '-'],
          ...['--key-field', 'redemption.content_key'],
        ],
        { stdin: lines },
      );
      expect(sent.code).toBe(0);
      const consumed = await inApp([
        ...['consume-events', '-t', topic, '-g', group, '--max', '3', '--timeout', '60'],
      ]);
      expect(consumed.answers).toHaveLength(3);

      const listed = await bare('list', '--data');
      expect(listed.code).toBe(0);
      expect(listed.answers).toMatchObject(
        [1, 2, 3].map((n) => ({
          topic,
          group,
          event_type: TYPE,
          code: 'HANDLERS_FAILED',
          handlers: ['crm.sync'],
          data: data(n),
        })),
      );
      const ids = listed.answers.map(({ id }) => id);
      const shown = await bare('show', ids[1]);
      expect(shown.answers).toMatchObject([
        {
          id: ids[1],
          original: { topic: `${PREFIX}-${topic}`, position: sent.answers[1].position },
          letter: { topic: `${PREFIX}-${topic}-${group}-dlq` },
          metadata: { id: sent.answers[1].id },
        },
      ]);

      isFailing = false;
      const redriven = await inApp(['dead-letters', 'redrive', '--handler', 'crm.sync', ids[0]]);
      expect([redriven.code, handled]).toEqual([0, [1]]);
      const discarded = await bare('discard', ids[1], '--reason', 'test data', '--by', 'ada');
      expect([discarded.code, discarded.answers.at(-1)]).toEqual([
        0,
        { discard: { discarded: 1, reserved: 0 } },
      ]);
      const sentAgain = await bare('redrive', '--to', 'topic', '--id', ids[2]);
      expect([sentAgain.code, sentAgain.answers[0].result]).toEqual([0, 'sent']);

      const left = await bare('list');
      expect([left.code, left.answers]).toEqual([0, []]);
      const { answers: history } = await bare('history');
      expect(history).toMatchObject([
        { id: ids[0], action: 'redriven' },
        { id: ids[1], action: 'discarded', by: 'ada', reason: 'test data' },
        { id: ids[2], action: 'redriven' },
      ]);
      const again = await inApp([
        ...['consume-events', '-t', topic, '-g', group, '--max', '1', '--timeout', '60'],
      ]);
      expect([again.answers[0].result, again.answers[0].id]).toEqual([
        'handled',
        sent.answers[2].id,
      ]);
      expect(handled).toEqual([1, 3]);
    }, 200_000);

    it('has a running process of the group redrive letters to its handlers', async () => {
      const topic = `letters-${randomUUID()}`;
      const group = `group-${randomUUID()}`;
      let isFailing = true;
      const handled: number[] = [];
      @Injectable()
      class Redemptions {
        @OnOpenEdxEvent(TYPE, { topic, group, id: 'crm.sync', onFailure: 'deadLetter' })
        take({ redemption }: ReturnType<typeof data>): void {
          if (isFailing) throw new Error('the CRM is down');
          handled.push(redemption.lms_user_id);
        }
      }
      const log: string[] = [];
      const keep = (line: string): void => void log.push(line);
      const logger = { log: keep, warn: quiet, error: quiet, debug: quiet };
      const redrive = (...more: string[]) =>
        cli(['dead-letters', 'redrive', '-t', topic, '-g', group, ...more], {
          env: { ...env(), EVENT_BUS_TOPIC_PREFIX: PREFIX },
        });
      @Module({
        imports: [
          EventBusModule.forRoot({
            ...{ transport: transport(), topicPrefix: PREFIX, group, startFrom: 'earliest' },
            ...{ retry: { attempts: 1 }, serviceName: 'live', logger },
          }),
        ],
        providers: [Redemptions],
      })
      class Application {}
      const app = await NestFactory.createApplicationContext(Application, { logger: false });
      try {
        const producer = app.get(EventBusProducer);
        const { counts } = { counts: () => app.get(EventBusStatus).snapshot().counts };
        for (const n of [1, 2, 3, 4]) await producer.send(TYPE, data(n), { topic });
        await waitUntil(() => counts().deadLettered === 4, 60_000);
        const letters = (await app.get(DeadLetters).list()).letters;
        const idOf = async (n: number): Promise<string> => {
          for (const letter of letters) {
            const found = (await app.get(DeadLetters).data(letter)) as ReturnType<typeof data>;
            if (found.redemption.lms_user_id === n) return letter.id;
          }
          throw new Error(`no letter of ${n}`);
        };
        await waitUntil(
          () => log.some((line) => line.includes(`Group ${group}-redrive starts`)),
          60_000,
        );

        const again = await redrive('--id', await idOf(1));
        expect([again.code, again.answers]).toMatchObject([
          1,
          [
            { id: await idOf(1), event_type: TYPE, group, result: 'failedAgain' },
            { redrive: { handled: 0, failedAgain: 1 } },
          ],
        ]);
        expect(again.answers[0]).toMatchObject({ error: { code: 'HANDLERS_FAILED' } });
        isFailing = false;
        const chosen = await redrive('--id', await idOf(2), '--by', 'ada', '--rate', '50');
        expect([chosen.code, chosen.answers.at(-1)]).toEqual([
          0,
          { redrive: { handled: 1, skipped: 0, sent: 0, failedAgain: 0, kept: 0, reserved: 0 } },
        ]);
        expect(handled).toEqual([2]);
        const limited = await redrive('--handler', 'crm.sync', '--limit', '1');
        expect([limited.code, handled.length]).toEqual([0, 2]);
        const rest = await redrive('--handler', 'crm.sync');
        expect([rest.code, [...handled].sort()]).toEqual([0, [1, 2, 3, 4]]);
        const nothing = await redrive('--handler', 'crm.sync');
        expect([nothing.code, nothing.answers.length]).toEqual([0, 1]);
        const history = await cli(['dead-letters', 'history', '-t', topic, '-g', group], {
          env: { ...env(), EVENT_BUS_TOPIC_PREFIX: PREFIX },
        });
        expect(history.answers.filter(({ by }) => by === 'ada')).toHaveLength(1);
      } finally {
        await app.close();
      }
      const nobody = await redrive('--handler', 'crm.sync');
      expect([nobody.code, nobody.answers]).toEqual([1, []]);
      expect(nobody.log).toContain('no running process of the group took the request');
    }, 200_000);
  });
}
