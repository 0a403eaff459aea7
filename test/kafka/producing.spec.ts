import * as kafkajs from 'kafkajs';
import { monotonicNow } from '../../lib/common/clocks.js';
import { ids } from '../../lib/testing/conformance/recording-sink.js';
import type { KafkaTransportOptions } from '../../lib/transport/kafka/index.js';
import type { OutgoingRecord } from '../../lib/transport/transport.interface.js';
import { waitUntil } from '../support/wait-until.js';
import { KafkaWorkbench, statuses, textRecord } from './support/kafka-workbench.js';
import { createTopics } from '../services/kafka-topics.js';

const LATE = 60_000;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const soon = (): number => Date.now() + 30_000;

describe('batches on Kafka', () => {
  const bench = new KafkaWorkbench();
  afterAll(() => bench.close());

  /** A transport, and its produce requests: its topic has the record `warm`, and kafkajs knows it. */
  const open = async (options: KafkaTransportOptions, topic: string) => {
    const requests: { size: number }[] = [];
    const client = watched((request) => requests.push(request));
    const transport = await bench.open({ client, ...options });
    const warm = Array.from({ length: options.batchSize?.records ?? 1 }, () => 'warm');
    expect(statuses(await bench.publish(transport, topic, warm))).toMatch(/^(sent,?)+$/);
    requests.length = 0;
    return { transport, requests };
  };

  const stored = async (topic: string): Promise<string[]> => {
    const transport = await bench.open();
    const { sink } = await bench.read(transport, { topics: [topic], group: null, until: 'end' });
    await waitUntil(() => sink.ends.length > 0, 30_000);
    return sink.ids.filter((id) => id !== 'warm');
  };

  it('what is sent in one turn goes as one request', async () => {
    const topic = await bench.topic();
    const { transport, requests } = await open({}, topic);
    const sends = ids(100).map((id) => bench.publish(transport, topic, [id]));
    expect(statuses((await Promise.all(sends)).flat())).toBe(Array(100).fill('sent').join());
    expect(requests).toHaveLength(1);
    expect(await stored(topic)).toEqual(ids(100));
  });

  it('lingerMs has the records of several turns share a request', async () => {
    const topic = await bench.topic();
    const { transport, requests } = await open({ lingerMs: 1_000 }, topic);
    const began = monotonicNow();
    const sends = [];
    for (const id of ids(10)) {
      sends.push(bench.publish(transport, topic, [id]));
      await turn();
    }
    await Promise.all(sends);
    expect(requests).toHaveLength(1);
    expect(monotonicNow() - began).toBeGreaterThanOrEqual(998);
    expect(await stored(topic)).toEqual(ids(10));
  });

  it('a batch that is full does not linger, and one that is not keeps its deadline', async () => {
    const topic = await bench.topic();
    const options = { lingerMs: LATE, batchSize: { records: 10 } };
    const { transport, requests } = await open(options, topic);
    expect(statuses(await bench.publish(transport, topic, ids(10)))).toMatch(/^(sent,?){10}$/);
    expect(requests).toHaveLength(1);
    const late = await transport.publish([textRecord(topic, 'late')], Date.now() + 300);
    expect(statuses(late)).toBe('notSent');
    expect(await stored(topic)).toEqual(ids(10));
  });

  it.each([
    ['records', { records: 25 }, 4],
    ['bytes', { bytes: 10_000 }, 12],
  ])('batchSize bounds the %s of a request', async (_, batchSize, count) => {
    const topic = await bench.topic();
    const { transport, requests } = await open({ batchSize }, topic);
    const records = ids(100).map((id) => filled(topic, id, 1_000));
    expect(statuses(await transport.publish(records, soon()))).toMatch(/^(sent,?){100}$/);
    expect(requests).toHaveLength(count);
    expect(Math.max(...requests.map(({ size }) => size))).toBeLessThan(30_000);
    expect(await stored(topic)).toEqual(ids(100));
  });

  it('one record that is too large for its topic fails alone, the others are sent once, in order', async () => {
    const topic = bench.newName('topic');
    const configEntries = [{ name: 'max.message.bytes', value: '4000' }];
    await bench.admin((admin) => createTopics(admin, [{ topic, numPartitions: 2, configEntries }]));
    const { transport } = await open({}, topic);
    const records = ids(60).map((id) =>
      filled(topic, id, id === '31' ? 5_000 : 300, `key ${Number(id) % 7}`),
    );
    const outcomes = await transport.publish(records, soon());
    const failed = outcomes.flatMap((outcome, i) =>
      outcome.status === 'sent' ? [] : [{ ...outcome, id: ids(60)[i] }],
    );
    expect(failed).toMatchObject([
      { id: '31', status: 'notSent', error: { code: 'SERVICE_UNAVAILABLE', topic } },
    ]);
    const there = await stored(topic);
    const others = ids(60).filter((id) => id !== '31');
    expect([...there].sort()).toEqual([...others].sort());
    for (let key = 0; key < 7; key++) {
      const ofKey = (id: string): boolean => Number(id) % 7 === key;
      expect(there.filter(ofKey)).toEqual(others.filter(ofKey));
    }
  });

  it('with several requests under way the order of each key holds', async () => {
    const topic = await bench.topic(3);
    const { transport, requests } = await open(
      { maxInFlight: 4, batchSize: { records: 20 } },
      topic,
    );
    const all = ids(1_500);
    const sends = [];
    for (let i = 0; i < all.length; i += 30) {
      const records = all
        .slice(i, i + 30)
        .map((id) => filled(topic, id, 10, `key ${Number(id) % 10}`));
      sends.push(transport.publish(records, soon()));
      if (i % 150 === 0) await turn();
    }
    const outcomes = (await Promise.all(sends)).flat();
    expect(outcomes.every(({ status }) => status === 'sent')).toBe(true);
    expect(requests.length).toBeGreaterThanOrEqual(all.length / 20);
    const there = await stored(topic);
    expect(there).toHaveLength(all.length);
    for (let key = 0; key < 10; key++) {
      const ofKey = (id: string): boolean => Number(id) % 10 === key;
      expect(there.filter(ofKey)).toEqual(all.filter(ofKey));
    }
  });

  it('gzip makes requests smaller, and what it holds is the same', async () => {
    const topic = await bench.topic();
    const { transport, requests } = await open({ compression: 'gzip' }, topic);
    const records = ids(100).map((id) => filled(topic, id, 1_000));
    await transport.publish(records, soon());
    expect(requests).toHaveLength(1);
    expect(requests[0]!.size).toBeLessThan(10_000);
    expect(await stored(topic)).toEqual(ids(100));
  });

  it('a header that is null stays null, and one that is empty stays empty', async () => {
    const topic = await bench.topic();
    const transport = await bench.open();
    const attributes = [
      ['none', null],
      ['empty', Buffer.alloc(0)],
    ] as const;
    await transport.publish([{ topic, key: null, attributes, value: null }], soon());
    const { sink } = await bench.read(transport, { topics: [topic], group: null, until: 'end' });
    await waitUntil(() => sink.ends.length > 0, 30_000);
    expect(sink.deliveries.map(({ record }) => record.attributes)).toEqual([attributes]);
  });

  it('without idempotence records are confirmed all the same', async () => {
    const topic = await bench.topic();
    const { transport } = await open({ idempotent: false }, topic);
    expect(statuses(await bench.publish(transport, topic, ids(5)))).toMatch(/^(sent,?){5}$/);
    expect(await stored(topic)).toEqual(ids(5));
  });
});

function filled(
  topic: string,
  id: string,
  bytes: number,
  key: string | null = null,
): OutgoingRecord {
  return {
    ...textRecord(topic, id, key),
    value: Buffer.alloc(bytes, id),
    ...(key !== null && { orderKey: key }),
  };
}

/** kafkajs that tells of each produce request that was answered. */
function watched(produced: (request: { size: number }) => void): typeof kafkajs {
  class Kafka extends kafkajs.Kafka {
    override producer(config?: kafkajs.ProducerConfig): kafkajs.Producer {
      const producer = super.producer(config);
      producer.on(producer.events.REQUEST, ({ payload }) => {
        if (payload.apiName === 'Produce') produced(payload);
      });
      return producer;
    }
  }
  return { ...kafkajs, Kafka };
}
