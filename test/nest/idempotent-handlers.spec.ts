import { Injectable } from '@nestjs/common';
import { interval, map, take } from 'rxjs';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { ConnectError, UnrecoverableError } from '../../lib/errors/index.js';
import type { IdempotencyStore } from '../../lib/transport/idempotency-store.interface.js';
import {
  MemoryBroker,
  memoryIdempotencyStore,
  memoryTransport,
} from '../../lib/transport/memory/index.js';
import { waitUntil } from '../support/wait-until.js';
import { COUNTED } from './support/bus-application.js';
import {
  beforeEffect,
  Crm,
  effects,
  endApplications,
  gate,
  idOf,
  Mail,
  once,
  started,
  storeWith,
} from './support/idempotent-application.js';

afterEach(endApplications);

describe('an idempotent handler', () => {
  it('receives an event once, and other handlers receive each delivery', async () => {
    const { producer, counts } = await started({}, [Crm, Mail]);
    for (const n of [1, 1, 2]) await producer.send(COUNTED, { n }, { metadata: { id: idOf(n) } });
    await waitUntil(() => counts().handled === 3);
    expect(effects.filter((one) => one.startsWith('crm'))).toEqual(['crm 1', 'crm 2']);
    expect(effects.filter((one) => one.startsWith('mail'))).toEqual(['mail 1', 'mail 1', 'mail 2']);
    expect(counts()).toMatchObject({ duplicatesSkipped: 1, locksLost: 0, retried: 0, failed: 0 });
  });

  it('is retried after it failed, and only it', async () => {
    const attempts: number[] = [];
    beforeEffect((_, { attempt }) => {
      attempts.push(attempt);
      if (attempt < 3) throw new Error('not yet');
    });
    const { producer, counts } = await started({ retry: { attempts: 3, delayMs: 1 } }, [Crm, Mail]);
    await producer.send(COUNTED, { n: 1 });
    await waitUntil(() => counts().handled === 1);
    expect(attempts).toEqual([1, 2, 3]);
    expect([...effects].sort()).toEqual(['crm 1', 'mail 1']);
    expect(counts()).toMatchObject({ retried: 2, duplicatesSkipped: 0 });
  });

  it('is called again for a redelivery of an event that it failed at for good', async () => {
    beforeEffect(() => {
      throw new UnrecoverableError('never');
    });
    const { producer, counts } = await started();
    await producer.send(COUNTED, { n: 1 }, { metadata: { id: idOf(1) } });
    await waitUntil(() => counts().failed === 1);
    beforeEffect(() => undefined);
    await producer.send(COUNTED, { n: 1 }, { metadata: { id: idOf(1) } });
    await waitUntil(() => counts().handled === 1);
    expect(effects).toEqual(['crm 1']);
  });

  it('may return an Observable, and is marked at its end', async () => {
    @Injectable()
    class Streaming {
      @OnOpenEdxEvent(COUNTED, { id: 'streaming', idempotent: true })
      on({ n }: { n: number }) {
        return interval(1).pipe(
          take(3),
          map((i) => void effects.push(`${n}.${i}`)),
        );
      }
    }
    const { producer, counts } = await started({}, [Streaming]);
    for (const n of [1, 1]) await producer.send(COUNTED, { n }, { metadata: { id: idOf(n) } });
    await waitUntil(() => counts().handled === 2);
    expect(effects).toEqual(['1.0', '1.1', '1.2']);
  });

  it('receives an event again once its time to live is over', async () => {
    @Injectable()
    class Forgetful {
      @OnOpenEdxEvent(COUNTED, { id: 'forgetful', idempotent: { ttl: '20ms' } })
      on({ n }: { n: number }): void {
        effects.push(`forgetful ${n}`);
      }
    }
    const { producer, counts } = await started({}, [Forgetful]);
    const send = () => producer.send(COUNTED, { n: 1 }, { metadata: { id: idOf(1) } });
    await send();
    await waitUntil(async () => {
      await send();
      await waitUntil(() => counts().handled > 1);
      return effects.length === 2;
    });
    expect(counts().duplicatesSkipped).toBe(counts().handled - 2);
  });

  it('calls of one event in two applications run one after the other, and one of them is left out', async () => {
    const store = memoryIdempotencyStore();
    const options = { idempotency: { store } };
    const [first, second] = [await started(options), await started(options)];
    const { open, passed } = gate();
    let running = 0;
    let most = 0;
    beforeEffect(async () => {
      most = Math.max(most, ++running);
      await passed;
      running--;
    });
    const metadata = { id: idOf(1) };
    await first.producer.send(COUNTED, { n: 1 }, { metadata });
    await waitUntil(() => running === 1);
    await second.producer.send(COUNTED, { n: 1 }, { metadata });
    await second.producer.send(COUNTED, { n: 2 });
    await waitUntil(() => second.snapshot().sources.some(({ state }) => state === 'paused'));
    expect(second.counts()).toMatchObject({ handled: 0, retried: 0, failed: 0 });
    open();
    await waitUntil(() => second.counts().handled === 2 && first.counts().handled === 1);
    expect(most).toBe(1);
    expect(effects).toEqual(['crm 1', 'crm 2']);
    expect(second.counts()).toMatchObject({ duplicatesSkipped: 1, retried: 0 });
    expect(second.snapshot().state).toBe('running');
  });

  it('waiting for another process uses up no attempt', async () => {
    const { store } = storeWith((inner) => {
      let left = 3;
      return {
        claim: (...args) => (left-- > 0 ? Promise.resolve('busy') : inner.claim(...args)),
      };
    });
    const attempts: number[] = [];
    beforeEffect((_, { attempt }) => void attempts.push(attempt));
    const { producer, counts } = await started({ idempotency: { store }, retry: once });
    await producer.send(COUNTED, { n: 1 });
    await waitUntil(() => counts().handled === 1);
    expect(attempts).toEqual([1]);
    expect(counts()).toMatchObject({ retried: 0, failed: 0 });
  });

  it('renews its lock while it runs', async () => {
    const { store, calls } = storeWith(() => ({}));
    const { open, passed } = gate();
    beforeEffect(() => passed);
    const { producer, counts } = await started({ idempotency: { store, lock: '1s' } });
    await producer.send(COUNTED, { n: 1 });
    await waitUntil(() => calls.filter((name) => name === 'renew').length >= 2);
    open();
    await waitUntil(() => counts().handled === 1);
    expect(counts().locksLost).toBe(0);
    expect(calls[0]).toBe('claim');
    expect(calls.at(-1)).toBe('complete');
  });

  it('renews a lock of months no more often than needed', async () => {
    const { store, calls } = storeWith();
    const { producer, counts } = await started({ idempotency: { store, lock: '100d' } });
    beforeEffect(() => new Promise((resolve) => setTimeout(resolve, 50)));
    await producer.send(COUNTED, { n: 1 });
    await waitUntil(() => counts().handled === 1);
    expect(calls).toEqual(['claim', 'complete']);
  });

  it('that lost its lock is counted and said once, and its event is marked', async () => {
    const { store, inner } = storeWith(() => ({}));
    const { open, passed } = gate();
    const claimed: { key: string; owner: string }[] = [];
    const watching: IdempotencyStore = {
      ...store,
      claim: (key, owner, lockMs) => {
        claimed.push({ key, owner });
        return store.claim(key, owner, lockMs);
      },
      renew: async (...args) => {
        const isOurs = await inner.renew(...args);
        if (!isOurs) open();
        return isOurs;
      },
    };
    beforeEffect(async () => {
      const [{ key, owner }] = claimed as [(typeof claimed)[0]];
      await inner.release(key, owner);
      await inner.claim(key, 'another', 60_000);
      await passed;
    });
    const { producer, counts, log } = await started({
      idempotency: { store: watching, lock: '1s' },
    });
    await producer.send(COUNTED, { n: 1 }, { metadata: { id: idOf(1) } });
    await waitUntil(() => counts().handled === 1);
    expect(counts().locksLost).toBe(1);
    expect(log.matching('the lock was lost')).toEqual([
      expect.stringContaining(`Event ${idOf(1)} for handler crm.sync of group tests`),
    ]);
    expect(await inner.claim(claimed[0]!.key, 'a third', 1)).toBe('done');
  });

  it('that timed out counts as failed: its event is released, and not marked when it ends late', async () => {
    const { open, passed } = gate();
    const { store, calls } = storeWith(() => ({}));
    beforeEffect((_, { attempt }) => (attempt === 1 ? passed : undefined));
    const { producer, counts } = await started({
      idempotency: { store },
      handlerTimeout: 20,
      retry: { attempts: 2, delayMs: 1 },
    });
    await producer.send(COUNTED, { n: 1 });
    await waitUntil(() => counts().handled === 1);
    open();
    await waitUntil(() => effects.length === 2);
    expect(calls).toEqual(['claim', 'release', 'claim', 'complete']);
  });

  it('that still runs when the bus stops is told by its signal, and its event is not acknowledged', async () => {
    const broker = new MemoryBroker();
    const transport = memoryTransport({ broker });
    const { open, passed } = gate();
    const signals: AbortSignal[] = [];
    beforeEffect((_, { signal }) => {
      signals.push(signal);
      return passed;
    });
    const first = await started({ transport, shutdownTimeout: 50 });
    await first.producer.send(COUNTED, { n: 1 });
    await waitUntil(() => signals.length === 1);
    await first.app.close();
    expect(signals[0]!.reason).toEqual(
      new Error('The event bus stopped before the handler finished'),
    );
    expect(first.counts().handled).toBe(0);
    open();
    const second = await started({ transport });
    await waitUntil(() => second.counts().handled === 1);
    expect(signals).toHaveLength(2);
  });

  it('is not timed out by a slow store', async () => {
    const { open, passed } = gate();
    const { store } = storeWith((inner) => ({
      claim: async (...args) => {
        await passed;
        return inner.claim(...args);
      },
      complete: async (...args) => {
        await new Promise((resolve) => setTimeout(resolve, 60));
        return inner.complete(...args);
      },
    }));
    const { producer, counts } = await started({
      idempotency: { store },
      handlerTimeout: 30,
      retry: once,
    });
    await producer.send(COUNTED, { n: 1 });
    setTimeout(open, 60);
    await waitUntil(() => counts().handled === 1);
    expect(counts()).toMatchObject({ failed: 0, retried: 0 });
  });
});

