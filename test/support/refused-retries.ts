import { randomUUID } from 'node:crypto';
import { Injectable, type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { getEventBusTransportToken } from '../../lib/event-bus.constants.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import { defineEvent } from '../../lib/events/event-definition.js';
import { long, string } from '../../lib/events/fields.js';
import { EventBusStatus } from '../../lib/observability/event-bus-status.js';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
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

/** A way in which a broker lets no record wait. */
export interface RefusedRetry {
  readonly name: string;
  /** Given the full topics of the events and of those that wait, once the application has started. */
  readonly refuse?: (topic: string, waiting: string) => Promise<unknown>;
  /** Called by the handler, before it fails. */
  readonly whenCalled?: () => Promise<unknown>;
  /** Absent: it recovers by itself. */
  readonly cure?: (topic: string, waiting: string) => Promise<unknown>;
  /** What the status says. Absent: the record is written at once. */
  readonly reason?: RegExp;
  readonly padding?: number;
}

/** What a bus does while a record cannot be left to wait, and afterwards. */
export function describeRefusedRetries(
  name: string,
  transportOf: (refused: RefusedRetry) => TransportFactory,
  ways: readonly RefusedRetry[],
): void {
  describe(`records that ${name} does not let wait`, () => {
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

    it.each(ways)(
      '$name: the record is not acknowledged, the source waits, the status is red, and it recovers (B-10)',
      async (way) => {
        const prefix = `w${randomUUID().slice(0, 8)}`;
        const [topic, waiting] = [`${prefix}-padded`, `${prefix}-padded-${GROUP}-retry-1s`];
        @Module({
          imports: [
            EventBusModule.forRoot({
              ...{ transport: transportOf(way), events: [PADDED], group: GROUP },
              ...{ topicPrefix: prefix, retry: { attempts: 1, later: ['1s'] }, sendTimeout: 3_000 },
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
        const { transport } = app.get<TransportParts>(getEventBusTransportToken());
        const counts = () => status.snapshot().counts;
        const line = () => status.snapshot().sources.find(({ source }) => source.startsWith(topic));
        await way.refuse?.(topic, waiting);
        whenCalled = way.whenCalled;
        const padding = 'x'.repeat(way.padding ?? 10);
        await app.get(EventBusProducer).send(PADDED, { n: 1, padding });
        if (way.reason) {
          const isRed = () => status.snapshot().state === 'degraded';
          await waitUntil(() => isRed() && line()?.state === 'paused', PATIENCE_MS);
          expect(status.snapshot().error!.message).toMatch(way.reason);
          expect(counts()).toMatchObject({ retriedLater: 0, handled: 0, failed: 0 });
          if (!way.whenCalled) {
            const before = await transport.admin!.positions(GROUP, topic);
            expect(before.filter(({ offset }) => offset === '0')).toEqual([]);
          }
          whenCalled = undefined;
          isDown = way.whenCalled === undefined;
          await way.cure?.(topic, waiting);
        }
        if (!way.whenCalled) await waitUntil(() => counts().retriedLater === 1, PATIENCE_MS);
        isDown = false;
        await waitUntil(() => counts().handled === 1, PATIENCE_MS);
        await waitUntil(() => status.snapshot().state === 'running', PATIENCE_MS);
        expect(counts()).toMatchObject({ failed: 0, deadLettered: 0, lost: 0 });
        expect(lines.join('\n')).not.toContain('xxxxxxxxxx');
      },
      180_000,
    );
  });
}
