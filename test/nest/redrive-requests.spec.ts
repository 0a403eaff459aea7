import { Injectable, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { monotonicNow } from '../../lib/common/clocks.js';
import {
  type AnsweredLetter,
  redriveByMember,
} from '../../lib/consuming/redrive-requests/redrive-client.js';
import { messageRecord } from '../../lib/consuming/redrive-requests/redrive-messages.js';
import { DeadLetters } from '../../lib/dead-letters/index.js';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { ServiceUnavailableError } from '../../lib/errors/index.js';
import { getEventBusTransportToken } from '../../lib/event-bus.constants.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import { EventBusStatus } from '../../lib/observability/event-bus-status.js';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import { MemoryBroker, memoryTransport } from '../../lib/transport/memory/index.js';
import type { OutgoingRecord } from '../../lib/transport/transport.interface.js';
import type { TransportParts } from '../../lib/transport/wire-format.interface.js';
import { waitUntil } from '../support/wait-until.js';
import { busOptions, COUNTED, KeptLog, rootModule } from './support/bus-application.js';

const GROUP = 'tests';
const TOPIC = 'tests-redrive';
const place = { group: GROUP, topicPrefix: undefined };

let isDown = true;
let calls: number[] = [];
/** Resolves for the handler to go on. */
let held: Promise<void> | undefined;

@Injectable()
class Crm {
  @OnOpenEdxEvent(COUNTED, { id: 'crm.sync' })
  async sync({ n }: { n: number }): Promise<void> {
    if (isDown) throw new Error('the CRM is down');
    calls.push(n);
    await held;
  }
}

const apps: INestApplicationContext[] = [];
let broker: MemoryBroker;
let log: KeptLog;

async function member(): Promise<INestApplicationContext> {
  log = new KeptLog();
  const options = {
    ...{ transport: memoryTransport({ broker }), logger: log, retry: { attempts: 1 } },
    ...({ onFailure: 'deadLetter' } as const),
  };
  const app = await NestFactory.createApplicationContext(
    rootModule({ providers: [Crm] }, EventBusModule.forRoot(busOptions(options))),
    { logger: false, abortOnError: false },
  );
  apps.push(app);
  await waitUntil(() => log.matching(`Group ${TOPIC} starts reading`).length > 0);
  return app;
}

async function letters(app: INestApplicationContext, count: number): Promise<void> {
  isDown = true;
  for (let n = 1; n <= count; n++) await app.get(EventBusProducer).send(COUNTED, { n });
  const status = app.get(EventBusStatus);
  await waitUntil(() => status.snapshot().counts.deadLettered === count);
  isDown = false;
}

const transportOf = (app: INestApplicationContext) =>
  app.get<TransportParts>(getEventBusTransportToken()).transport;

function asked(
  app: INestApplicationContext,
  query: Parameters<typeof redriveByMember>[1],
  options: Parameters<typeof redriveByMember>[2] = {},
  signal?: AbortSignal,
) {
  const settings = { topicPrefix: undefined, sendTimeoutMs: 5_000 };
  return redriveByMember({ transport: transportOf(app), settings }, query, options, signal);
}

async function all(of: AsyncIterable<AnsweredLetter>): Promise<AnsweredLetter[]> {
  const found: AnsweredLetter[] = [];
  for await (const one of of) found.push(one);
  return found;
}

async function publish(app: INestApplicationContext, ...records: OutgoingRecord[]): Promise<void> {
  await transportOf(app).publish(records, monotonicNow() + 5_000);
}

beforeEach(() => {
  broker = new MemoryBroker();
  calls = [];
  held = undefined;
});
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
});

