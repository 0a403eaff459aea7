import { ConsumingBus, HAPPENED, latch, OTHER, recordOf } from '../../support/consuming-bus.js';
import { ScriptedTransport } from '../../support/scripted-transport.js';
import { waitUntil } from '../../support/wait-until.js';

const slowRetry = { attempts: 2, delayMs: 60, factor: 1, maxDelayMs: 60 };

describe('subscribing', () => {
  it('asks for one subscription a group, with full topics and the limits of the settings', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(
      transport,
      { topicPrefix: 'stage', startFrom: 'latest', maxInFlight: 7, settle: 'each' },
      { member: 'me' },
    );
    bus.handle(() => undefined, { topics: ['b', 'a'] });
    bus.handle(() => undefined, { topics: ['a', 'c'] });
    bus.handle(() => undefined, { topics: ['a'], group: 'h' });
    await bus.runtime.start();
    await bus.runtime.start();
    expect(transport.subscriptions.map(({ wanted }) => wanted)).toEqual([
      {
        group: 'g',
        topics: ['stage-a', 'stage-b', 'stage-c'],
        member: 'me',
        start: 'latest',
        maxInFlight: 7,
        maxInFlightBytes: 1_000_000,
        settle: 'each',
      },
      expect.objectContaining({ group: 'h', topics: ['stage-a'] }),
    ]);
    await bus.drain();
  });

  it('gives handlers the topic without prefix, and filters by it', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport, { topicPrefix: 'stage' });
    const seen: string[] = [];
    bus.handle((_, { topic }) => seen.push(`a ${topic}`), { topics: ['a'] });
    bus.handle((_, { topic }) => seen.push(`any ${topic}`), { topics: [] });
    bus.handle((_, { topic }) => seen.push(`b ${topic}`), { topics: ['b'] });
    await bus.runtime.start();
    await transport.last.deliver('s', [recordOf(1, { topic: 'stage-a' })]);
    await waitUntil(() => bus.ends.length === 1);
    expect(seen).toEqual(['a a', 'any a']);
    await bus.drain();
  });

  it('disabled consumers subscribe to nothing and say so as an error', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport, { consumersEnabled: false });
    bus.handle(() => undefined);
    await bus.runtime.start();
    expect(transport.subscribes).toBe(0);
    expect(bus.lines.filter((line) => line.startsWith('error'))).toEqual([
      'error Consumers of bus default not enabled, nothing is subscribed',
    ]);
    expect(bus.status.snapshot().state).toBe('paused');
    expect(bus.status.healthy).toBe(true);
    await bus.drain();
  });

  it('logs where a new group starts, and counts records that the broker lost', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport);
    bus.handle(() => undefined);
    await bus.runtime.start();
    const { sink } = transport.last;
    sink.notice({ kind: 'start', source: 'subject/0', detail: 'earliest, offset 0' });
    sink.notice({ kind: 'gap', source: 'subject/0', count: 12 });
    expect(bus.lines).toContain('log Group g reads subject/0: earliest, offset 0');
    expect(bus.lines).toContain(
      'error Group g lost records that the broker no longer keeps in subject/0 (12)',
    );
    expect(bus.counts).toMatchObject({ lost: 12, warnings: 1 });
    await bus.drain();
  });
});

describe('the context of an event', () => {
  it('says where the event was and which attempt it is', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport, { keyFields: { subject: 'n' } });
    const seen: object[] = [];
    bus.handle((_, context) => {
      const { bus: name, group, type, topic, position, key, attempt, deliveryCount } = context;
      seen.push({ name, group, type, topic, position, key, attempt, deliveryCount });
      expect(context.metadata.id).toBe('00000000-0000-1000-8000-000000000042');
      expect(context.record).toBe(transport.last.deliveries[0]?.record);
    });
    await bus.runtime.start();
    await transport.last.deliver('s', [recordOf(42)]);
    await waitUntil(() => bus.ends.length === 1);
    expect(bus.ends[0]?.result).toBe('handled');
    expect(seen).toEqual([
      {
        name: 'default',
        group: 'g',
        type: HAPPENED.type,
        topic: 'subject',
        position: { topic: 'subject', partition: 's', offset: '0' },
        key: '42',
        attempt: 1,
        deliveryCount: 1,
      },
    ]);
    await bus.drain();
  });
});

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

  it('a retry pauses only its source: the others flow, and its records are kept alive', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport, { retry: slowRetry, sourceConcurrency: 1 });
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

describe('audit lines', () => {
  it('come in pairs, with ids and places only', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport, {}, { transportName: 'redis' });
    bus.handle(() => undefined);
    await bus.runtime.start();
    await transport.last.deliver('s', [recordOf(1)]);
    await waitUntil(() => bus.ends.length === 1);
    expect(bus.lines).toEqual([
      `log Message received from Redis: topic=subject, message_id=00000000-0000-1000-8000-000000000001, redis_msg_id=0, event_timestamp_ms=${Date.UTC(2026, 0, 1)}`,
      'log Message from Redis processed successfully',
    ]);
    await bus.drain();
  });

  it('can be switched off, and are not written for events without handlers', async () => {
    const transport = new ScriptedTransport();
    const quiet = new ConsumingBus(transport, { auditLogging: false });
    quiet.handle(() => undefined);
    await quiet.runtime.start();
    await transport.last.deliver('s', [recordOf(1)]);
    await waitUntil(() => quiet.ends.length === 1);
    expect(quiet.lines).toEqual([]);
    await quiet.drain();

    const bus = new ConsumingBus(transport);
    bus.handle(() => undefined);
    await bus.runtime.start();
    await transport.last.deliver('s', [recordOf(1, { event: OTHER })]);
    await waitUntil(() => bus.ends.length === 1);
    expect(bus.lines).toEqual([]);
    await bus.drain();
  });
});
