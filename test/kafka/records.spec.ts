import { Injectable } from '@nestjs/common';
import { gzipSync } from 'node:zlib';
import type { OpenEdxEventContext } from '../../lib/consuming/handlers/event-context.js';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { defineEvent } from '../../lib/events/event-definition.js';
import type { RecordType } from '../../lib/events/field-type.js';
import {
  bytes,
  double,
  list,
  long,
  map,
  nullable,
  record,
  string,
} from '../../lib/events/fields.js';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import { until } from '../services/until.js';
import { KafkaApps, KEYED, upTo } from './support/kafka-apps.js';
import { KafkaWorkbench, textRecord } from './support/kafka-workbench.js';

function nested(depth: number): RecordType<any> {
  return record(`Depth${depth}`, { inner: depth === 0 ? long() : nested(depth - 1) });
}

const WIDE = defineEvent({
  type: 'org.example.tests.wide.v1',
  data: {
    wide: record('Wide', {
      longs: list(long()),
      bytes: bytes(),
      map: map(long()),
      empty: map(string()),
      deep: nested(30),
      noText: nullable(string()),
      noLong: nullable(long()),
      noDouble: nullable(double()),
      text: nullable(string()),
    }),
  },
});
const UNKNOWN = defineEvent({ type: 'org.example.tests.unknown.v1', data: { n: long() } });