describe('a redrive that another process asks for', () => {
  it('runs in one member of the group, once for each letter, and tells what became of each', async () => {
    const first = await member();
    await member();
    await letters(first, 120);
    const answered = await all(asked(first, { group: GROUP, handler: 'crm.sync' }));
    expect(answered.map(({ result }) => result)).toEqual(Array(120).fill('handled'));
    expect(answered[0]!.letter).toMatchObject({
      topic: 'counted',
      group: GROUP,
      type: COUNTED.type,
    });
    expect(calls.sort((a, b) => a - b)).toEqual(Array.from({ length: 120 }, (_, i) => i + 1));
    expect((await first.get(DeadLetters).list()).letters).toEqual([]);
  });

  it('names in the history who asked', async () => {
    const app = await member();
    await letters(app, 1);
    await all(asked(app, { group: GROUP, handler: 'crm.sync' }, { by: 'ada@desk' }));
    const closed: string[] = [];
    for await (const { by } of app.get(DeadLetters).history()) closed.push(by);
    expect(closed).toEqual(['ada@desk']);
    expect(log.matching('ada@desk')).toHaveLength(1);
  });

  it('ends after the letter at hand when whoever asked goes away', async () => {
    const app = await member();
    await letters(app, 5);
    let goOn!: () => void;
    held = new Promise((resolve) => (goOn = resolve));
    const gone = new AbortController();
    const redrive = all(asked(app, { group: GROUP, handler: 'crm.sync' }, {}, gone.signal));
    await waitUntil(() => calls.length === 1);
    gone.abort();
    // Request, answer and stop; the member reads the stop while its handler runs.
    await waitUntil(() => broker.topic(TOPIC).partitions[0]!.end >= 3);
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    goOn();
    expect((await redrive).map(({ result }) => result)).toEqual(['handled']);
    expect(calls).toEqual([1]);
    expect((await app.get(DeadLetters).list()).letters).toHaveLength(4);
  });

  it('rejects a query without conditions, and one that is none, with the error of the member', async () => {
    const app = await member();
    await letters(app, 1);
    const misspelt = { group: GROUP, handlr: 'crm.sync' } as { group: string };
    await expect(all(asked(app, misspelt))).rejects.toMatchObject({ code: 'CONFIGURATION' });
    expect(calls).toEqual([]);
  });

  it('does nothing for what is no request, and for one of another group or of long ago', async () => {
    const app = await member();
    await letters(app, 1);
    const attribute = (text: string): OutgoingRecord => ({
      ...{ topic: TOPIC, key: null, value: null },
      attributes: [['openedx.redrive', Buffer.from(text)]],
    });
    const request = { kind: 'request', id: 'one', query: { handler: 'crm.sync' }, options: {} };
    await publish(
      app,
      { topic: TOPIC, key: null, value: Buffer.from('x'), attributes: [] },
      ...['', 'null', '[]', '{', '"request"', '{"kind":"request"}', '{"kind":"x","id":"1"}'].map(
        attribute,
      ),
      attribute(JSON.stringify({ ...request, id: 7 })),
      attribute(JSON.stringify({ ...request, padding: 'x'.repeat(1_000_001) })),
      attribute(JSON.stringify({ ...request, id: 'two', query: null })),
      attribute(JSON.stringify({ ...request, id: 'no condition', query: { group: GROUP } })),
      attribute(JSON.stringify({ ...request, id: 'three', query: { since: 'yesterday' } })),
      attribute(JSON.stringify({ ...request, id: 'four', options: { rate: 'fast' } })),
      attribute(JSON.stringify({ ...request, id: 'five', query: {}, options: null })),
    );
    // The last one is a good one: what came before it was read.
    const [one] = await all(asked(app, { group: GROUP, handler: 'crm.sync' }));
    expect([one!.result, calls]).toEqual(['handled', [1]]);
    expect(app.get(EventBusStatus).snapshot().state).toBe('running');
  });

  it('is not begun for a request that was made while no process was there', async () => {
    const app = await member();
    await letters(app, 1);
    await app.close();
    apps.pop();
    const message = {
      kind: 'request',
      id: 'old',
      query: { handler: 'crm.sync' },
      options: {},
    } as const;
    broker.topic(TOPIC).append(messageRecord(message, place));
    broker.skip(61_000);
    const later = await member();
    const [one] = await all(asked(later, { group: GROUP, handler: 'crm.sync' }, { by: 'new' }));
    expect(one!.result).toBe('handled');
    expect(log.matching('request old')).toEqual([]);
  });

  it('is rejected where no process of the group takes it', async () => {
    const app = await member();
    await expect(all(asked(app, { group: 'others', topic: 'counted' }))).rejects.toThrow(
      ServiceUnavailableError,
    );
  }, 30_000);
});
