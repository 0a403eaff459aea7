import * as kafkajs from 'kafkajs';
import type { KafkaTransportOptions } from '../../lib/transport/kafka/index.js';
import { until } from '../services/until.js';
import { KafkaWorkbench, statuses, textRecord } from './support/kafka-workbench.js';

type Send = kafkajs.Producer['send'];

/** kafkajs with something of others around what its producers send. */
function wrapped(around: (send: Send) => Send): KafkaTransportOptions['client'] {
  class Kafka extends kafkajs.Kafka {
    override producer(config?: kafkajs.ProducerConfig): kafkajs.Producer {
      const producer = super.producer(config);
      producer.send = around(producer.send.bind(producer));
      return producer;
    }
  }
  return { ...kafkajs, Kafka };
}

describe('what an application put around the producers of kafkajs', () => {
  const bench = new KafkaWorkbench();
  afterAll(() => bench.close());

  const sendThrough = async (around: (send: Send) => Send, ids = ['1']) => {
    const topic = await bench.topic();
    const transport = await bench.open({ client: wrapped(around) });
    const outcomes = await bench.publish(transport, topic, ids, () => 'key');
    const { sink } = await bench.read(transport, { topics: [topic], group: bench.newName('g') });
    await until('the records', () => sink.deliveries.length === ids.length);
    return { outcomes, records: sink.deliveries.map(({ record }) => record) };
  };
  const texts = (attributes: readonly (readonly [string, Uint8Array | null])[]) =>
    attributes.map(([name, value]) => [name, value && Buffer.from(value).toString()]);

  it.each<[string, (message: kafkajs.Message) => void, [string, string | null][]]>([
    ['sets a header', ({ headers }) => void (headers!['x'] = 'y'), [['x', 'y']]],
    [
      'gives other headers',
      (message) => void (message.headers = { ...message.headers, x: Buffer.from('y') }),
      [['x', 'y']],
    ],
    [
      'sets several values, and one that is no text',
      ({ headers }) => void Object.assign(headers!, { x: ['1', Buffer.from('2')], n: 3, z: null }),
      [
        ['x', '1'],
        ['x', '2'],
        ['n', '3'],
        ['z', null],
      ],
    ],
    [
      'defines properties, and freezes the message',
      (message) => {
        Object.defineProperty(message.headers, 'x', { value: 'y', enumerable: true });
        Object.assign(message, { [Symbol('mark')]: 1, note: 1 });
        Object.freeze(Object.freeze(message.headers) && message);
      },
      [['x', 'y']],
    ],
  ])('that %s is on the wire behind ours', async (_, change, added) => {
    const { outcomes, records } = await sendThrough((send) => (record) => {
      record.messages.forEach(change);
      return send(record);
    });
    expect(statuses(outcomes)).toBe('sent');
    expect(records.map(({ attributes }) => texts(attributes))).toEqual([
      [['conformance-id', '1'], ...added],
    ]);
  });

  it('that rewrites the file of kafkajs, as Sentry 11 does, is on the wire after ours', async () => {
    class Kafka extends kafkajs.Kafka {
      override producer(config?: kafkajs.ProducerConfig): kafkajs.Producer {
        const producer = super.producer(config);
        const sendBatch = producer.sendBatch.bind(producer);
        producer.sendBatch = (...args) => {
          const context = { arguments: args };
          for (const { messages } of context.arguments[0].topicMessages!)
            for (const { headers } of messages) headers!['x'] = 'y';
          // The text of kafkajs's own function, inside that of the wrapper.
          const original: kafkajs.Producer['sendBatch'] = ({ acks = -1, topicMessages = [] }) =>
            sendBatch({ acks, topicMessages });
          return original(...context.arguments);
        };
        return producer;
      }
    }
    const topic = await bench.topic();
    const client = { ...kafkajs, Kafka } as KafkaTransportOptions['client'];
    const transport = await bench.open({ client });
    const outcomes = await bench.publish(transport, topic, ['1', '2'], () => 'key');
    const { sink } = await bench.read(transport, { topics: [topic], group: bench.newName('g') });
    await until('the records', () => sink.deliveries.length === 2);
    expect(statuses(outcomes)).toBe('sent,sent');
    expect(sink.deliveries.map(({ record }) => texts(record.attributes))).toEqual([
      [
        ['conformance-id', '1'],
        ['x', 'y'],
      ],
      [
        ['conformance-id', '2'],
        ['x', 'y'],
      ],
    ]);
  });

  it('that gives copies keeps what the records are, and their order', async () => {
    const ids = Array.from({ length: 50 }, (_, n) => String(n));
    const { outcomes, records } = await sendThrough(
      (send) => async (record) => {
        await new Promise((resolve) => setImmediate(resolve));
        return send({ ...record, messages: record.messages.map((one) => ({ ...one })) });
      },
      ids,
    );
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['sent']));
    expect(records.map(({ value: body }) => Buffer.from(body!).toString())).toEqual(
      ids.map((id) => `body of ${id}`),
    );
    expect(records.map(({ attributes }) => texts(attributes))).toEqual(
      ids.map((id) => [['conformance-id', id]]),
    );
  });

  it.each<[string, (send: Send) => Send]>([
    [
      'throws',
      () => () => {
        throw new Error('instrumentation');
      },
    ],
    ['rejects', () => () => Promise.reject(new Error('instrumentation'))],
    ['sends nothing', () => () => Promise.resolve([])],
    [
      'throws afterwards',
      (send) => async (record) => {
        await send(record);
        throw new Error('instrumentation');
      },
    ],
    [
      'sends twice',
      (send) => async (record) => {
        await send(record);
        return send(record);
      },
    ],
  ])('and that %s costs no record, and doubles none', async (_, around) => {
    const { outcomes, records } = await sendThrough(around, ['1', '2']);
    expect(statuses(outcomes)).toBe('sent,sent');
    expect(records.map(({ value: body }) => Buffer.from(body!).toString())).toEqual([
      'body of 1',
      'body of 2',
    ]);
  });

  it('is told what the broker answered', async () => {
    const told: unknown[] = [];
    const around =
      (send: Send): Send =>
      (record) =>
        send(record).then(
          (answer) => {
            told.push(answer);
            return answer;
          },
          (error: unknown) => {
            told.push(error);
            throw error;
          },
        );
    const topic = await bench.topic();
    const transport = await bench.open({ client: wrapped(around) });
    await bench.publish(transport, topic, ['1']);
    const tooLarge = { ...textRecord(topic, '2'), value: Buffer.alloc(2_000_000) };
    const refused = await transport.publish([tooLarge], Date.now() + 20_000);
    expect(statuses(refused)).toBe('notSent');
    await until('both answers', () => told.length === 2);
    expect(told).toEqual([
      [expect.objectContaining({ topicName: topic, errorCode: 0, baseOffset: '0' })],
      expect.objectContaining({ code: 'SERVICE_UNAVAILABLE' }),
    ]);
  });

  it('sees on consuming what kafkajs would give, and may change it', async () => {
    const seen: unknown[] = [];
    class Kafka extends kafkajs.Kafka {
      override consumer(config: kafkajs.ConsumerConfig): kafkajs.Consumer {
        const consumer = super.consumer(config);
        const run = consumer.run.bind(consumer);
        consumer.run = (asked) => {
          const { eachBatch } = asked!;
          asked!.eachBatch = (payload) => {
            for (const message of payload.batch.messages) {
              const { key, value, headers, offset, timestamp } = message;
              seen.push({
                key: String(key),
                value: String(value),
                offset,
                isTimed: Number(timestamp) > 0,
                headers: Object.entries(headers!).map(([name, one]) => [name, String(one)]),
              });
              message.headers = { ...headers, more: 'x' };
            }
            return eachBatch!(payload);
          };
          return run(asked);
        };
        return consumer;
      }
    }
    const client = { ...kafkajs, Kafka } as KafkaTransportOptions['client'];
    const topic = await bench.topic();
    const transport = await bench.open({ client });
    await bench.publish(transport, topic, ['1'], () => 'k');
    const { sink } = await bench.read(transport, { topics: [topic], group: bench.newName('g') });
    await until('the record', () => sink.deliveries.length === 1);
    const headers = [['conformance-id', '1']];
    const value = 'body of 1';
    expect(seen).toEqual([{ key: 'k', value, offset: '0', isTimed: true, headers }]);
    expect(Buffer.from(sink.deliveries[0]!.record.value!).toString()).toBe(value);
  });
});