describe('a store of one’s own', () => {
  it.each([undefined, true, 'sure'])(
    'that answers a claim with %p: the event waits, and the status says why',
    async (odd) => {
      let isOdd = true;
      const { store, calls } = storeWith((inner) => ({
        claim: (...args) => (isOdd ? Promise.resolve(odd as 'done') : inner.claim(...args)),
      }));
      const { producer, counts, snapshot } = await started({ idempotency: { store } });
      await producer.send(COUNTED, { n: 1 });
      await waitUntil(() => snapshot().state === 'degraded');
      expect(snapshot().error!.message).toBe(
        "Idempotency store: claim answered with something other than 'claimed', 'done' or 'busy'",
      );
      expect(effects).toEqual([]);
      isOdd = false;
      await waitUntil(() => counts().handled === 1);
      expect(effects).toEqual(['crm 1']);
      expect(calls.at(-1)).toBe('complete');
    },
  );

  it('that answers a mark with nothing has lost no lock', async () => {
    const { store } = storeWith((inner) => ({
      complete: async (...args) => {
        await inner.complete(...args);
        return undefined as unknown as boolean;
      },
    }));
    const { producer, counts, log } = await started({ idempotency: { store } });
    await producer.send(COUNTED, { n: 1 });
    await waitUntil(() => counts().handled === 1);
    expect(counts().locksLost).toBe(0);
    expect(log.matching('lock')).toEqual([]);
  });
});

