import { randomUUID } from 'node:crypto';
import {
  ConsoleLogger,
  Injectable,
  type INestApplicationContext,
  Module,
  type ModuleMetadata,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { monotonicNow } from '../../lib/common/clocks.js';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { ServiceUnavailableError } from '../../lib/errors/index.js';
import { getEventBusTransportToken } from '../../lib/event-bus.constants.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import type { EventBusOptions } from '../../lib/event-bus.options.js';
import { defineEvent } from '../../lib/events/event-definition.js';
import { string } from '../../lib/events/fields.js';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import type { RecordPosition } from '../../lib/transport/transport.interface.js';
import type {
  TransportFactory,
  TransportParts,
} from '../../lib/transport/wire-format.interface.js';
import { WrittenLines } from './written-lines.js';
import { waitUntil } from './wait-until.js';

const NAMED = defineEvent({ type: 'org.example.tests.named.v1', data: { name: string() } });
/** What no line may show. */
const PAYLOAD = 'payload-never-logged';
const GROUP = 'tests';
const HANDLER = 'crm.sync';

/** A line as a JSON logger writes it. */
export interface JsonLine {
  readonly level: unknown;
  readonly context: unknown;
  readonly message: string;
  /** All else but what the logger itself adds. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface JsonLogger {
  readonly name: string;
  readonly options: Pick<EventBusOptions, 'logFields'>;
  readonly imports: NonNullable<ModuleMetadata['imports']>;
  start(root: new () => object): Promise<INestApplicationContext>;
  /** One line of standard output or standard error; undefined: it is not of a bus. */
  read(line: string): JsonLine | undefined;
}

export const isOfBus = (context: unknown): boolean => String(context).startsWith('EventBus');

/** Nest's ConsoleLogger, of any version. */
export const jsonConsole: JsonLogger = {
  name: 'ConsoleLogger',
  options: {},
  imports: [],
  start: (root) =>
    NestFactory.createApplicationContext(root, {
      logger: new ConsoleLogger({ json: true }),
      abortOnError: false,
    }),
  read(line) {
    const {
      level,
      context,
      message,
      params = {},
      ...others
    } = JSON.parse(line) as Record<string, unknown>;
    if (!isOfBus(context)) return undefined;
    expect(Object.keys(others).sort()).toEqual(['pid', 'timestamp']);
    return { level, context, message: message as string, fields: params as JsonLine['fields'] };
  },
};

/** What the handler does with the event of its name, and whether it goes on doing so. */
const trouble = new Map<string, () => Error | undefined>();
let calls: string[] = [];

@Injectable()
class Crm {
  @OnOpenEdxEvent(NAMED, { id: HANDLER })
  sync({ name }: { name: string }): void {
    calls.push(name);
    const error = trouble.get(name)?.();
    if (error) throw error;
  }
}

/** The fields of each kind of line, with a JSON logger, on any transport. Each case has topics of its own, by a prefix. */
export function describeStructuredLogs(
  name: string,
  transportOf: () => TransportFactory,
  logger: JsonLogger = jsonConsole,
): void {
  describe(`structured logs, ${name}, with ${logger.name}`, () => {
    let app: INestApplicationContext | undefined;
    let written: WrittenLines;
    let prefix = '';
    const topic = (): string => `${prefix}-named`;

    async function start(options: EventBusOptions = {}): Promise<void> {
      const bus = EventBusModule.forRoot({
        ...{ transport: transportOf(), events: [NAMED], group: GROUP, topicPrefix: prefix },
        ...{ startFrom: 'latest', onFatal: 'report', retry: { attempts: 2, delayMs: 1 } },
        producerConfig: { [NAMED.type]: { named: { event_key_field: 'name', enabled: true } } },
        ...logger.options,
        ...options,
      });
      @Module({ imports: [...logger.imports, bus], providers: [Crm] })
      class Application {}
      app = await logger.start(Application);
    }

    /** Sends an event whose handler throws what `error` returns; resolves to its id and place. */
    async function send(key: string, error?: () => Error | undefined) {
      const name = `${PAYLOAD}-${key}`;
      if (error) trouble.set(name, error);
      const { receipts, id } = await app!.get(EventBusProducer).send(NAMED, { name });
      const { position } = receipts[0]!;
      return { eventType: NAMED.type, eventId: id, ...position! };
    }

    const lines = (): JsonLine[] =>
      written.lines.map((line) => logger.read(line)).filter((line) => line !== undefined);

    /** The line of the bus that begins or goes on so, once it is written. */
    async function lineWith(part: string): Promise<JsonLine> {
      const find = (): JsonLine | undefined =>
        lines().find(({ message }) => message.includes(part));
      await waitUntil(() => find() !== undefined, 30_000, { what: part, everyMs: 10 });
      return find()!;
    }

    const fieldsOf = async (part: string) => (await lineWith(part)).fields;

    beforeEach(() => {
      prefix = `p${randomUUID().slice(0, 8)}`;
      trouble.clear();
      calls = [];
      written = new WrittenLines();
    });
    afterEach(async () => {
      trouble.clear();
      await app?.close();
      app = undefined;
      written.end();
      // Of every line of every case.
      expect(written.lines.join('\n')).not.toContain(PAYLOAD);
      for (const { context, fields } of lines())
        expect([context, fields['bus']]).toEqual(['EventBus', 'default']);
    });

    it('the lines of an event that is sent, received and handled', async () => {
      await start();
      const sent = await send('one');
      await waitUntil(() => calls.length === 1);
      const bus = 'default';
      expect(await fieldsOf('Message delivered to ')).toEqual({ bus, ...sent });
      const received = { bus, group: GROUP, ...sent, attempt: 1 };
      expect(await fieldsOf('Message received from ')).toEqual(received);
      expect(await fieldsOf(' processed successfully')).toEqual(received);
    });

    it('the lines of a start', async () => {
      await start();
      const group = { bus: 'default', group: GROUP };
      const table = { ...group, topic: topic(), eventType: NAMED.type, handler: HANDLER };
      expect(await fieldsOf(`  named  ${GROUP}`)).toEqual(table);
      expect(await fieldsOf(`Group ${GROUP} starts reading`)).toEqual({
        ...group,
        topic: topic(),
        partition: '0',
      });
    });

    it('the line of an event that failed after its last attempt', async () => {
      await start();
      const sent = await send('one', () => new Error('the CRM is down'));
      const line = await lineWith('Event failed. ');
      const attempt = { attempt: 2, handler: HANDLER, code: 'HANDLERS_FAILED' };
      expect(line.fields).toEqual({ bus: 'default', group: GROUP, ...sent, ...attempt });
      expect(line.message).toContain('the CRM is down');
    });

    it('the line of a later retry, and that of a dead letter after it', async () => {
      await start({
        onFailure: 'deadLetter',
        retry: { attempts: 2, delayMs: 1, later: ['10ms'] },
      });
      const sent = await send('one', () => new Error('the CRM is down'));
      const fields = { bus: 'default', group: GROUP, ...sent, handler: HANDLER };
      expect(await fieldsOf('It is retried in ')).toEqual({
        ...{ ...fields, attempt: 2, code: 'HANDLERS_FAILED' },
      });
      expect(await fieldsOf('The record is kept as dead letter ')).toEqual({
        ...{ ...fields, attempt: 3, code: 'HANDLERS_FAILED' },
      });
    });

    it('the line of a record that is no event', async () => {
      await start();
      const { transport } = app!.get<TransportParts>(getEventBusTransportToken());
      const attributes = [['event_data', Buffer.from(PAYLOAD)] as const];
      const record = { topic: topic(), key: null, value: null, attributes };
      const [outcome] = await transport.publish([record], monotonicNow() + 10_000);
      expect(outcome!.status).toBe('sent');
      const { receipt } = outcome as { receipt: { position: RecordPosition } };
      expect(await fieldsOf('Unusable record. ')).toEqual({
        ...{ bus: 'default', group: GROUP, ...receipt.position, code: 'UNUSABLE_RECORD' },
      });
    });

    it('the lines of a record at which consuming halts', async () => {
      await start({ onFailure: 'halt' });
      const { eventType, eventId, ...position } = await send('one', () => new Error('down'));
      const about = { bus: 'default', group: GROUP, eventType, eventId };
      expect(await fieldsOf('Consuming stops at this record')).toEqual({
        ...{ ...about, ...position, attempt: 2, handler: HANDLER, code: 'HANDLERS_FAILED' },
      });
      expect(await fieldsOf('Bus default stopped consuming')).toEqual({
        ...{ ...about, topic: topic(), code: 'HALTED' },
      });
    });

    it('the lines of a pause until a service is back', async () => {
      await start();
      let faults = 0;
      const down = new ServiceUnavailableError('The CRM', 'no answer');
      const { offset, ...sent } = await send('one', () => (faults++ < 1 ? down : undefined));
      const place = { bus: 'default', group: GROUP, topic: topic(), partition: sent.partition };
      const code = 'SERVICE_UNAVAILABLE';
      expect(await fieldsOf(`Group ${GROUP} paused reading `)).toEqual({ ...place, offset, code });
      expect(await fieldsOf(`Group ${GROUP} resumed reading `)).toEqual(place);
    });
  });
}
