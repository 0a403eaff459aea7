import { Injectable, type INestApplicationContext, type Provider } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  type DeadLetterQuery,
  DeadLetters,
  type RedriveOptions,
  type RedrivenLetter,
} from '../../lib/dead-letters/index.js';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import type { EventBusOptions } from '../../lib/event-bus.options.js';
import { EventBusStatus } from '../../lib/observability/event-bus-status.js';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import { MemoryBroker, memoryTransport } from '../../lib/transport/memory/index.js';
import type { EventRecord } from '../../lib/transport/transport.interface.js';
import { waitUntil } from '../support/wait-until.js';
import { busOptions, COUNTED, KeptLog, rootModule } from './support/bus-application.js';

const TOPIC = 'counted-tests-dlq';

let isDown = true;
let hang: Promise<void> | undefined;
const calls: number[] = [];

@Injectable()
class Crm {
  @OnOpenEdxEvent(COUNTED, { id: 'crm.sync' })
  async sync({ n }: { n: number }): Promise<void> {
    calls.push(n);
    if (isDown) throw new Error('the CRM is down');
    await hang;
  }
}

interface Started {
  readonly app: INestApplicationContext;
  readonly broker: MemoryBroker;
  readonly letters: DeadLetters;
  readonly producer: EventBusProducer;
  readonly counts: () => ReturnType<EventBusStatus['snapshot']>['counts'];
  readonly log: KeptLog;
}

const apps: INestApplicationContext[] = [];

async function started(
  options: EventBusOptions = {},
  broker = new MemoryBroker(),
  providers: Provider[] = [Crm],
): Promise<Started> {
  const log = new KeptLog();
  const bus = EventBusModule.forRoot(
    busOptions({
      ...{ logger: log, retry: { attempts: 1 }, onFailure: 'deadLetter' },
      ...{ transport: memoryTransport({ broker }), ...options },
    }),
  );
  const app = await NestFactory.createApplicationContext(rootModule({ providers }, bus), {
    ...{ logger: false, abortOnError: false },
  });
  apps.push(app);
  const status = app.get(EventBusStatus);
  return {
    ...{ app, broker, log, letters: app.get(DeadLetters), producer: app.get(EventBusProducer) },
    counts: () => status.snapshot().counts,
  };
}

/** An application with so many letters, numbered from 1, whose handler is in order again. */
async function withLetters(count: number, options: EventBusOptions = {}): Promise<Started> {
  const bus = await started(options);
  for (let n = 1; n <= count; n++) await bus.producer.send(COUNTED, { n });
  await waitUntil(() => bus.counts().deadLettered === count);
  isDown = false;
  calls.length = 0;
  return bus;
}

async function all<T>(of: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of of) found.push(one);
  return found;
}

const resultsOf = (redriven: readonly RedrivenLetter[]): string[] =>
  redriven.map(({ result }) => result);

/** Writes a copy of the first letter to a topic, with other attributes. */
function forge(broker: MemoryBroker, attributes: Record<string, string>, value?: Buffer): void {
  const { record } = broker.topic(TOPIC).partitions[0]!.at(0)!;
  const others = record.attributes.map(
    ([name, bytes]) => [name, name in attributes ? Buffer.from(attributes[name]!) : bytes] as const,
  );
  const forged = { ...record, attributes: others, untrimmed: true as const };
  broker.topic(TOPIC).append(value ? { ...forged, value } : forged);
}

beforeEach(() => {
  isDown = true;
  hang = undefined;
  calls.length = 0;
});
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
});

