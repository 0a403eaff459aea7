import { randomUUID } from 'node:crypto';
import { Injectable, type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { getEventBusTransportToken } from '../../lib/event-bus.constants.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import type { EventBusOptions } from '../../lib/event-bus.options.js';
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

/** A way in which a broker does not take the records of our own that a failed event causes. */
export interface Refusal {
  readonly name: string;
  /** Given the full topics of the events and of the refused records, once the application has started. */
  readonly refuse?: (topic: string, refused: string) => Promise<unknown>;
  /** Called by the handler, before it fails. */
  readonly whenCalled?: () => Promise<unknown>;
  /** Absent: it recovers by itself. */
  readonly cure?: (topic: string, refused: string) => Promise<unknown>;
  /** What the status says. */
  readonly reason?: RegExp;
  /** Bytes of the event. */
  readonly padding?: number;
}

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

/** An application with a handler that fails at the event it sends, until `succeed`. */
export class RefusedRecord {
  private constructor(
    readonly app: INestApplicationContext,
    private readonly refusal: Refusal,
    private readonly topic: string,
    private readonly refused: string,
    private readonly lines: readonly string[],
  ) {}

  /** `suffix`: what the topic of the refused records has behind that of the events and the group. */
  static async start(
    refusal: Refusal,
    {
      transport,
      suffix,
      ...options
    }: EventBusOptions & { transport: TransportFactory; suffix: string },
  ): Promise<RefusedRecord> {
    isDown = true;
    whenCalled = undefined;
    const lines: string[] = [];
    const keep = (line: string): void => void lines.push(line);
    const prefix = `r${randomUUID().slice(0, 8)}`;
    @Module({
      imports: [
        EventBusModule.forRoot({
          ...{ transport, events: [PADDED], group: GROUP, topicPrefix: prefix },
          sendTimeout: 3_000,
          logger: { log: silent, debug: silent, warn: keep, error: keep },
          producerConfig: { [PADDED.type]: { padded: { event_key_field: 'n', enabled: true } } },
          ...options,
        }),
      ],
      providers: [Crm],
    })
    class Application {}
    const app = await NestFactory.createApplicationContext(Application, {
      ...{ logger: false, abortOnError: false },
    });
    const topic = `${prefix}-padded`;
    return new RefusedRecord(app, refusal, topic, `${topic}-${GROUP}-${suffix}`, lines);
  }

  get status() {
    return this.app.get(EventBusStatus).snapshot();
  }

  /** Has the broker refuse, and sends the event. */
  async send(): Promise<void> {
    const { refuse, padding = 10 } = this.refusal;
    await refuse?.(this.topic, this.refused);
    ({ whenCalled } = this.refusal);
    await this.app.get(EventBusProducer).send(PADDED, { n: 1, padding: 'x'.repeat(padding) });
  }

  /** Until the status says why, and the source of the event is paused; then nothing is acknowledged. */
  async isHeldUp(): Promise<void> {
    const source = () => this.status.sources.find(({ source }) => source.startsWith(this.topic));
    const isRed = () => this.status.state === 'degraded' && source()?.state === 'paused';
    await waitUntil(isRed, PATIENCE_MS);
    expect(this.status.error!.message).toMatch(this.refusal.reason!);
    const none = { deadLettered: 0, retriedLater: 0, handled: 0, failed: 0 };
    expect(this.status.counts).toMatchObject(none);
    if (this.refusal.whenCalled) return;
    const { transport } = this.app.get<TransportParts>(getEventBusTransportToken());
    const positions = await transport.admin!.positions(GROUP, this.topic);
    expect(positions.filter(({ offset }) => offset === '0')).toEqual([]);
  }

  async cure(): Promise<void> {
    await this.refusal.cure?.(this.topic, this.refused);
  }

  /** The handler fails no more. */
  succeed(): void {
    isDown = false;
    whenCalled = undefined;
  }

  async counted(count: 'deadLettered' | 'retriedLater' | 'handled'): Promise<void> {
    await waitUntil(() => this.status.counts[count] === 1, PATIENCE_MS);
  }

  /** All works again, and no line of the log has data of the event. */
  async isWell(): Promise<void> {
    await waitUntil(() => this.status.state === 'running', PATIENCE_MS);
    expect(this.lines.join('\n')).not.toContain('xxxxxxxxxx');
  }
}
