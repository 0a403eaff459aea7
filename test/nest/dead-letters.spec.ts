import {
  type DynamicModule,
  Injectable,
  type INestApplicationContext,
  Module,
  type ModuleMetadata,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  type DeadLetter,
  DeadLetters,
  type KeptDeadLetter,
  type RedrivenLetter,
} from '../../lib/dead-letters/index.js';
import type { OpenEdxEventContext } from '../../lib/consuming/handlers/event-context.js';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import type { EventBusOptions } from '../../lib/event-bus.options.js';
import { EventBusStatus } from '../../lib/observability/event-bus-status.js';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import { MemoryBroker, memoryTransport } from '../../lib/transport/memory/index.js';
import { waitUntil } from '../support/wait-until.js';
import { busOptions, COUNTED, KeptLog, rootModule } from './support/bus-application.js';
import { problemsOf } from './support/starting.js';

const once = { attempts: 1, delayMs: 0 };
const TOPIC = 'counted-tests-dlq';

/** Whether the handlers of this file fail, by their id. */
const failing = new Map<string, boolean | Error>();
const calls: string[] = [];

function called(id: string, n: number): void {
  calls.push(`${id} ${n}`);
  const fails = failing.get(id);
  if (fails) throw fails === true ? new Error(`${id} is down`) : fails;
}

@Injectable()
class Crm {
  @OnOpenEdxEvent(COUNTED, { id: 'crm.sync' })
  sync({ n }: { n: number }): void {
    called('crm.sync', n);
  }
  @OnOpenEdxEvent(COUNTED, { id: 'mail.send' })
  send({ n }: { n: number }): void {
    called('mail.send', n);
  }
}

interface Started {
  readonly app: INestApplicationContext;
  readonly letters: DeadLetters;
  readonly producer: EventBusProducer;
  readonly counts: () => ReturnType<EventBusStatus['snapshot']>['counts'];
  readonly log: KeptLog;
}

const apps: INestApplicationContext[] = [];

async function started(options: EventBusOptions = {}, providers: Type[] = [Crm]): Promise<Started> {
  const log = new KeptLog();
  const bus = EventBusModule.forRoot(
    busOptions({ logger: log, retry: once, onFailure: 'deadLetter', ...options }),
  );
  const app = await NestFactory.createApplicationContext(rootModule({ providers }, bus), {
    logger: false,
    abortOnError: false,
  });
  apps.push(app);
  const status = app.get(EventBusStatus);
  return {
    ...{ app, log, letters: app.get(DeadLetters), producer: app.get(EventBusProducer) },
    counts: () => status.snapshot().counts,
  };
}

async function all<T>(of: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of of) found.push(one);
  return found;
}

const resultsOf = (redriven: readonly RedrivenLetter[]): string[] =>
  redriven.map(({ result }) => result);

beforeEach(() => {
  failing.clear();
  calls.length = 0;
});
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
});

