import { Injectable } from '@nestjs/common';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { defineEvent } from '../../lib/events/event-definition.js';
import { list, nullable, record, string } from '../../lib/events/fields.js';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import type { PreparedEvent } from '../../lib/transport/wire-format.interface.js';
import { until } from '../services/until.js';
import { idOf, KafkaApps, KEYED, type Keyed, upTo } from './support/kafka-apps.js';
import { KafkaWorkbench } from './support/kafka-workbench.js';
import { createTopics } from '../services/kafka-topics.js';

const NESTED = defineEvent({
  type: 'org.example.tests.nested.v1',
  data: {
    outer: record('Outer', {
      inner: record('Inner', { name: string() }),
      maybe: nullable(string()),
      names: list(string()),
    }),
  },
});

describe('sending from an application on Kafka', () => {
  const apps = new KafkaApps();
  const bench = new KafkaWorkbench();
  const group = (): string => bench.newName('group');
  afterAll(async () => {
    await apps.close();
    await bench.close();
  });

  /** An application that sends KEYED to these topics; the hook's calls. */
  const sender = async (topics: readonly string[], more: Parameters<KafkaApps['start']>[0]) => {
    const reported: PreparedEvent[] = [];
    const routes = topics.map((topic) => [topic, { event_key_field: 'key', enabled: true }]);
    const { app } = await apps.start({
      ...more,
      bus: {
        producerConfig: { [KEYED.type]: Object.fromEntries(routes) },
        onSendFailure: (prepared) => void reported.push(prepared),
        ...more.bus,
      },
    });
    return { app, reported, producer: app.get(EventBusProducer, { strict: false }) };
  };

  const handledFrom = async (topic: string, count: number): Promise<number[]> => {
    const reader = await apps.start({ topic, group: group() });
    await until('the events', () => reader.handled.length >= count, 30_000);
    return [...reader.handled];
  };

  it('of two enabled topics one fails: the other has the event, and the error and the hook tell which (P-02)', async () => {
    const [topic, small] = [await bench.topic(), bench.newName('small')];
    const configEntries = [{ name: 'max.message.bytes', value: '100' }];
    await bench.admin((admin) => createTopics(admin, [{ topic: small, configEntries }]));
    const { producer, reported } = await sender([topic, small], {
      ...{ topic, group: group(), providers: [] },
    });
    const sent = producer.send(KEYED, { n: 1, key: 'k' }, { metadata: { id: idOf(1) } });
    await expect(sent).rejects.toMatchObject({
      ...{ code: 'SEND_FAILED', eventType: KEYED.type, eventId: idOf(1) },
      outcomes: [
        { topic, status: 'sent' },
        { topic: small, status: 'notSent', error: { code: 'SERVICE_UNAVAILABLE' } },
      ],
    });
    expect(reported.map((prepared) => prepared.topic)).toEqual([small]);
    expect(await handledFrom(topic, 1)).toEqual([1]);
  });

  it('closed right after `send`: everything is stored, in order, as the results say (P-03)', async () => {
    const topic = await bench.topic();
    const { app, producer, reported } = await sender([topic], {
      ...{ topic, group: group(), providers: [] },
      bus: { shutdownTimeout: 30_000, sendTimeout: 30_000 },
      transport: { lingerMs: 50 },
    });
    const sends = upTo(200).map((n) => producer.send(KEYED, { n, key: 'k' }));
    await app.close();
    const offsets = (await Promise.all(sends)).map((sent) => sent.receipts[0]!.position!.offset);
    expect(offsets).toEqual(upTo(200).map((n) => String(n - 1)));
    expect(reported).toEqual([]);
    expect(await handledFrom(topic, 200)).toEqual(upTo(200));
  });

  it('closed right after `send` where no broker is: every one is reported by the deadline, none silent (P-03)', async () => {
    const topic = bench.newName('topic');
    const { app, producer, reported } = await sender([topic], {
      ...{ topic, group: group(), providers: [] },
      bus: { connect: 'background', shutdownTimeout: 500 },
      transport: { brokers: ['127.0.0.1:1'] },
    });
    const sends = upTo(20).map((n) => producer.send(KEYED, { n, key: 'k' }));
    const results = Promise.allSettled(sends);
    await app.close();
    for (const result of await results)
      expect(result).toMatchObject({
        status: 'rejected',
        reason: { code: 'SEND_FAILED', outcomes: [{ topic, status: 'notSent' }] },
      });
    expect(reported).toHaveLength(20);
  });

  it('a key field that is missing, may be null, has parts or is a list is refused at start; one that is nested is the key (P-05)', async () => {
    const topic = await bench.topic();
    const start = (paths: Record<string, string>) =>
      sender([], {
        ...{ topic, group: group(), providers: [] },
        bus: {
          events: [NESTED],
          producerConfig: {
            [NESTED.type]: Object.fromEntries(
              Object.entries(paths).map(([to, path]) => [
                to,
                { event_key_field: path, enabled: true },
              ]),
            ),
          },
        },
      });
    const bad = { a: 'outer.nope', b: 'outer.maybe', c: 'outer.inner', d: 'outer.names' };
    const problems = Object.keys(bad).map((to) => ({
      setting: expect.stringContaining(`["${to}"].event_key_field`),
    }));
    await expect(start(bad)).rejects.toMatchObject({ code: 'CONFIGURATION', problems });

    const { producer } = await start({ [topic]: 'outer.inner.name' });
    const data = { outer: { inner: { name: 'deep' }, maybe: null, names: [] } };
    expect(producer.prepare(NESTED, data)[0]!.key).toEqual({
      value: 'deep',
      schema: '{"name": "name", "type": "string"}',
    });
    expect((await producer.send(NESTED, data)).receipts).toMatchObject([{ topic }]);
    const noKey = { outer: { ...data.outer, inner: { name: null as unknown as string } } };
    await expect(producer.send(NESTED, noKey)).rejects.toMatchObject({
      code: 'INVALID_DATA',
      problems: [{ path: 'outer.inner.name' }],
    });
    await expect(
      producer.send(NESTED, data, { topic, keyField: 'outer.maybe' }),
    ).rejects.toMatchObject({ code: 'CONFIGURATION' });
    expect(await bench.end(topic)).toEqual(['1']);
  });

  it('a handler that sends the event that it got is stopped, unless it says so (P-06)', async () => {
    const [topic, answers, seen] = [await bench.topic(), [] as unknown[], [] as number[]];
    @Injectable()
    class Echo {
      constructor(private readonly producer: EventBusProducer) {}

      @OnOpenEdxEvent(KEYED, { topic })
      async take({ n, key }: Keyed): Promise<void> {
        seen.push(n);
        const again = { n: n + 1, key };
        if (n === 1)
          answers.push(await this.producer.send(KEYED, again).catch((error: unknown) => error));
        if (n === 1) await this.producer.send(KEYED, again, { allowLoop: true });
      }
    }
    const { producer } = await sender([topic], { topic, group: group(), providers: [Echo] });
    await producer.send(KEYED, { n: 1, key: 'k' });
    await until('the echo', () => seen.length === 2, 30_000);
    expect(answers).toMatchObject([{ code: 'LOOP_GUARD', eventType: KEYED.type }]);
    expect(await bench.end(topic)).toEqual(['2']);
    expect(seen).toEqual([1, 2]);
  });
});