describe('arguments that TypeScript would not take', () => {
  it('are rejected before a letter is touched', async () => {
    const { letters } = await withLetters(2);
    const wrong = { code: 'CONFIGURATION' };
    const queries: unknown[] = [
      ...[null, 'counted', 5, [], {}, { topics: 'x' }, { Handler: 'crm.sync' }],
      ...[{ topic: 'counted', topics: 'x' }, { topic: null }, { topic: ['counted'] }, { id: 5 }],
      ...[{ id: [5] }, { handler: '' }, { since: '2026-01-01' }, { until: 0 }],
      ...[{ since: new Date(NaN) }, { topic: 'counted', limit: 1 }],
    ];
    for (const query of queries as DeadLetterQuery[]) {
      await expect(all(letters.redrive(query))).rejects.toMatchObject(wrong);
      await expect(letters.discard(query, 'a reason')).rejects.toMatchObject(wrong);
    }
    const options: unknown[] = [
      ...[null, 'topic', { to: 'topics' }, { to: '' }, { rate: 0 }, { rate: -1 }, { rate: NaN }],
      ...[{ rate: '5' }, { limit: 0 }, { limit: 1.5 }, { limit: NaN }, { limit: '1' }],
      ...[{ dryRun: 'false' }, { dry_run: true }, { dryrun: true }, { by: 5 }, { by: '' }],
    ];
    const query = { topic: 'counted' };
    for (const one of options as RedriveOptions[])
      await expect(all(letters.redrive(query, one))).rejects.toMatchObject(wrong);
    await expect(letters.discard(query, 'a reason', { limit: 0 })).rejects.toMatchObject(wrong);
    await expect(letters.discard(query, 5 as unknown as string)).rejects.toMatchObject(wrong);
    for (const one of [{ limit: 0 }, { limit: 1.5 }, { topics: 'x' }, { after: 5 }, null])
      await expect(letters.list(one as DeadLetterQuery)).rejects.toMatchObject(wrong);
    for (const read of [[null], [{}], ['x'], [{ topic: TOPIC, partition: 0, offset: '0' }]]) {
      const after = Buffer.from(JSON.stringify({ topic: TOPIC, read })).toString('base64url');
      await expect(letters.list({ after })).rejects.toMatchObject(wrong);
    }
    await expect(all(letters.all({ topics: 'x' } as DeadLetterQuery))).rejects.toMatchObject(wrong);
    await expect(all(letters.history({ id: 'x' } as DeadLetterQuery))).rejects.toMatchObject(wrong);
    expect(calls).toEqual([]);
    expect((await letters.list()).letters).toHaveLength(2);
    expect(await all(letters.history())).toEqual([]);
  });
});