describe('a record that its handlers gave up, with onFailure: deadLetter', () => {
  it('is kept with its bytes and its reasons, acknowledged, and the next one follows', async () => {
    failing.set('crm.sync', true);
    const broker = new MemoryBroker();
    const kept: KeptDeadLetter[] = [];
    const { letters, producer, counts, log } = await started({
      transport: memoryTransport({ broker }),
      onDeadLetter: (letter) => void kept.push(letter),
    });
    const { id } = await producer.send(COUNTED, { n: 1 });
    await waitUntil(() => counts().deadLettered === 1);
    failing.clear();
    await producer.send(COUNTED, { n: 2 });
    await waitUntil(() => counts().handled === 1);

    const [stored] = broker.topic(TOPIC).partitions[0]!.all();
    const [original] = broker.topic('counted').partitions[0]!.all();
    const own = original!.record.attributes.length;
    expect(stored!.record.key).toEqual(original!.record.key);
    expect(stored!.record.value).toEqual(original!.record.value);
    expect(stored!.record.attributes.slice(0, own)).toEqual(original!.record.attributes);
    const appended = stored!.record.attributes.slice(own);
    expect(appended.map(([name]) => name)).toEqual([
      ...['topic', 'partition', 'offset', 'group', 'delivery.count', 'message'].map(
        (name) => `__dlq.errors.${name}`,
      ),
      ...[
        'id',
        'code',
        'handlers',
        'first-time',
        'last-time',
        'original-timestamp',
        'redrives',
      ].map((name) => `openedx.dlq.${name}`),
    ]);
    const texts = Object.fromEntries(appended.map(([name, bytes]) => [name, String(bytes)]));
    expect(texts).toMatchObject({
      '__dlq.errors.topic': 'counted',
      '__dlq.errors.partition': '0',
      '__dlq.errors.offset': '0',
      '__dlq.errors.group': 'tests',
      '__dlq.errors.delivery.count': '1',
      '__dlq.errors.message': 'crm.sync: crm.sync is down',
      'openedx.dlq.code': 'HANDLERS_FAILED',
      'openedx.dlq.redrives': '0',
    });
    expect(JSON.parse(texts['openedx.dlq.handlers']!)).toEqual([
      { id: 'crm.sync', error: 'Error', message: 'crm.sync is down' },
    ]);

    const { letters: page, next } = await letters.list();
    expect(next).toBeUndefined();
    expect(page).toHaveLength(1);
    expect(page[0]).toMatchObject({
      group: 'tests',
      topic: 'counted',
      type: COUNTED.type,
      metadata: { id },
      code: 'HANDLERS_FAILED',
      redrives: 0,
      original: { topic: 'counted', partition: '0', offset: '0' },
      position: { topic: TOPIC, partition: '0', offset: '0' },
    });
    expect(await letters.data(page[0]!)).toEqual({ n: 1 });
    expect(kept).toMatchObject([
      { id: page[0]!.id, topic: TOPIC, group: 'tests', type: COUNTED.type, metadata: { id } },
    ]);
    expect(log.matching(`kept as dead letter ${page[0]!.id} on topic ${TOPIC}`)).toHaveLength(1);
    expect(counts()).toMatchObject({ failed: 1, deadLettered: 1, handled: 1 });
  });

  it('goes again to the handler that failed alone, and is closed when that succeeds', async () => {
    failing.set('crm.sync', true);
    const { letters, producer, counts } = await started();
    await producer.send(COUNTED, { n: 1 });
    await waitUntil(() => counts().deadLettered === 1);
    calls.length = 0;
    failing.clear();
    const redriven = await all(letters.redrive({ topic: 'counted' }, { by: 'me' }));
    expect(resultsOf(redriven)).toEqual(['handled']);
    expect(calls).toEqual(['crm.sync 1']);
    expect((await letters.list()).letters).toEqual([]);
    const { id, position } = redriven[0]!.letter;
    expect(await all(letters.history())).toEqual([
      { id, position, action: 'redriven', by: 'me', at: expect.any(Date) as Date },
    ]);
    expect(resultsOf(await all(letters.redrive({ topic: 'counted' })))).toEqual([]);
  });

  it('stays open where the bus stops before its handler has ended, which is told by its signal', async () => {
    const signals: AbortSignal[] = [];
    @Injectable()
    class Stuck {
      @OnOpenEdxEvent(COUNTED, { id: 'stuck' })
      on(_: { n: number }, { signal }: OpenEdxEventContext): Promise<void> | void {
        signals.push(signal);
        if (signals.length === 1) throw new Error('down');
        return new Promise(() => undefined);
      }
    }
    const transport = memoryTransport({ broker: new MemoryBroker() });
    const { app, letters, producer, counts } = await started({ transport, shutdownTimeout: 50 }, [
      Stuck,
    ]);
    await producer.send(COUNTED, { n: 1 });
    await waitUntil(() => counts().deadLettered === 1);
    const redriving = all(letters.redrive({ topic: 'counted' }));
    await waitUntil(() => signals.length === 2);
    await app.close();
    expect(resultsOf(await redriving)).toEqual(['kept']);
    expect(signals[1]!.reason).toEqual(
      new Error('The event bus stopped before the handler finished'),
    );
    const second = await started({ transport }, [Stuck]);
    expect((await second.letters.list()).letters).toHaveLength(1);
  });

  it('that fails again is one letter again, of constant size, with one redrive more', async () => {
    failing.set('crm.sync', true);
    const broker = new MemoryBroker();
    const { letters, producer, counts } = await started({ transport: memoryTransport({ broker }) });
    await producer.send(COUNTED, { n: 1 });
    await waitUntil(() => counts().deadLettered === 1);
    const [first] = (await letters.list()).letters;
    const sizes = new Set<number>();
    for (let redrives = 1; redrives <= 20; redrives++) {
      const [one] = await all(letters.redrive({ handler: 'crm.sync' }));
      expect(one).toMatchObject({ result: 'failedAgain', error: { code: 'HANDLERS_FAILED' } });
      const open = (await letters.list()).letters;
      expect(open).toHaveLength(1);
      expect(open[0]).toMatchObject({ id: first!.id, redrives, firstTime: first!.firstTime });
      const { attributes } = broker.topic(TOPIC).partitions[0]!.at(redrives)!.record;
      const others = attributes.filter(([name]) => name !== 'openedx.dlq.redrives');
      sizes.add(others.reduce((sum, [name, bytes]) => sum + name.length + bytes!.length, 0));
      expect(attributes.filter(([name]) => name === 'openedx.dlq.redrives')).toHaveLength(1);
    }
    expect(sizes.size).toBe(1);
    expect((await all(letters.history())).map(({ action }) => action)).toEqual(
      new Array(20).fill('failedAgain'),
    );
  });

  it('goes to its topic again only when asked, with the same event id', async () => {
    failing.set('crm.sync', true);
    const { letters, producer, counts } = await started();
    const { id } = await producer.send(COUNTED, { n: 1 });
    await waitUntil(() => counts().deadLettered === 1);
    failing.clear();
    calls.length = 0;
    const redriven = await all(letters.redrive({ topic: 'counted' }, { to: 'topic' }));
    expect(resultsOf(redriven)).toEqual(['sent']);
    expect(redriven[0]!.letter.metadata!.id).toBe(id);
    await waitUntil(() => counts().handled === 1);
    expect(calls).toEqual(['crm.sync 1', 'mail.send 1']);
    expect((await letters.list()).letters).toEqual([]);
  });

  it('stays open where its handler is gone, and says so', async () => {
    failing.set('crm.sync', true);
    const broker = new MemoryBroker();
    const before = await started({ transport: memoryTransport({ broker }) });
    await before.producer.send(COUNTED, { n: 1 });
    await waitUntil(() => before.counts().deadLettered === 1);

    @Injectable()
    class Other {
      @OnOpenEdxEvent(COUNTED, { id: 'crm.renamed' })
      sync({ n }: { n: number }): void {
        called('crm.renamed', n);
      }
    }
    const after = await started({ transport: memoryTransport({ broker }) }, [Other as typeof Crm]);
    calls.length = 0;
    const [one] = await all(after.letters.redrive({ topic: 'counted' }));
    expect(one).toMatchObject({
      result: 'kept',
      error: { code: 'HANDLER_GONE', handlers: ['crm.sync'] },
    });
    expect(calls).toEqual([]);
    expect((await after.letters.list()).letters).toHaveLength(1);
  });

  it('is discarded with a reason, which the history keeps', async () => {
    failing.set('mail.send', true);
    const { letters, producer, counts } = await started();
    for (const n of [1, 2, 3]) await producer.send(COUNTED, { n });
    await waitUntil(() => counts().deadLettered === 3);
    expect(await letters.discard({ topic: 'counted' }, 'test', { dryRun: true })).toBe(3);
    expect(await letters.discard({ topic: 'counted' }, 'test data', { limit: 2, by: 'me' })).toBe(
      2,
    );
    expect((await letters.list()).letters).toHaveLength(1);
    expect(await all(letters.history())).toMatchObject([
      { action: 'discarded', reason: 'test data', by: 'me' },
      { action: 'discarded', reason: 'test data', by: 'me' },
    ]);
    await expect(letters.discard({}, 'all')).rejects.toMatchObject({ code: 'CONFIGURATION' });
    await expect(letters.discard({ topic: 'counted' }, ' ')).rejects.toMatchObject({
      code: 'CONFIGURATION',
    });
    await expect(all(letters.redrive({}))).rejects.toMatchObject({ code: 'CONFIGURATION' });
  });

  it('is found by topic, group, handler, code, event type, id and time, page by page', async () => {
    failing.set('crm.sync', true);
    const { letters, producer, counts } = await started();
    for (let n = 1; n <= 5; n++) await producer.send(COUNTED, { n });
    await waitUntil(() => counts().deadLettered === 5);
    const found: DeadLetter[] = await all(letters.all());
    expect(found).toHaveLength(5);
    const { id, lastTime } = found[2]!;
    for (const query of [
      ...[{ topic: 'counted' }, { group: 'tests' }, { handler: 'crm.sync' }],
      ...[{ code: 'HANDLERS_FAILED' }, { eventType: COUNTED.type }, { since: new Date(0) }],
    ])
      expect(await all(letters.all(query))).toHaveLength(5);
    for (const query of [
      ...[{ handler: 'mail.send' }, { code: 'UNUSABLE_RECORD' }, { eventType: 'other' }],
      ...[{ until: new Date(0) }, { since: new Date(lastTime!.getTime() + 60_000) }],
      { topic: 'counted', group: 'others' },
    ])
      expect(await all(letters.all(query))).toEqual([]);
    expect(await letters.get(id)).toEqual(found[2]);
    expect(await letters.get('unknown')).toBeUndefined();
    const pages: string[][] = [];
    let after: string | undefined;
    do {
      const page = await letters.list({ limit: 2, after });
      pages.push(page.letters.map((letter) => letter.id));
      after = page.next;
    } while (after !== undefined);
    expect(pages.map(({ length }) => length)).toEqual([2, 2, 1]);
    expect(pages.flat()).toEqual(found.map((letter) => letter.id));
    await expect(letters.list({ topic: 'misspelt' })).rejects.toMatchObject({
      code: 'CONFIGURATION',
    });
    await expect(letters.list({ after: 'nonsense' })).rejects.toMatchObject({
      code: 'CONFIGURATION',
    });
  });

  it('that cannot be read is kept too, and stays one until it can be', async () => {
    const broker = new MemoryBroker();
    const { letters, counts } = await started({ transport: memoryTransport({ broker }) });
    broker.topic('counted').append({
      topic: 'counted',
      key: null,
      value: null,
      attributes: [['no', Buffer.from('event')]],
    });
    await waitUntil(() => counts().deadLettered === 1);
    const [letter] = (await letters.list()).letters;
    expect(letter).toMatchObject({ code: 'UNUSABLE_RECORD', handlers: [], redrives: 0 });
    expect(letter!.record.attributes).toEqual([['no', Buffer.from('event')]]);
    expect(resultsOf(await all(letters.redrive({ id: letter!.id })))).toEqual(['failedAgain']);
    expect((await letters.list()).letters).toMatchObject([{ id: letter!.id, redrives: 1 }]);
    expect(counts()).toMatchObject({ unusable: 1, deadLettered: 1 });
  });

  it('is decided by the handlers that failed: halt before deadLetter before log', async () => {
    @Injectable()
    class Mixed {
      @OnOpenEdxEvent(COUNTED, { id: 'crm.sync', onFailure: 'deadLetter' })
      sync({ n }: { n: number }): void {
        called('crm.sync', n);
      }
      @OnOpenEdxEvent(COUNTED, { id: 'mail.send', onFailure: 'log' })
      send({ n }: { n: number }): void {
        called('mail.send', n);
      }
    }
    const { letters, producer, counts } = await started({ onFailure: 'log' }, [Mixed]);
    failing.set('mail.send', true);
    await producer.send(COUNTED, { n: 1 });
    await waitUntil(() => counts().failed === 1);
    expect(counts().deadLettered).toBe(0);
    failing.set('crm.sync', true);
    await producer.send(COUNTED, { n: 2 });
    await waitUntil(() => counts().deadLettered === 1);
    expect((await letters.list()).letters).toMatchObject([{ handlers: [{ id: 'crm.sync' }] }]);
  });

  it('pauses its source, red, while as many letters are open as may be, and goes on when one is discarded', async () => {
    failing.set('crm.sync', true);
    const { app, letters, producer, counts } = await started({ deadLetter: { maxLen: 2 } });
    for (let n = 1; n <= 3; n++) await producer.send(COUNTED, { n });
    const status = app.get(EventBusStatus);
    await waitUntil(() => status.snapshot().state === 'degraded');
    expect(status.snapshot().error!.message).toContain(
      `topic ${TOPIC}: the topic has 2 open letters, and deadLetter.maxLen is 2`,
    );
    expect(status.snapshot().sources[0]).toMatchObject({ state: 'paused', inFlight: 1 });
    expect(counts().deadLettered).toBe(2);
    const [oldest] = (await letters.list()).letters;
    expect(await letters.discard({ id: oldest!.id }, 'room')).toBe(1);
    await waitUntil(() => counts().deadLettered === 3);
    await waitUntil(() => status.snapshot().state === 'running');
    expect((await letters.list()).letters).toHaveLength(2);
  });
});

