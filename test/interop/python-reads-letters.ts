import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import type { EventBusOptions } from 'nestjs-openedx-event-bus';
import type { TransportFactory } from 'nestjs-openedx-event-bus/transport';
import { until } from '../services/until.js';
import type { EventSample } from './event-samples.js';
import { type InboxApp, startInboxApp } from './inbox-app.js';
import { untag } from './plain-json.js';
import { PythonDriver } from './python-driver.js';

export interface LettersForPython {
  readonly transport: () => TransportFactory;
  readonly events: () => Promise<readonly EventSample[]>;
  readonly keyFieldOf?: (type: string) => string | undefined;
  /** As `consume.py` takes it. */
  readonly pythonBus: () => string;
  readonly makeTopic?: (topic: string) => Promise<void>;
}

interface Kept {
  readonly what: string;
  readonly options: Partial<EventBusOptions>;
  /** Of the topic that Python reads, behind that of the events. */
  readonly suffix: string;
  readonly count: 'deadLettered' | 'retriedLater';
}

/** Every event becomes a letter, and the real Python reads the topic of the events and that of the letters. */
export function describeLettersForPython(name: string, of: LettersForPython): void {
  describeKept(name, of, {
    ...{ what: 'dead letters', suffix: '-nest-dlq', count: 'deadLettered' },
    options: { retry: { attempts: 1 }, onFailure: 'deadLetter' },
  });
}

/** Every event waits for a later retry, and the real Python reads the topic of the events and that on which they wait. */
export function describeRetriesForPython(name: string, of: LettersForPython): void {
  describeKept(name, of, {
    ...{ what: 'records that wait for a later retry', suffix: '-nest-retry-1h' },
    ...{ count: 'retriedLater', options: { retry: { attempts: 1, later: ['1h'] } } },
  });
}

function describeKept(name: string, of: LettersForPython, kept: Kept): void {
  describe(`${kept.what} on ${name}, read by Python`, () => {
    const topic = `lettered-${randomUUID()}`;
    let app: InboxApp;
    let consumers: PythonDriver[] = [];
    let count = 0;
    let events: readonly any[];
    let letters: readonly any[];

    beforeAll(async () => {
      const samples = await of.events();
      count = samples.length;
      await of.makeTopic?.(topic);
      app = await startInboxApp({
        ...{ topic, group: 'nest' },
        bus: { transport: of.transport(), ...kept.options },
        take: () => {
          throw new Error('not today');
        },
      });
      Logger.overrideLogger(false);
      await Promise.all(
        samples.map(({ type, data, metadata }) =>
          app.producer.send<any>(type, untag(data), {
            ...{ topic, metadata, timeout: 60_000 },
            keyField: of.keyFieldOf?.(type),
          }),
        ),
      );
      const counts = () => app.status.snapshot().counts;
      await until('every event to be kept', () => counts()[kept.count] === count, 120_000);
      consumers = await Promise.all(
        [topic, topic + kept.suffix].map((name) =>
          PythonDriver.start('consume.py', of.pythonBus(), name, `python-${name}`),
        ),
      );
      [events, letters] = (await Promise.all(
        consumers.map((consumer) => consumer.lines(count + 1)),
      )) as [readonly any[], readonly any[]];
    }, 240_000);
    afterAll(async () => {
      for (const consumer of consumers) consumer.kill();
      await app?.close();
    });

    it('are read without an error, and decode to the events', () => {
      expect(count).toBeGreaterThan(100);
      expect(letters.filter((line) => line.error)).toEqual([]);
      expect(letters).toHaveLength(count + 1);
      expect(sorted(letters)).toEqual(sorted(events));
    });
  });
}

function sorted(lines: readonly any[]): readonly any[] {
  const idOf = (line: any): string => line.metadata?.id ?? '';
  return lines.toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
}
