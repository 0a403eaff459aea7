import { traits } from '../../support/transport-traits.js';
import { ConsumingBus, HAPPENED, OTHER, recordOf } from '../../support/consuming-bus.js';
import { ScriptedTransport } from '../../support/scripted-transport.js';
import { waitUntil } from '../../support/wait-until.js';

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

  it('disabled consumers subscribe to nothing and say so as a warning', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport, { consumersEnabled: false });
    bus.handle(() => undefined);
    await bus.runtime.start();
    expect(transport.subscribes).toBe(0);
    expect(bus.lines.filter((line) => line.startsWith('warn'))).toEqual([
      'warn Consumers of bus default are disabled (consumersEnabled: false); this process receives no events',
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
    sink.notice({ kind: 'start', source: 'subject/0', detail: 'offset 0 (earliest)' });
    sink.notice({ kind: 'gap', source: 'subject/0', count: 12 });
    expect(bus.lines).toContain('log Group g starts reading subject/0: offset 0 (earliest)');
    expect(bus.lines).toContain(
      'error Group g lost records of subject/0 that were removed before it handled them (12 records). Reading continues with the next record that still exists. To prevent this, make the consumers faster, or keep records for longer (Redis: streamMaxLen in the services that send the events; Kafka: retention of the topic)',
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

describe('audit lines', () => {
  it('come in pairs, with ids and places only', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport, {}, { traits: traits.redis });
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