describe('a forged letter', () => {
  const origin = { topic: '__dlq.errors.topic', group: '__dlq.errors.group' };

  it.each([
    ['another topic', { [origin.topic]: 'payments' }],
    ['another group', { [origin.group]: 'billing' }],
    ['a topic without the prefix', { [origin.topic]: 'counted' }],
  ])('that names %s goes nowhere', async (_, attributes) => {
    const { letters, broker } = await withLetters(1, { topicPrefix: 'dev' });
    const name = `dev-${TOPIC}`;
    const { record } = broker.topic(name).partitions[0]!.at(0)!;
    broker.topic(name).append({
      ...record,
      untrimmed: true,
      attributes: record.attributes.map(
        ([attribute, bytes]) =>
          [
            attribute,
            attribute in attributes ? Buffer.from(attributes[attribute]!) : bytes,
          ] as EventRecord['attributes'][number],
      ),
    });
    isDown = true;
    for (const to of ['topic', 'handlers'] as const) {
      const redriven = await all(letters.redrive({ code: 'HANDLERS_FAILED' }, { to }));
      const forged = redriven.filter(({ letter }) => letter.position.offset === '1');
      expect(forged).toMatchObject([{ result: 'kept', error: { code: 'UNUSABLE_RECORD' } }]);
    }
    for (const other of ['payments', 'counted', 'dev-payments', 'dev-counted-billing-dlq'])
      expect(broker.has(other)).toBe(false);
  });

  it('with the id of another one neither hides nor closes it', async () => {
    const { letters, broker } = await withLetters(1);
    const [real] = (await letters.list()).letters;
    isDown = true;
    forge(broker, {}, Buffer.from('something else'));
    const open = await all(letters.all());
    expect(open.map(({ id }) => id)).toEqual([real!.id, real!.id]);
    forge(broker, { 'openedx.dlq.handlers': '[{"id":"mail.send"}]' });
    expect(await all(letters.all())).toHaveLength(3);
    isDown = false;
    const redriven = await all(letters.redrive({ id: real!.id }, { limit: 1 }));
    expect(resultsOf(redriven)).toEqual(['handled']);
    const left = await all(letters.all());
    expect(left.map(({ position }) => position.offset)).toEqual(['1', '2']);
  });

  it('with values that make no sense is listed and closed', async () => {
    const { letters, broker } = await withLetters(1);
    const nonsense: Record<string, string>[] = [
      { '__dlq.errors.partition': 'abc', '__dlq.errors.offset': '-5' },
      { '__dlq.errors.partition': '999999999' },
      { 'openedx.dlq.first-time': '+275760-09-13T00:00:00.001Z', 'openedx.dlq.last-time': 'x' },
      { 'openedx.dlq.original-timestamp': '-271821-04-20T00:00:00.000Z' },
      { 'openedx.dlq.redrives': '999999999', '__dlq.errors.delivery.count': '-1' },
      { 'openedx.dlq.id': 'NO-UUID', 'openedx.dlq.code': '__proto__' },
      { 'openedx.dlq.id': 'AAAAAAAA-AAAA-4AAA-8AAA-AAAAAAAAAAAA' },
      { 'openedx.dlq.handlers': '[{"id":"__proto__"},null,5,[],{"__proto__":{"id":"x"}}]' },
      { 'openedx.dlq.handlers': '{"length":1e9}' },
      { 'openedx.dlq.handlers': '['.repeat(30_000) },
      { 'openedx.dlq.handlers': JSON.stringify(new Array(5_000).fill({ id: 'x' })) },
      { '__dlq.errors.message': 'm'.repeat(1_000_000), 'openedx.dlq.handlers': '"' },
    ];
    for (const one of nonsense) forge(broker, one);
    const value = Buffer.from([0xff]);
    broker.topic(TOPIC).append({ topic: TOPIC, key: null, value: null, attributes: [] });
    broker.topic(TOPIC).append({
      ...{ topic: TOPIC, key: value, value },
      attributes: [
        ['openedx.dlq.record', Buffer.from('closing')],
        ['openedx.dlq.id', null],
        ['openedx.dlq.id', value],
        ['openedx.dlq.id', value],
      ],
    });
    const found = await all(letters.all());
    for (const letter of found) {
      expect(await letters.get(letter.id)).toBeDefined();
      await letters.data(letter).then(
        (data) => expect(data).toEqual({ n: 1 }),
        (error: unknown) => expect(error).toMatchObject({ code: 'UNUSABLE_RECORD' }),
      );
    }
    isDown = true;
    const redriven = await all(letters.redrive({ since: new Date(0) }));
    for (const { result } of redriven) expect(['failedAgain', 'kept']).toContain(result);
    await letters.discard({ until: new Date(8.64e15) }, 'nonsense');
    expect(await all(letters.all())).toEqual([]);
    for (const { at } of await all(letters.history())) expect(at.getTime()).toBeGreaterThan(0);
  });
});

