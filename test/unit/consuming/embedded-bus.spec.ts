import { codecFor } from '../../../lib/codec/event-codec.js';
import { EventCatalog } from '../../../lib/events/event-catalog.js';
import { defineEvent } from '../../../lib/events/event-definition.js';
import { bytes, long, map, nullable, record, string } from '../../../lib/events/fields.js';
import { memoryTransport, MemoryBroker } from '../../../lib/transport/memory/index.js';
import type { PreparedEvent } from '../../../lib/transport/wire-format.interface.js';
import { ConsumingBus, latch, preparedEvent } from '../../support/consuming-bus.js';
import { waitUntil } from '../../support/wait-until.js';

const silent = () => undefined;
const host = {
  bus: 'default',
  setting: silent,
  logger: { log: silent, warn: silent, error: silent, debug: silent },
};

async function partsOn(broker: MemoryBroker) {
  return memoryTransport({ broker })(host);
}

async function publish(broker: MemoryBroker, events: readonly PreparedEvent[]): Promise<void> {
  const { transport, wire } = await partsOn(broker);
  const deadline = Date.now() + 1_000;
  const records = await Promise.all(events.map(async (e) => wire.toRecord(e, e.topic, deadline)));
  const outcomes = await transport.publish(records, deadline);
  expect(outcomes.map(({ status }) => status)).toEqual(events.map(() => 'sent'));
  await transport.close(deadline);
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

describe('on the embedded bus', () => {
  it('100 events, produced before the start, are handled once each, in order, and settled', async () => {
    const broker = new MemoryBroker();
    await publish(
      broker,
      numbers(100).map((n) => preparedEvent(n)),
    );
    const parts = await partsOn(broker);
    const bus = new ConsumingBus(parts.transport, { maxInFlight: 7 }, { parts });
    const done: number[] = [];
    bus.handle(({ n }) => done.push(n));
    await bus.runtime.start();
    await waitUntil(() => done.length === 100);
    expect(done).toEqual(numbers(100));
    await bus.drain();
    await parts.transport.close(Date.now() + 100);

    const after = await partsOn(broker);
    const again = new ConsumingBus(after.transport, {}, { parts: after });
    const redelivered: number[] = [];
    again.handle(({ n }) => redelivered.push(n));
    await again.runtime.start();
    await publish(broker, [preparedEvent(100)]);
    await waitUntil(() => redelivered.length > 0);
    expect(redelivered).toEqual([100]);
    await again.drain();
    await after.transport.close(Date.now() + 100);
  });

  it('never has more in hand than maxInFlight', async () => {
    const broker = new MemoryBroker();
    await publish(
      broker,
      numbers(20).map((n) => preparedEvent(n)),
    );
    const parts = await partsOn(broker);
    const bus = new ConsumingBus(parts.transport, { maxInFlight: 4, concurrency: 8 }, { parts });
    const gate = latch();
    let begun = 0;
    bus.handle(() => {
      begun++;
      return gate.opened;
    });
    await bus.runtime.start();
    const inHand = () => bus.status.snapshot().sources[0]?.inFlight ?? 0;
    await waitUntil(() => inHand() === 4);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(inHand()).toBe(4);
    expect(begun).toBe(1); // no key field: one lane
    gate.open();
    await waitUntil(() => bus.ends.length === 20);
    await bus.drain();
    await parts.transport.close(Date.now() + 100);
  });

  it('what a drain released, and what a slow handler finished, comes again or not accordingly', async () => {
    const broker = new MemoryBroker();
    await publish(
      broker,
      numbers(5).map((n) => preparedEvent(n)),
    );
    const first = await partsOn(broker);
    const bus = new ConsumingBus(first.transport, {}, { parts: first });
    const slow = latch();
    const begun: number[] = [];
    const done: number[] = [];
    bus.handle(async ({ n }) => {
      begun.push(n);
      if (n === 1) await slow.opened;
      done.push(n);
    });
    await bus.runtime.start();
    await waitUntil(() => begun.length === 2);
    const drained = bus.drain(5_000);
    slow.open();
    await drained;
    expect(done).toEqual([0, 1]);
    await first.transport.close(Date.now() + 100);

    const second = await partsOn(broker);
    const next = new ConsumingBus(second.transport, {}, { parts: second });
    next.handle(({ n }) => done.push(n));
    await next.runtime.start();
    await waitUntil(() => done.length === 5);
    expect(done).toEqual([0, 1, 2, 3, 4]);
    await next.drain();
    await second.transport.close(Date.now() + 100);
  });

  it('B-01: after a crash only what was in hand comes again, in order', async () => {
    const broker = new MemoryBroker();
    await publish(
      broker,
      numbers(8).map((n) => preparedEvent(n)),
    );
    const first = await partsOn(broker);
    const crashing = new ConsumingBus(first.transport, { maxInFlight: 3 }, { parts: first });
    const done: number[] = [];
    const stuck = latch();
    crashing.handle(async ({ n }) => {
      if (n === 4) await stuck.opened;
      done.push(n);
    });
    await crashing.runtime.start();
    await waitUntil(() => done.length === 4);
    await first.transport.close(Date.now());

    const second = await partsOn(broker);
    const next = new ConsumingBus(second.transport, {}, { parts: second });
    const again: [number, number | undefined][] = [];
    next.handle(({ n }, { deliveryCount }) => again.push([n, deliveryCount]));
    await next.runtime.start();
    await waitUntil(() => again.length === 4);
    expect(again.map(([n]) => n)).toEqual([4, 5, 6, 7]);
    expect(again[0]?.[1]).toBe(2);
    stuck.open();
    await crashing.drain();
    await next.drain();
    await second.transport.close(Date.now() + 100);
  });

  it('a drain takes no record from a handler that is at work in another lane', async () => {
    const broker = new MemoryBroker();
    const learners = ['a', 'a', 'b'];
    await publish(
      broker,
      learners.map((learner, n) => preparedEvent(n, { learner })),
    );
    const first = await partsOn(broker);
    const lanes = { concurrency: 2, keyFields: { subject: 'learner' } };
    const bus = new ConsumingBus(first.transport, lanes, { parts: first });
    const slow = latch();
    const signals: AbortSignal[] = [];
    bus.handle((_, { signal }) => {
      signals.push(signal);
      return slow.opened;
    });
    await bus.runtime.start();
    await waitUntil(() => signals.length === 2);
    const drained = bus.drain(5_000);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);
    slow.open();
    await drained;
    await first.transport.close(Date.now() + 100);

    const second = await partsOn(broker);
    const next = new ConsumingBus(second.transport, {}, { parts: second });
    const again: number[] = [];
    next.handle(({ n }) => again.push(n));
    await next.runtime.start();
    await publish(broker, [preparedEvent(3)]);
    await waitUntil(() => again.includes(3));
    expect(again).toEqual([1, 3]);
    await next.drain();
    await second.transport.close(Date.now() + 100);
  });

  it('a waiting source gives room to others and loses neither order nor records', async () => {
    const broker = new MemoryBroker();
    await publish(
      broker,
      numbers(30).map((n) => preparedEvent(n)),
    );
    const parts = await partsOn(broker);
    const retry = { attempts: 2, delayMs: 1_000, factor: 1, maxDelayMs: 1_000 };
    const bus = new ConsumingBus(parts.transport, { maxInFlight: 5, retry }, { parts });
    const done: string[] = [];
    let failing = false;
    bus.handle(
      ({ n }, { attempt, topic }) => {
        if (topic === 'subject' && n === 3 && attempt === 1) {
          failing = true;
          throw new Error('once');
        }
        done.push(`${topic}${n}`);
      },
      { topics: ['subject', 'aside'] },
    );
    await bus.runtime.start();
    await waitUntil(() => failing);
    await publish(
      broker,
      numbers(10).map((n) => preparedEvent(n, { topic: 'aside' })),
    );
    await waitUntil(() => done.filter((name) => name.startsWith('aside')).length === 10);
    expect(done.filter((name) => name.startsWith('subject'))).toHaveLength(3);
    await waitUntil(() => done.length === 40);
    const inOrder = (topic: string, count: number) => numbers(count).map((n) => `${topic}${n}`);
    expect(done.filter((name) => name.startsWith('subject'))).toEqual(inOrder('subject', 30));
    expect(done.filter((name) => name.startsWith('aside'))).toEqual(inOrder('aside', 10));
    await bus.drain();
    await parts.transport.close(Date.now() + 100);
  });

  it('B-08: hard values arrive as they were sent', async () => {
    const HARD = defineEvent({
      type: 'org.openedx.test.subject.hard.v1',
      data: {
        big: long(),
        raw: bytes(),
        tags: map(string()),
        empty: map(string()),
        outer: record('Outer', {
          middle: record('Middle', { inner: record('Inner', { x: nullable(long()) }) }),
        }),
      },
    });
    const tags = Object.fromEntries([
      ['__proto__', 'a'],
      ['b', 'c'],
    ]) as Record<string, string>;
    Object.defineProperty(tags, '__proto__', { value: 'a', enumerable: true, configurable: true });
    const sent = {
      big: 9_007_199_254_740_993n,
      raw: Buffer.from([0x00, 0x80, 0xff]),
      tags,
      empty: {},
      outer: { middle: { inner: { x: null } } },
    };
    const codec = codecFor(HARD);
    const prepared = { ...preparedEvent(1), type: HARD.type, body: codec.encode(sent) };
    const broker = new MemoryBroker();
    await publish(broker, [
      { ...prepared, metadata: { ...prepared.metadata, type: HARD.type }, schema: codec.schema },
    ]);
    const parts = await partsOn(broker);
    const catalog = new EventCatalog([HARD]);
    const bus = new ConsumingBus(parts.transport, {}, { parts, catalog });
    const received: Record<string, unknown>[] = [];
    for (const name of ['one', 'two']) {
      bus.handle((data) => received.push(data), { name, pattern: HARD.type });
    }
    await bus.runtime.start();
    await waitUntil(() => bus.ends.length === 1);
    for (const data of received) {
      expect(data['big']).toBe(9_007_199_254_740_993n);
      expect(Buffer.from(data['raw'] as Uint8Array).toString('hex')).toBe('0080ff');
      expect(Object.entries(data['tags'] as Record<string, string>)).toEqual(Object.entries(tags));
      expect(data['empty']).toEqual({});
      expect(data['outer']).toEqual(sent.outer);
    }
    expect(received).toHaveLength(2);
    expect(received[0]?.['tags']).not.toBe(received[1]?.['tags']);
    expect(({} as Record<string, unknown>)['a']).toBeUndefined();
    await bus.drain();
    await parts.transport.close(Date.now() + 100);
  });
});