describe('a store that does not answer', () => {
  it('at the claim: the source waits, the status is degraded, and it goes on by itself', async () => {
    let isDown = true;
    const { store } = storeWith((inner) => ({
      claim: (...args) =>
        isDown ? Promise.reject(new Error('connection lost')) : inner.claim(...args),
    }));
    const { producer, counts, snapshot } = await started({
      idempotency: { store },
      retry: once,
      onFailure: 'halt',
    });
    for (const n of [1, 2, 3]) await producer.send(COUNTED, { n });
    await waitUntil(() => snapshot().state === 'degraded');
    expect(snapshot().error!.message).toBe('Idempotency store: connection lost');
    expect(snapshot().sources).toMatchObject([{ state: 'paused' }]);
    isDown = false;
    await waitUntil(() => counts().handled === 3);
    expect(effects).toEqual(['crm 1', 'crm 2', 'crm 3']);
    expect(snapshot().state).toBe('running');
    expect(counts().failed).toBe(0);
  });

  it('at the mark: the handler is not called again, and nothing is acknowledged before', async () => {
    let isDown = true;
    const { store, calls } = storeWith((inner) => ({
      complete: (...args) =>
        isDown ? Promise.reject(new Error('connection lost')) : inner.complete(...args),
    }));
    const { producer, counts, snapshot, log } = await started({ idempotency: { store } });
    for (const n of [1, 2]) await producer.send(COUNTED, { n });
    await waitUntil(() => calls.filter((name) => name === 'complete').length >= 3);
    expect(snapshot().state).toBe('degraded');
    expect(snapshot().sources).toMatchObject([{ inFlight: 2 }]);
    expect(counts().handled).toBe(0);
    isDown = false;
    await waitUntil(() => counts().handled === 2);
    expect(effects).toEqual(['crm 1', 'crm 2']);
    expect(snapshot().state).toBe('running');
    expect(log.matching('cannot mark events as handled')).toHaveLength(1);
    expect(log.matching('works again: handled events are marked')).toHaveLength(1);
  });

  it('until the bus stops: the event is not acknowledged, and comes again', async () => {
    const broker = new MemoryBroker();
    const { store } = storeWith(() => ({
      complete: () => Promise.reject(new Error('connection lost')),
    }));
    const transport = memoryTransport({ broker });
    const first = await started({ transport, idempotency: { store }, shutdownTimeout: 50 });
    await first.producer.send(COUNTED, { n: 1 });
    await waitUntil(() => effects.length === 1);
    await first.app.close();
    expect(first.counts().handled).toBe(0);
    expect(first.log.matching('could not be marked before the bus closed')).toHaveLength(1);
    const second = await started({ transport });
    await waitUntil(() => second.counts().handled === 1);
    expect(effects).toEqual(['crm 1', 'crm 1']);
  });

  it('at the start: the application does not start', async () => {
    const { store } = storeWith(() => ({
      open: () => Promise.reject(new Error('no such host')),
    }));
    const starting = started({ idempotency: { store } });
    await expect(starting).rejects.toThrow(ConnectError);
    await expect(starting).rejects.toThrow('no such host');
  });

  it("at the start with connect: 'background': it is tried until it answers", async () => {
    let isDown = true;
    const { store } = storeWith(() => ({
      open: () => (isDown ? Promise.reject(new Error('no such host')) : Promise.resolve()),
    }));
    const { snapshot } = await started({ idempotency: { store }, connect: 'background' });
    await waitUntil(() => snapshot().state === 'degraded');
    isDown = false;
    await waitUntil(() => snapshot().state === 'running');
  });
});