describe('a redrive', () => {
  it('that fails again finds room where as many letters are open as may be', async () => {
    const { letters } = await withLetters(2, { deadLetter: { maxLen: 2 } });
    isDown = true;
    const redriven = await all(letters.redrive({ topic: 'counted' }));
    expect(resultsOf(redriven)).toEqual(['failedAgain', 'failedAgain']);
    expect((await letters.list()).letters).toMatchObject([{ redrives: 1 }, { redrives: 1 }]);
  });

  it('that is broken off or fails in the middle gives up what it reserved', async () => {
    const { letters } = await withLetters(3);
    for await (const { result } of letters.redrive({ topic: 'counted' })) {
      expect(result).toBe('handled');
      break;
    }
    await expect(
      (async () => {
        for await (const one of letters.redrive({ topic: 'counted' }, { limit: 1 }))
          throw new Error(one.result);
      })(),
    ).rejects.toThrow('handled');
    expect(resultsOf(await all(letters.redrive({ topic: 'counted' })))).toEqual(['handled']);
  });

  it('that nobody asks for more neither delays the close nor keeps its letters', async () => {
    const { app, broker, letters } = await withLetters(3, { shutdownTimeout: 600_000 });
    const iterator = letters.redrive({ topic: 'counted' })[Symbol.asyncIterator]();
    expect((await iterator.next()).value).toMatchObject({ result: 'handled' });
    await app.close();
    const other = await started({}, broker);
    expect(resultsOf(await all(other.letters.redrive({ topic: 'counted' })))).toEqual([
      'handled',
      'handled',
    ]);
    expect(await iterator.next()).toMatchObject({ done: true });
  });

  it('whose handler does not end is abandoned with the application, and keeps its letter', async () => {
    const { app, broker, letters } = await withLetters(1, { shutdownTimeout: 100 });
    hang = new Promise(() => undefined);
    const redriven = all(letters.redrive({ topic: 'counted' }));
    await waitUntil(() => calls.length === 1);
    await app.close();
    expect(await redriven).toMatchObject([{ result: 'kept' }]);
    hang = undefined;
    const other = await started({}, broker);
    expect(resultsOf(await all(other.letters.redrive({ topic: 'counted' })))).toEqual(['handled']);
  });
});

describe('a letter', () => {
  it('of a topic that was recreated is not taken for one of the topic before', async () => {
    const letters = new MemoryBroker();
    const sources = [new MemoryBroker(), new MemoryBroker()];
    const ids = new Set<string>();
    for (const [n, broker] of sources.entries()) {
      const bus = await started({}, broker);
      await bus.producer.send(COUNTED, { n });
      await waitUntil(() => bus.counts().deadLettered === 1);
      const [letter] = (await bus.letters.list()).letters;
      expect(letter!.original).toEqual({ topic: 'counted', partition: '0', offset: '0' });
      ids.add(letter!.id);
      const { record } = broker.topic(TOPIC).partitions[0]!.at(0)!;
      letters.topic(TOPIC).append({ ...record, untrimmed: true });
    }
    expect(ids.size).toBe(2);
    isDown = false;
    const bus = await started({}, letters);
    calls.length = 0;
    expect(resultsOf(await all(bus.letters.redrive({ topic: 'counted' })))).toEqual([
      'handled',
      'handled',
    ]);
    expect(calls).toEqual([0, 1]);
  });
});

describe('pages', () => {
  it('go on where a letter was closed meanwhile, across topics', async () => {
    const broker = new MemoryBroker();
    const { letters } = await withLetters(4, { transport: memoryTransport({ broker }) });
    const first = await letters.list({ limit: 2 });
    const ids = (await all(letters.all())).map(({ id }) => id);
    expect(await letters.discard({ id: ids.slice(1, 3) }, 'in between')).toBe(2);
    const second = await letters.list({ limit: 2, after: first.next });
    expect(second.letters.map(({ id }) => id)).toEqual(ids.slice(3));
    expect(second.next).toBeUndefined();
  });
});