describe('two that redrive at the same time', () => {
  it('redrive each letter once', async () => {
    failing.set('crm.sync', true);
    const broker = new MemoryBroker();
    const one = await started({ transport: memoryTransport({ broker }) });
    for (let n = 1; n <= 60; n++) await one.producer.send(COUNTED, { n });
    await waitUntil(() => one.counts().deadLettered === 60);
    const other = await started({ transport: memoryTransport({ broker }) });
    failing.clear();
    calls.length = 0;
    const both = await Promise.all(
      [one, other].map(({ letters }) => all(letters.redrive({ topic: 'counted' }))),
    );
    expect(calls.toSorted()).toEqual(
      Array.from({ length: 60 }, (_, n) => `crm.sync ${n + 1}`).toSorted(),
    );
    const results = resultsOf(both.flat());
    expect(results.filter((result) => result === 'handled')).toHaveLength(60);
    expect(results.filter((result) => !['handled', 'reserved'].includes(result))).toEqual([]);
    expect((await one.letters.list()).letters).toEqual([]);
  });
});

describe('a start with dead letters', () => {
  const wrongWith = (options: EventBusOptions, metadata: ModuleMetadata) =>
    problemsOf(
      rootModule(
        metadata,
        EventBusModule.forRoot(busOptions({ onFailure: 'deadLetter', ...options })),
      ),
    );

  it('fails where several instances of a class share the id of a handler', async () => {
    @Injectable()
    class Webhook {
      @OnOpenEdxEvent(COUNTED)
      call(): void {}
    }
    @Module({})
    class Webhooks {
      static to(target: string): DynamicModule {
        return { module: Webhooks, providers: [Webhook, { provide: 'target', useValue: target }] };
      }
    }
    const imports = [Webhooks.to('a'), Webhooks.to('b')];
    const problem = (option: string) => ({
      setting: 'id of handler Webhook.call',
      found: `several instances of its class with this id in group tests, and ${option}`,
    });
    const onLetters = problem("onFailure: 'deadLetter'");
    expect(await wrongWith({}, { imports })).toMatchObject([onLetters]);
    const topics = { other: { onFailure: 'deadLetter' } } as const;
    expect(await wrongWith({ onFailure: 'log', topics }, { imports })).toMatchObject([onLetters]);
    const retry = { later: ['1m'] } as const;
    const onRetries = problem('retry.later');
    expect(await wrongWith({ onFailure: 'log', retry }, { imports })).toMatchObject([onRetries]);
    expect(
      await wrongWith({ onFailure: 'log', topics: { other: { retry } } }, { imports }),
    ).toMatchObject([onRetries]);
    const bus = EventBusModule.forRoot(busOptions({ onFailure: 'log', retry: { later: [] } }));
    const root = rootModule({ imports }, bus);
    const app = await NestFactory.createApplicationContext(root, { logger: false });
    await app.close();
  });

  it('fails where the transport keeps none', async () => {
    const real = memoryTransport();
    const transport = Object.assign(async (host: Parameters<typeof real>[0]) => {
      const parts = await real(host);
      Object.defineProperty(parts.transport, 'deadLetters', { value: undefined });
      return parts;
    }, real);
    expect(await wrongWith({ transport }, { providers: [Crm] })).toMatchObject([
      { setting: 'onFailure', found: 'deadLetter' },
    ]);
  });

  it('fails where an option of deadLetter is misspelt or wrong', async () => {
    const deadLetter = { maxLen: 0, stacks: true, onRefused: 'drop' } as object;
    const problems = await wrongWith({ deadLetter }, { providers: [Crm] });
    expect(problems.map(({ setting }) => setting).toSorted()).toEqual([
      'deadLetter.maxLen',
      'deadLetter.onRefused',
      'deadLetter.stacks',
    ]);
  });
});