describe('records on Kafka, read by an application', () => {
  const bench = new KafkaWorkbench();
  const apps = new KafkaApps();
  const place = async () => ({ topic: await bench.topic(), group: bench.newName('group') });
  const ready = (group: string, topic: string, offset: number) =>
    until(`offset ${offset}`, async () =>
      (await bench.committed(group, topic)).includes(String(offset)),
    );
  afterAll(async () => {
    await apps.close();
    await bench.close();
  });

  it('the widest values arrive as they were sent (B-08)', async () => {
    const { topic, group } = await place();
    const seen: unknown[] = [];
    @Injectable()
    class Wide {
      @OnOpenEdxEvent(WIDE, { topic })
      take(data: unknown): void {
        seen.push(data);
      }
    }
    let deep: object = { inner: -(2n ** 63n) };
    for (let depth = 1; depth <= 30; depth++) deep = { inner: deep };
    const entries = JSON.parse('{"__proto__": 1, "constructor": 2, "": 3}');
    const data = {
      wide: {
        longs: [2n ** 63n - 1n, -(2n ** 63n), 2 ** 53 - 1, 2n ** 53n, 0, -1],
        bytes: Buffer.from([0x00, 0x80, 0xff, 0x0a, 0xfe]),
        ...{ map: entries, empty: {}, deep, text: '\u0000schlüssel \u{1f393}' },
        ...{ noText: null, noLong: null, noDouble: null },
      },
    };
    const options = { topic, group, providers: [Wide], bus: { events: [WIDE] } };
    const { app } = await apps.start(options);
    await app.get(EventBusProducer, { strict: false }).send(WIDE, data, { topic });
    await until('the event', () => seen.length === 1);
    const { wide } = seen[0] as typeof data;
    expect({
      ...wide,
      bytes: Buffer.from(wide.bytes),
      map: Object.entries(wide.map).sort(),
    }).toEqual({
      ...data.wide,
      map: Object.entries(entries).sort(),
    });
    expect(Object.getPrototypeOf({})).not.toHaveProperty('constructor', 2);
    await ready(group, topic, 1);
  });

  it('an event of an unknown type is skipped, counted, warned of once, and is no error in a row (B-07)', async () => {
    const { topic, group } = await place();
    const foreign = await apps.start({
      topic,
      group: bench.newName('sender'),
      providers: [],
      bus: { events: [UNKNOWN] },
    });
    const sender = foreign.app.get(EventBusProducer, { strict: false });
    const bus = { consecutiveErrorsLimit: 2, retry: { attempts: 1 } };
    const app = await apps.start({
      ...{ topic, group, bus },
      handle: ({ n }) => {
        if (n === 1) throw new Error('refused');
      },
    });
    await apps.send(topic, [1]);
    for (let n = 0; n < 5; n++) await sender.send(UNKNOWN, { n }, { topic });
    await apps.send(topic, [2]);
    await ready(group, topic, 7);
    expect(app.handled).toEqual([2]);
    const { state, counts, consecutiveErrors } = app.status.snapshot();
    expect({ state, consecutiveErrors }).toEqual({ state: 'running', consecutiveErrors: 0 });
    expect(counts).toMatchObject({ unknownType: 5, failed: 1, handled: 1, unusable: 0 });
    expect(app.log.matching(`Events of type ${UNKNOWN.type}`)).toHaveLength(1);
  });

  it('tombstones, empty values and text end as unusable without a retry, at every place of a batch; the events between are handled (B-05)', async () => {
    const { topic, group } = await place();
    const transport = await bench.open();
    const bad = async (): Promise<void> => {
      const records = [
        { ...textRecord(topic, 'null', 'k'), value: null },
        { ...textRecord(topic, 'empty'), value: Buffer.alloc(0) },
        { ...textRecord(topic, 'text') },
        { ...textRecord(topic, 'gzip'), value: gzipSync('x') },
      ];
      await transport.publish(records, Date.now() + 10_000);
    };
    await bad();
    await apps.send(topic, [1]);
    await bad();
    await apps.send(topic, [2]);
    await bad();
    const app = await apps.start({ topic, group });
    await ready(group, topic, 14);
    expect(app.attempts.map(({ n, attempt, offset }) => [n, attempt, offset])).toEqual([
      [1, 1, '4'],
      [2, 1, '9'],
    ]);
    expect(app.status.snapshot()).toMatchObject({
      ...{ state: 'running', consecutiveErrors: 4 },
      counts: { unusable: 12, handled: 2, retried: 0 },
    });
    expect(
      app.log.matching(
        'Unusable record. The record is acknowledged and will not be redelivered: topic=',
      ),
    ).toHaveLength(12);
    expect(app.log.lines.join()).not.toContain('body of');
  });

  it('the control records of transactions and what was aborted are passed by, and the position comes behind them', async () => {
    const { topic, group } = await place();
    const app = await apps.start({ topic, group });
    await apps.send(topic, [1]);
    await until('the first event', () => app.handled.length === 1);
    const raw = app.attempts.length;
    await bench.transaction(topic, 'aborted', false);
    await bench.transaction(topic, 'aborted too', false);
    await apps.send(topic, [2]);
    await bench.transaction(topic, 'aborted last', false);
    // Each transaction has a record and a marker.
    await ready(group, topic, 8);
    expect([raw, app.handled]).toEqual([1, [1, 2]]);
    expect(app.status.snapshot().counts).toMatchObject({ unusable: 0, handled: 2 });
  });

  it('compressed records are read', async () => {
    const { topic, group } = await place();
    const app = await apps.start({ topic, group, transport: { compression: 'gzip' } });
    const producer = app.app.get(EventBusProducer, { strict: false });
    const numbers = upTo(50);
    await Promise.all(numbers.map((n) => producer.send(KEYED, { n, key: 'k' }, { topic })));
    await until('all', () => app.handled.length === 50);
    expect(app.handled).toEqual(numbers);
  });

  it('a handler gets the record as it is on the wire', async () => {
    const { topic, group } = await place();
    const seen: OpenEdxEventContext[] = [];
    await apps.start({ topic, group, handle: (_, context) => void seen.push(context) });
    const before = Date.now();
    await apps.send(topic, [7], () => 'the key');
    await until('the event', () => seen.length === 1);
    const { position, key, record: raw, schemaId, attempt, deliveryCount } = seen[0]!;
    expect({ position, key, attempt, deliveryCount }).toEqual({
      position: { topic, partition: '0', offset: '0' },
      ...{ key: 'the key', attempt: 1, deliveryCount: undefined },
    });
    expect(Buffer.from(raw.value!).readUInt32BE(1)).toBe(schemaId);
    expect(raw.attributes.map(([name]) => name)).toContain('ce_type');
    expect(raw.brokerTime).toBeGreaterThanOrEqual(before - 2);
    expect(raw.brokerTime).toBeLessThanOrEqual(Date.now() + 2);
  });
});