describe('two pairs of topic and group whose letters have one topic', () => {
  @Injectable()
  class Both {
    @OnOpenEdxEvent(COUNTED, { id: 'one', group: 'c', topic: 'a-b' })
    one({ n }: { n: number }): void {
      calls.push(n);
      if (isDown) throw new Error('one is down');
    }
    @OnOpenEdxEvent(COUNTED, { id: 'other', group: 'b-c', topic: 'a' })
    other({ n }: { n: number }): void {
      calls.push(-n);
      if (isDown) throw new Error('other is down');
    }
  }

  it('are each redriven to their own handler', async () => {
    const route = { event_key_field: 'n', enabled: true };
    const { letters, producer, counts, broker } = await started(
      { producerConfig: { [COUNTED.type]: { 'a-b': route, a: route } } },
      new MemoryBroker(),
      [Both],
    );
    await producer.send(COUNTED, { n: 1 });
    await waitUntil(() => counts().deadLettered === 2);
    expect(broker.topic('a-b-c-dlq').partitions[0]!.all()).toHaveLength(2);
    expect((await letters.list({ topic: 'a' })).letters).toMatchObject([{ group: 'b-c' }]);
    isDown = false;
    calls.length = 0;
    expect(resultsOf(await all(letters.redrive({ topic: 'a', group: 'b-c' })))).toEqual([
      'handled',
    ]);
    expect(calls).toEqual([-1]);
    expect(resultsOf(await all(letters.redrive({ eventType: COUNTED.type })))).toEqual(['handled']);
    expect(calls).toEqual([-1, 1]);
  });
});

describe('the failure policy in a redrive', () => {
  it.each([
    ['classify says halt', { classify: (): 'halt' => 'halt' }, 'kept'],
    ['classify says fail', { classify: (): 'fail' => 'fail' }, 'failedAgain'],
    ['the limit of consecutive errors is reached', { consecutiveErrorsLimit: 1 }, 'failedAgain'],
    [
      'onFailure of the topic is halt',
      { topics: { counted: { onFailure: 'halt' } } },
      'failedAgain',
    ],
  ] as const)('where %s', async (_, options, result) => {
    const { broker } = await withLetters(2);
    isDown = true;
    const { letters } = await started({ ...options }, broker);
    const redriven = await all(letters.redrive({ topic: 'counted' }));
    expect(resultsOf(redriven)).toEqual([result, result]);
    expect((await letters.list()).letters).toHaveLength(2);
  });

  it('where the handler takes too long', async () => {
    const { broker } = await withLetters(1);
    const { letters, app } = await started({ handlerTimeout: 20 }, broker);
    hang = new Promise(() => undefined);
    const [one] = await all(letters.redrive({ topic: 'counted' }));
    expect(one).toMatchObject({ result: 'failedAgain' });
    const [letter] = (await letters.list()).letters;
    expect(letter!.handlers).toMatchObject([{ id: 'crm.sync', error: 'HandlerTimeoutError' }]);
    expect(app.get(EventBusStatus).snapshot().state).toBe('running');
  });
});

it('the events of a key wait for a letter that cannot be written, with concurrency too', async () => {
  const { letters, counts, producer, app } = await withLetters(1, {
    ...{ concurrency: 4, deadLetter: { maxLen: 1 } },
  });
  isDown = true;
  const first = await producer.send(COUNTED, { n: 7 });
  const status = app.get(EventBusStatus);
  await waitUntil(() => status.snapshot().state === 'degraded');
  await producer.send(COUNTED, { n: 7 });
  const [oldest] = (await letters.list()).letters;
  isDown = false;
  expect(calls).toEqual([7]);
  expect(await letters.discard({ id: oldest!.id }, 'room')).toBe(1);
  await waitUntil(() => counts().handled === 1);
  expect(calls).toEqual([7, 7]);
  expect((await letters.list()).letters).toMatchObject([{ metadata: { id: first.id } }]);
  await waitUntil(() => status.snapshot().state === 'running');
});

it('an application that closes while its letter cannot be written leaves the record to the next', async () => {
  const { app, broker, letters, producer } = await withLetters(1, {
    ...{ deadLetter: { maxLen: 1 }, shutdownTimeout: 600_000 },
  });
  isDown = true;
  await producer.send(COUNTED, { n: 7 });
  await waitUntil(() => app.get(EventBusStatus).snapshot().state === 'degraded');
  await app.close();
  expect(await letters.list()).toMatchObject({ letters: [{ group: 'tests' }] });
  isDown = false;
  calls.length = 0;
  const next = await started({}, broker);
  await waitUntil(() => next.counts().handled === 1);
  expect(calls).toEqual([7]);
});
