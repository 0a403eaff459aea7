import { Injectable, Module } from '@nestjs/common';
import type { OpenEdxEventContext } from '../../lib/consuming/handlers/event-context.js';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import type { EventBusError } from '../../lib/errors/index.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import type { EventBusOptions } from '../../lib/event-bus.options.js';
import type { IdempotencyStore } from '../../lib/transport/idempotency-store.interface.js';
import { memoryIdempotencyStore } from '../../lib/transport/memory/index.js';
import { waitUntil } from '../support/wait-until.js';
import { busOptions, COUNTED, rootModule } from './support/bus-application.js';
import {
  all,
  beforeEffect,
  effects,
  endApplications,
  idOf,
  once,
  resultsOf,
  started,
  storeWith,
} from './support/idempotent-application.js';
import { problemsOf } from './support/starting.js';

afterEach(endApplications);

describe('a dead letter of an event that its handler has handled since', () => {
  async function handledLetter() {
    const store = memoryIdempotencyStore();
    beforeEffect(() => {
      throw new Error('not yet');
    });
    const running = await started({ idempotency: { store }, retry: once, onFailure: 'deadLetter' });
    const metadata = { id: idOf(1) };
    await running.producer.send(COUNTED, { n: 1 }, { metadata });
    await waitUntil(() => running.counts().deadLettered === 1);
    beforeEffect(() => undefined);
    await running.producer.send(COUNTED, { n: 1 }, { metadata });
    await waitUntil(() => running.counts().handled === 1);
    expect(effects).toEqual(['crm 1']);
    return running;
  }

  it('is skipped by a redrive, and closed', async () => {
    const { letters } = await handledLetter();
    const redriven = await all(letters.redrive({ topic: 'counted' }));
    expect(resultsOf(redriven)).toEqual(['skipped']);
    expect(effects).toEqual(['crm 1']);
    expect((await letters.list()).letters).toEqual([]);
  });

  it('is handled by a redrive with again', async () => {
    const { letters } = await handledLetter();
    const redriven = await all(letters.redrive({ topic: 'counted' }, { again: true }));
    expect(resultsOf(redriven)).toEqual(['handled']);
    expect(effects).toEqual(['crm 1', 'crm 1']);
  });
});

describe('context.once', () => {
  /** A database with one table of marks and one of effects, whose transactions are stored together or not at all. */
  class Database {
    readonly marks = new Set<string>();
    readonly effects: string[] = [];

    async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
      const tx: Transaction = { marks: new Set(), effects: [] };
      const result = await work(tx);
      for (const mark of tx.marks) this.marks.add(mark);
      this.effects.push(...tx.effects);
      return result;
    }
  }
  interface Transaction {
    readonly marks: Set<string>;
    readonly effects: string[];
  }

  const withTransactions = (database: Database): IdempotencyStore => ({
    ...storeWith(() => ({})).store,
    once: (tx, key) => {
      const { marks } = tx as Transaction;
      const isNew = !database.marks.has(key) && !marks.has(key);
      marks.add(key);
      return Promise.resolve(isNew);
    },
  });

  it('runs its work once for an event, a handler and a name, also in a handler that is not idempotent', async () => {
    const database = new Database();
    const ran: boolean[][] = [];
    let fails = true;
    @Injectable()
    class Accounts {
      @OnOpenEdxEvent(COUNTED, { id: 'accounts' })
      async on({ n }: { n: number }, context: OpenEdxEventContext): Promise<void> {
        await database.transaction(async (tx) => {
          const first = await context.once(tx, () => void tx.effects.push(`account ${n}`));
          const second = await context.once(tx, () => tx.effects.push(`mail ${n}`), {
            name: 'mail',
          });
          if (fails) throw new Error('rolled back');
          ran.push([first, second]);
        });
      }
    }
    const { producer, counts } = await started(
      { idempotency: { store: withTransactions(database) }, retry: { attempts: 2, delayMs: 1 } },
      [Accounts],
    );
    const metadata = { id: idOf(1) };
    await producer.send(COUNTED, { n: 1 }, { metadata });
    await waitUntil(() => counts().retried === 1);
    await waitUntil(() => counts().failed === 1);
    fails = false;
    for (let i = 0; i < 2; i++) await producer.send(COUNTED, { n: 1 }, { metadata });
    await waitUntil(() => counts().handled === 2);
    expect(database.effects).toEqual(['account 1', 'mail 1']);
    expect(ran).toEqual([
      [true, true],
      [false, false],
    ]);
  });

  it('rejects where the store does not say whether the mark is new', async () => {
    const store = { ...storeWith().store, once: () => Promise.resolve(undefined as never) };
    const errors: EventBusError[] = [];
    let ran = 0;
    beforeEffect((_, context) =>
      context.once({}, () => ran++).catch((error: EventBusError) => errors.push(error)),
    );
    const { producer, counts } = await started({ idempotency: { store } });
    await producer.send(COUNTED, { n: 1 });
    await waitUntil(() => counts().handled === 1);
    expect(errors.map(({ message }) => message)).toEqual([
      'Idempotency store: once answered with something other than true or false',
    ]);
    expect(ran).toBe(0);
  });

  it('without a store that can rejects with an error of its own', async () => {
    const errors: EventBusError[] = [];
    beforeEffect((_, context) =>
      context.once({}, () => undefined).catch((error: EventBusError) => errors.push(error)),
    );
    const { producer, counts } = await started();
    await producer.send(COUNTED, { n: 1 }, { metadata: { id: idOf(1) } });
    await waitUntil(() => counts().handled === 1);
    expect(errors).toMatchObject([
      { code: 'ONCE_UNAVAILABLE', topic: 'counted', eventType: COUNTED.type, eventId: idOf(1) },
    ]);
  });
});

