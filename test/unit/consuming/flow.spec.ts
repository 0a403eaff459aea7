import { ATTRIBUTE } from '../../../lib/observability/attributes.js';
import type { EventBusTelemetry } from '../../../lib/observability/event-bus-telemetry.js';
import { ConsumingBus, HAPPENED, latch, recordOf } from '../../support/consuming-bus.js';
import { ScriptedTransport } from '../../support/scripted-transport.js';
import { warningsOf } from '../../support/process-warnings.js';
import { waitUntil } from '../../support/wait-until.js';

const slowRetry = { attempts: 2, delayMs: 60, factor: 1, maxDelayMs: 60 };

describe('order and parallelism', () => {
  it('with lanes, keeps the order of each key and works on other keys meanwhile', async () => {
    const transport = new ScriptedTransport();
    const config = { [HAPPENED.type]: { subject: { event_key_field: 'learner', enabled: true } } };
    const bus = new ConsumingBus(transport, { concurrency: 3, producerConfig: config });
    const first = latch();
    const done: string[] = [];
    bus.handle(async ({ learner, n }) => {
      if (n === 0) await first.opened;
      done.push(`${learner}${n}`);
    });
    await bus.runtime.start();
    const learners = ['a', 'b', 'a', 'b', 'c', 'a'];
    await transport.last.deliver(
      's',
      learners.map((learner, n) => recordOf(n, { learner })),
    );
    await waitUntil(() => done.length === 3);
    expect(done.filter((name) => name.startsWith('b'))).toEqual(['b1', 'b3']);
    expect(done).toContain('c4');
    first.open();
    await waitUntil(() => done.length === 6);
    expect(done.filter((name) => name.startsWith('a'))).toEqual(['a0', 'a2', 'a5']);
    await bus.drain();
  });

  it('the wire key decides the lane before any field does', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport, { concurrency: 4, keyFields: { subject: 'learner' } });
    const first = latch();
    const done: number[] = [];
    bus.handle(async ({ n }) => {
      if (n === 1) await first.opened;
      done.push(n);
    });
    await bus.runtime.start();
    const keyed = (n: number, learner: string, key: string) => ({
      ...recordOf(n, { learner }),
      key: Buffer.from(key),
    });
    await transport.last.deliver('s', [keyed(1, 'x', 'K'), keyed(2, 'y', 'K'), keyed(3, 'x', 'L')]);
    await waitUntil(() => done.length === 1);
    expect(done).toEqual([3]);
    first.open();
    await waitUntil(() => done.length === 3);
    expect(done).toEqual([3, 1, 2]);
    await bus.drain();
  });

  it('a handler reads the key that its event came with, whatever it did to the data', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport, { keyFields: { subject: 'learner' } });
    const keys: unknown[] = [];
    bus.handle((data, context) => {
      data.learner = 'changed';
      keys.push(context.key);
    });
    await bus.runtime.start();
    await transport.last.deliver('s', [recordOf(1, { learner: 'own' })]);
    await waitUntil(() => bus.ends.length === 1);
    expect(keys).toEqual(['own']);
    await bus.drain();
  });

  it('each attempt is a span, and its duration is recorded', async () => {
    const transport = new ScriptedTransport();
    const told: unknown[] = [];
    const telemetry: EventBusTelemetry = {
      counter:
        ({ name }, labels) =>
        (by) =>
          void told.push([name, by, labels[ATTRIBUTE.result]]),
      histogram:
        ({ name }, labels) =>
        () =>
          void told.push([name, labels[ATTRIBUTE.errorType]]),
      startSpan: ({ name, attributes, links }) => {
        const span = { name, attempt: attributes[ATTRIBUTE.attempt] };
        told.push(['start', span, links]);
        const end = (_: unknown, error?: unknown) => void told.push(['end', span, error]);
        return { context: span, run: (work) => work(), end };
      },
    };
    const bus = new ConsumingBus(transport, { retry: slowRetry }, { telemetry });
    bus.handle((_, { attempt }) => {
      if (attempt === 1) throw new Error('once');
    });
    await bus.runtime.start();
    expect(told.splice(0)).toEqual([
      ['messaging.client.consumed.messages', 0, undefined],
      ['openedx.event_bus.records', 0, 'unusable'],
    ]);
    await transport.last.deliver('s', [recordOf(1)]);
    await waitUntil(() => bus.ends.length === 1);
    const name = 'process subject';
    const once = { thrown: new Error('once') };
    const receive = { name: 'receive subject', attempt: undefined };
    expect(told).toEqual([
      ['messaging.client.consumed.messages', 1, undefined],
      ['start', receive, []],
      ['end', receive, undefined],
      ['start', { name, attempt: 1 }, []],
      ['openedx.event_bus.handler.failures', 1, undefined],
      ['messaging.process.duration', 'Error'],
      ['end', { name, attempt: 1 }, once],
      ['openedx.event_bus.retries', 1, undefined],
      ['start', { name, attempt: 2 }, [{ name, attempt: 1 }]],
      ['messaging.process.duration', undefined],
      ['end', { name, attempt: 2 }, undefined],
      ['openedx.event_bus.records', 1, 'handled'],
      ['openedx.event_bus.age', undefined],
    ]);
    await bus.drain();
  });

  it('a retry pauses only its source: the others flow, and its records are kept alive', async () => {
    const transport = new ScriptedTransport();
    const retry = { ...slowRetry, delayMs: 3_000, maxDelayMs: 3_000 };
    const bus = new ConsumingBus(transport, { retry, sourceConcurrency: 1 });
    const done: number[] = [];
    bus.handle(({ n }, { attempt }) => {
      if (n === 1 && attempt === 1) throw new Error('once');
      done.push(n);
    });
    await bus.runtime.start();
    await transport.last.deliver('sick', [recordOf(1), recordOf(2)]);
    await waitUntil(() => transport.last.journal.includes('pause sick'));
    expect(bus.status.snapshot().sources).toMatchObject([
      { source: 'sick', state: 'paused', inFlight: 2 },
    ]);
    await transport.last.deliver('well', [recordOf(3), recordOf(4)]);
    await waitUntil(() => done.length === 4);
    expect(done).toEqual([3, 4, 1, 2]);
    expect(transport.last.journal.filter((line) => line.includes('well'))).toEqual([
      'settle well:0',
      'settle well:1',
    ]);
    expect(transport.last.journal.filter((line) => line.startsWith('resume'))).toEqual([
      'resume sick',
    ]);
    expect(transport.last.deliveries[0]?.keptAlive).toBeGreaterThanOrEqual(2);
    expect(transport.last.deliveries[1]?.keptAlive).toBeGreaterThanOrEqual(2);
    await bus.drain();
  });

  it('a source that must wait before the subscription is ready is paused once it is', async () => {
    const transport = new ScriptedTransport();
    const retry = { attempts: 2, delayMs: 60_000, factor: 1, maxDelayMs: 60_000 };
    const bus = new ConsumingBus(transport, { retry });
    let tried = false;
    bus.handle(() => {
      tried = true;
      throw new Error('once');
    });
    transport.onJoined = async (subscription) => {
      await subscription.deliver('s', [recordOf(1)]);
      await waitUntil(() => tried && bus.status.snapshot().sources[0]?.state === 'paused');
    };
    await bus.runtime.start();
    expect(transport.last.journal).toEqual(['pause s']);
    await bus.drain();
  });

  it('keeps the record of a slow handler alive until it is settled', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport);
    const slow = latch();
    bus.handle(() => slow.opened);
    await bus.runtime.start();
    await transport.last.deliver('s', [recordOf(1)]);
    const [delivery] = transport.last.deliveries;
    await waitUntil(() => (delivery?.keptAlive ?? 0) >= 3);
    slow.open();
    await waitUntil(() => delivery?.fate === 'settled');
    const count = delivery?.keptAlive;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(delivery?.keptAlive).toBe(count);
    await bus.drain();
  });

  it('a waiting source that fills the subscription gives back what waits behind the failure', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport, { retry: slowRetry, maxInFlight: 6 });
    const done: number[] = [];
    bus.handle(({ n }, { attempt }) => {
      if (n === 0 && attempt === 1) throw new Error('once');
      done.push(n);
    });
    await bus.runtime.start();
    await transport.last.deliver(
      's',
      [0, 1, 2, 3, 4, 5].map((n) => recordOf(n)),
    );
    await waitUntil(() => transport.last.fates()[5] === 'released');
    expect(transport.last.fates()).toEqual(['in hand', ...Array<string>(5).fill('released')]);
    expect(transport.last.journal[0]).toBe('pause s');
    await waitUntil(() => done.length === 1);
    expect(done).toEqual([0]);
    await bus.drain();
  });

  it('many lanes are no leak of listeners', async () => {
    const warnings = await warningsOf(async () => {
      const transport = new ScriptedTransport();
      const bus = new ConsumingBus(transport, { concurrency: 30, keyFields: { subject: 'n' } });
      const gate = latch();
      let running = 0;
      bus.handle(() => {
        running++;
        return gate.opened;
      });
      await bus.runtime.start();
      await transport.last.deliver(
        's',
        Array.from({ length: 30 }, (_, n) => recordOf(n)),
      );
      await waitUntil(() => running === 30);
      gate.open();
      await waitUntil(() => bus.ends.length === 30);
      await bus.drain();
    });
    expect(warnings).toEqual([]);
  });

  it('at most sourceConcurrency sources work at once', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport, { sourceConcurrency: 2 });
    let running = 0;
    let most = 0;
    bus.handle(async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 3));
      running--;
    });
    await bus.runtime.start();
    for (const source of ['a', 'b', 'c', 'd', 'e']) {
      await transport.last.deliver(source, [recordOf(1), recordOf(2)]);
    }
    await waitUntil(() => bus.ends.length === 10);
    expect(most).toBe(2);
    await bus.drain();
  });
});
