import { randomUUID } from 'node:crypto';
import type { EventBusOptions } from 'nestjs-openedx-event-bus';
import type { OlderRelease } from '../services/python.js';
import { until } from '../services/until.js';
import { startInboxApp, type InboxApp, type Received } from './inbox-app.js';
import { olderEvents, type OlderEvent } from './older-events.js';
import { plain, untag } from './plain-json.js';
import { PythonDriver } from './python-driver.js';

export interface ExchangeOptions {
  readonly release: OlderRelease;
  /** For a Python driver. */
  readonly bus: string;
  readonly transport: EventBusOptions['transport'];
  /** Which of the changed events we also send in today's layout. Default: none. */
  readonly alsoToday?: (event: OlderEvent) => boolean;
}

/** One event, which the older Python sent, and we sent in the layout of its release, and as we do by ourselves. */
export interface ExchangedEvent extends OlderEvent {
  /** What Python says that it sent. */
  readonly sent: { readonly metadata: any; readonly wire: any };
  readonly writtenAs: { readonly id: string };
  /** undefined: its layout is another one today. */
  readonly written?: { readonly id: string };
}

/** An older Python service and a Nest service on one topic. */
export class OlderExchange {
  readonly topic = `older-python-${randomUUID()}`;
  events: readonly ExchangedEvent[] = [];
  private python: readonly any[] = [];
  private readonly drivers: PythonDriver[] = [];
  private app: InboxApp | undefined;

  constructor(private readonly options: ExchangeOptions) {}

  /** Resolves when both services have received what both have sent. */
  async run(): Promise<void> {
    const { release, bus, transport, alsoToday = () => false } = this.options;
    const start = async (...args: [string, ...string[]]): Promise<PythonDriver> => {
      const driver = await PythonDriver.startOf(release, ...args);
      this.drivers.push(driver);
      return driver;
    };
    const [producer, consumer] = await Promise.all([
      start('produce.py', bus),
      start('consume.py', bus, this.topic, `python-${this.topic}`),
    ]);
    await consumer.lines(1);
    const app = await startInboxApp({
      topic: this.topic,
      group: `nest-${this.topic}`,
      bus: { transport },
    });
    this.app = app;

    const events = olderEvents(release);
    producer.write(
      events.map(({ type, data, keyField }) => ({
        ...{ topic: this.topic, key_field: keyField, type, data },
      })),
    );
    const sent = await producer.end();
    const send = ({ type, data, today, keyField }: OlderEvent, writeAs?: string) =>
      app.producer.send<any>(type, untag(writeAs === undefined ? (today ?? data) : data), {
        ...{ topic: this.topic, keyField, timeout: 30_000 },
        ...(writeAs === undefined ? {} : { writeAs }),
      });
    const exchanged: ExchangedEvent[] = [];
    for (const [index, event] of events.entries()) {
      if (sent[index].error) throw new Error(`${event.type} ${event.name}: ${sent[index].error}`);
      const { sent: metadata, wire } = sent[index];
      exchanged.push({
        ...{ ...event, sent: { metadata, wire }, writtenAs: await send(event, release) },
        ...(event.changed && !alsoToday(event) ? {} : { written: await send(event) }),
      });
    }
    this.events = exchanged;
    const total = exchanged.length * 2 + exchanged.filter(({ written }) => written).length;
    this.python = (await consumer.lines(1 + total)).slice(1);
    await until('every event', () => app.received.length >= total);
  }

  /** What our handler got of an event. */
  received(id: string): readonly (Omit<Received, 'data'> & { readonly data: unknown })[] {
    return this.app!.received.filter(({ metadata }) => metadata.id === id).map((event) => ({
      ...event,
      data: plain(event.data),
    }));
  }

  get complaints(): readonly string[] {
    return this.app!.complaints;
  }

  /** What the Python receiver got of an event. */
  receivedByPython(id: string): readonly { readonly metadata: any; readonly data: any }[] {
    return this.python.filter(({ metadata }) => metadata?.id === id);
  }

  get errorsOfPython(): readonly string[] {
    return this.python.flatMap(({ error }) => error ?? []);
  }

  async end(): Promise<void> {
    for (const driver of this.drivers) driver.kill();
    await this.app?.close();
  }
}
