import {
  ConfigurationError,
  InvalidEventDataError,
  InvalidMetadataError,
  LoopGuardError,
  NoRouteError,
  UnknownEventError,
  UnserializableEventError,
} from '../../../lib/errors/index.js';
import type { BusEventProducer } from '../../../lib/producing/event-producer.js';
import { runInsideHandler } from '../../../lib/producing/event-preparer.js';
import { BODY, closeAll, DATA, kit, OTHER, route, THING } from '../../support/producer-kit.js';
import { bodyText } from '../../support/scripted-publisher.js';

afterEach(closeAll);

describe('send', () => {
  it('sends to every enabled route, in order, with one id and the same bytes', async () => {
    const { producer, publisher, status } = kit(route({ a: true, off: false, b: true }));
    const result = await producer.send(THING, DATA);
    expect(result).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      type: THING.type,
      receipts: [
        { topic: 'dev-a', position: { topic: 'dev-a', partition: '0', offset: '0' } },
        { topic: 'dev-b', position: { topic: 'dev-b', partition: '0', offset: '1' } },
      ],
    });
    expect(publisher.calls).toHaveLength(1);
    expect(publisher.calls[0]!.records.map((sent) => sent.value)).toEqual([BODY, BODY]);
    expect(status.snapshot().counts).toMatchObject({ sent: 2, disabledRoute: 1, sendFailed: 0 });
  });

  it('sends to the topic in the call instead, without any route', async () => {
    const { producer } = kit();
    const { receipts } = await producer.send(THING, DATA, { topic: 't' });
    expect(receipts.map((receipt) => receipt.topic)).toEqual(['dev-t']);
  });

  it('resolves with no receipt when all routes are disabled, and counts them', async () => {
    const { producer, publisher, status } = kit(route({ a: false, b: false }));
    expect((await producer.send(THING, DATA)).receipts).toEqual([]);
    expect(publisher.calls).toHaveLength(0);
    expect(status.snapshot().counts.disabledRoute).toBe(2);
  });

  it('takes the type as text and metadata that replaces the defaults', async () => {
    const { producer, publisher } = kit({}, { settings: { serviceName: 'web' } });
    const id = '11111111-2222-3333-4444-555555555555';
    const send = producer.send.bind(producer) as any;
    const result = await send(THING.type, DATA, {
      topic: 't',
      metadata: { id, time: '2023-01-01T14:00:00Z' },
    });
    expect(result.id).toBe(id);
    const [prepared] = producer.prepare(THING, DATA, { topic: 't' });
    expect(prepared!.metadata).toMatchObject({ source: 'openedx/web/web', minorversion: 0 });
    expect(publisher.calls).toHaveLength(1);
  });

  it.each([
    ['no route', NoRouteError, (p: BusEventProducer) => p.send(OTHER, { name: 'x' })],
    [
      'wrong data',
      InvalidEventDataError,
      (p: BusEventProducer) => p.send(THING, { thing: 1 } as any),
    ],
    [
      'wrong metadata',
      InvalidMetadataError,
      (p: BusEventProducer) =>
        p.send(THING, DATA, { metadata: { time: '2023-01-01T14:00:00+02:00' } }),
    ],
    [
      'unknown type',
      UnknownEventError,
      (p: BusEventProducer) => p.send('org.nope' as never, {} as never),
    ],
    [
      'unserializable event',
      UnserializableEventError,
      (p: BusEventProducer) =>
        p.send(
          'org.openedx.content_authoring.course.certificate_config.changed.v1' as never,
          {} as never,
          {
            topic: 't',
          },
        ),
    ],
    [
      'empty topic',
      ConfigurationError,
      (p: BusEventProducer) => p.send(THING, DATA, { topic: '' }),
    ],
    [
      'wrong timeout',
      ConfigurationError,
      (p: BusEventProducer) => p.send(THING, DATA, { timeout: -1 }),
    ],
  ])('rejects with nothing sent: %s', async (_name, type, send) => {
    const { producer, publisher, reported } = kit(route({ a: true }));
    const error = await send(producer).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(type);
    expect((error as Error).message).not.toContain('secret-payload');
    expect(publisher.calls).toHaveLength(0);
    expect(reported).toEqual([]);
  });

  it('names event type and id in refused data', async () => {
    const { producer } = kit(route({ a: true }));
    const id = '11111111-2222-3333-4444-555555555555';
    const refused = producer.send(THING, { thing: {} } as any, { metadata: { id } });
    await expect(refused).rejects.toMatchObject({ eventType: THING.type, eventId: id });
  });

  it('reaches the wire in the order of the calls, also of publish and emit', async () => {
    const { producer, publisher } = kit({
      [OTHER.type]: { a: { event_key_field: 'name', enabled: true } },
    });
    const [prepared] = producer.prepare(OTHER, { name: '1' });
    const sends = [producer.publish(prepared!), producer.send(OTHER, { name: '2' })];
    producer.emit(OTHER, { name: '3' });
    sends.push(producer.send(OTHER, { name: '4' }));
    await Promise.all(sends);
    expect(publisher.calls.flatMap((c) => c.records).map((r) => bodyText(r).slice(1))).toEqual([
      '1',
      '2',
      '3',
      '4',
    ]);
  });

  it('writes the audit line of the reference, unless it is switched off', async () => {
    const { producer, lines } = kit(route({ a: true }));
    const { id } = await producer.send(THING, DATA);
    expect(lines).toEqual([
      {
        level: 'log',
        text: `Message delivered to Redis event bus: topic=dev-a, message_id=${id}, signal=<OpenEdxPublicSignal: ${THING.type}>, redis_msg_id=0`,
      },
    ]);
    const quiet = kit(route({ a: true }), { settings: { auditLogging: false } });
    await quiet.producer.send(THING, DATA);
    expect(quiet.lines).toEqual([]);
  });
});

describe('loop guard', () => {
  it('P-06: inside a handler the same event type is refused, however late; others are sent', async () => {
    const { producer, publisher } = kit({});
    await runInsideHandler(THING, async () => {
      await expect(producer.send(THING, DATA, { topic: 't' })).rejects.toThrow(LoopGuardError);
      await new Promise((resolve) => setTimeout(resolve, 5));
      await expect(producer.send(THING, DATA, { topic: 't' })).rejects.toThrow(LoopGuardError);
      expect(() => producer.prepare(THING, DATA, { topic: 't' })).toThrow(LoopGuardError);
      await producer.send(OTHER, { name: 'x' }, { topic: 't' });
      expect(publisher.calls).toHaveLength(1);
    });
    await producer.send(THING, DATA, { topic: 't' });
    expect(publisher.calls).toHaveLength(2);
  });

  it('P-06: allowLoop says otherwise', async () => {
    const { producer, publisher } = kit({});
    const send = () => producer.send(THING, DATA, { topic: 't', allowLoop: true });
    await runInsideHandler(THING, send);
    expect(publisher.calls).toHaveLength(1);
  });
});