describe('the start', () => {
  const bus = (options: EventBusOptions = {}) => EventBusModule.forRoot(busOptions(options));

  it('rejects an idempotent handler without an id, and one without a store', async () => {
    @Injectable()
    class Nameless {
      @OnOpenEdxEvent(COUNTED, { idempotent: true })
      on(): void {}
    }
    const problems = await problemsOf(rootModule({ providers: [Nameless] }, bus()));
    expect(problems).toMatchObject([
      {
        setting: 'id of handler Nameless.on',
        found: 'not set, although the handler is idempotent',
        allowed: expect.stringContaining('minifier'),
      },
      { setting: 'idempotency', found: 'not set, although handler Nameless.on is idempotent' },
    ]);
  });

  it('rejects values that make no sense', async () => {
    @Injectable()
    class Wrong {
      @OnOpenEdxEvent(COUNTED, { id: 'wrong', idempotent: { ttl: 'soon' as '1s' } })
      on(): void {}
      @OnOpenEdxEvent(COUNTED, { id: 'odd', idempotent: 'yes' as unknown as true })
      odd(): void {}
    }
    const store = memoryIdempotencyStore();
    const ofHandlers = bus({ idempotency: { store } });
    const problems = await problemsOf(rootModule({ providers: [Wrong] }, ofHandlers));
    expect(problems.map(({ setting }) => setting)).toEqual([
      'handler Wrong.on: idempotent.ttl',
      'handler Wrong.odd: idempotent',
    ]);
    const idempotency = { store: {}, ttl: -1, lock: 10, tll: '1d' } as never;
    const ofBus = await problemsOf(rootModule({}, bus({ idempotency })));
    expect(ofBus.map(({ setting }) => setting).sort()).toEqual([
      'idempotency.lock',
      'idempotency.store',
      'idempotency.tll',
      'idempotency.ttl',
    ]);
  });

  it('rejects a factory that makes no store', async () => {
    const idempotency = { store: () => ({}) as IdempotencyStore };
    expect(await problemsOf(rootModule({}, bus({ idempotency })))).toMatchObject([
      { setting: 'idempotency.store', found: 'a function that returns no store' },
    ]);
  });

  it('rejects several instances of a class with one id', async () => {
    @Injectable()
    class Webhook {
      @OnOpenEdxEvent(COUNTED, { id: 'webhook', idempotent: true })
      on(): void {}
    }
    @Module({})
    class Part {}
    const part = (name: string) => ({
      module: Part,
      providers: [Webhook, { provide: 'name', useValue: name }],
    });
    const idempotency = { store: memoryIdempotencyStore() };
    const imports = [part('one'), part('two')];
    expect(await problemsOf(rootModule({ imports }, bus({ idempotency })))).toMatchObject([
      {
        setting: 'id of handler webhook',
        found: 'several instances of its class with this id in group tests, and idempotent',
      },
    ]);
  });

  it('warns where letters can be redriven for longer than events are remembered', async () => {
    const options = {
      onFailure: 'deadLetter',
      deadLetter: { retention: 30 * 86_400_000 },
    } as const;
    const { log } = await started(options);
    expect(log.matching('Handler crm.sync forgets after 7d')).toEqual([
      expect.stringContaining('30d (deadLetter.retention)'),
    ]);
    const longer = { store: memoryIdempotencyStore(), ttl: '30d' } as const;
    const { log: quiet } = await started({ ...options, idempotency: longer });
    expect(quiet.matching('forgets after')).toEqual([]);
  });
});
