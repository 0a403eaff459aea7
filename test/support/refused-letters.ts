import { randomUUID } from 'node:crypto';
import { Injectable, type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DeadLetters } from '../../lib/dead-letters/index.js';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { getEventBusTransportToken } from '../../lib/event-bus.constants.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import { defineEvent } from '../../lib/events/event-definition.js';
import { long, string } from '../../lib/events/fields.js';
import { EventBusStatus } from '../../lib/observability/event-bus-status.js';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import type { DeadLetterOptions } from '../../lib/settings/dead-letter-settings.js';
import type {
  TransportFactory,
  TransportParts,
} from '../../lib/transport/wire-format.interface.js';
import { waitUntil } from './wait-until.js';

const PADDED = defineEvent({
  type: 'org.example.tests.padded.v1',
  data: { n: long(), padding: string() },
});
const GROUP = 'refused';
const silent = (): void => undefined;
const PATIENCE_MS = 60_000;

let isDown = true;
let whenCalled: (() => Promise<unknown>) | undefined;

@Injectable()
class Crm {
  @OnOpenEdxEvent(PADDED, { id: 'crm.sync' })
  async sync(): Promise<void> {
    await whenCalled?.();
    if (isDown) throw new Error('the CRM is down');
  }
}

/** A way in which a broker takes no letters. */
export interface Refusal {
  readonly name: string;
  /** Given the full topics of the events and of the letters, once the application has started. */
  readonly refuse?: (topic: string, letters: string) => Promise<unknown>;
  /** Called by the handler, before it fails. */
  readonly whenCalled?: () => Promise<unknown>;
  /** Absent: it heals by itself. */
  readonly cure?: (topic: string, letters: string) => Promise<unknown>;
  /** What the status says. */
  readonly reason?: RegExp;
  readonly padding?: number;
  readonly options?: DeadLetterOptions;
  /** The letter is written, in a shorter form or in spite of it. */
  readonly isWritten?: boolean;
}

/** What a bus does while a broker takes no letters, and afterwards. */
export function describeRefusedLetters(
  name: string,
  transportOf: (refusal: Refusal) => TransportFactory,
  refusals: readonly Refusal[],
): void {
  describe(`letters that ${name} does not take`, () => {
    const apps: INestApplicationContext[] = [];
    const lines: string[] = [];
    const keep = (line: string): void => void lines.push(line);
    beforeEach(() => {
      isDown = true;
      whenCalled = undefined;
      lines.length = 0;
    });
    afterEach(async () => {
      await Promise.all(apps.splice(0).map((app) => app.close()));
    });

    it.each(refusals)(
      '$name: the record is not acknowledged, the source waits, the status is red, and it heals (B-10)',
      async (refusal) => {
        const { refuse, cure, reason, padding = 10, isWritten = false } = refusal;
        const prefix = `r${randomUUID().slice(0, 8)}`;
        const [topic, letterTopic] = [`${prefix}-padded`, `${prefix}-padded-${GROUP}-dlq`];
        @Module({
          imports: [
            EventBusModule.forRoot({
              ...{ transport: transportOf(refusal), events: [PADDED], group: GROUP },
              ...{ topicPrefix: prefix, retry: { attempts: 1 }, onFailure: 'deadLetter' },
              ...{ sendTimeout: 3_000, deadLetter: refusal.options ?? {} },
              logger: { log: silent, debug: silent, warn: keep, error: keep },
              producerConfig: {
                [PADDED.type]: { padded: { event_key_field: 'n', enabled: true } },
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
        const { counts } = { counts: () => status.snapshot().counts };
        const { transport } = app.get<TransportParts>(getEventBusTransportToken());
        await refuse?.(topic, letterTopic);
        whenCalled = refusal.whenCalled;
        const text = 'x'.repeat(padding);
        await app.get(EventBusProducer).send(PADDED, { n: 1, padding: text });
        if (!isWritten) {
          await waitUntil(() => status.snapshot().state === 'degraded', PATIENCE_MS);
          const isPaused = () => status.snapshot().sources.some(({ state }) => state === 'paused');
          await waitUntil(isPaused, PATIENCE_MS);
          const { error } = status.snapshot();
          expect(error!.message).toMatch(reason!);
          expect(counts()).toMatchObject({ deadLettered: 0, handled: 0, failed: 0 });
          if (!refusal.whenCalled) {
            const before = await transport.admin!.positions(GROUP, topic);
            expect(before.filter(({ offset }) => offset === '0')).toEqual([]);
          }
          await cure?.(topic, letterTopic);
        }
        await waitUntil(() => counts().deadLettered === 1, PATIENCE_MS);
        await waitUntil(() => status.snapshot().state === 'running', PATIENCE_MS);
        isDown = false;
        whenCalled = undefined;
        const letters = app.get(DeadLetters);
        const results: string[] = [];
        for await (const { result } of letters.redrive({ topic: 'padded' })) results.push(result);
        expect(results).toEqual(isWritten && reason ? ['kept'] : ['handled']);
        expect(lines.join('\n')).not.toContain('xxxxxxxxxx');
      },
      180_000,
    );
  });
}
