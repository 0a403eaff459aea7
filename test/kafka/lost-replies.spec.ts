import * as kafkajs from 'kafkajs';
import { ids } from '../../lib/testing/conformance/numbered-records.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { waitUntil } from '../support/wait-until.js';
import { KafkaWorkbench, statuses } from './support/kafka-workbench.js';

describe('replies that are lost on Kafka', () => {
  const bench = new KafkaWorkbench();
  let proxy: TcpProxy;
  beforeAll(async () => {
    proxy = await TcpProxy.to(Number(bench.brokers[0]!.split(':')[1]));
  });
  afterAll(async () => {
    await bench.close();
    await proxy.stop();
  });

  const stored = async (topic: string): Promise<string[]> => {
    const transport = await bench.open();
    const { sink } = await bench.read(transport, { topics: [topic], group: null, until: 'end' });
    await waitUntil(() => sink.ends.length > 0, 15_000);
    return sink.ids;
  };

  it('after an unknown outcome every record that is called sent is on the topic', async () => {
    const topic = await bench.topic();
    const transport = await bench.open({ client: throughProxy(() => proxy.port) });
    expect(statuses(await bench.publish(transport, topic, ['first']))).toBe('sent');
    const sent = ['first'];
    for (const round of ids(3)) {
      proxy.swallowReplies();
      const lost = await transport.publish([record(topic, `lost ${round}`)], Date.now() + 700);
      expect(statuses(lost)).toBe('unknown');
      const next = await bench.publish(transport, topic, [`next ${round}`]);
      expect(statuses(next)).toBe('sent');
      sent.push(`next ${round}`);
    }
    const there = await stored(topic);
    expect(there.filter((id) => !id.startsWith('lost'))).toEqual(sent);
    expect(new Set(there).size).toBe(there.length);
  });

  it('a reply that is lost with its connection costs neither the record nor a duplicate', async () => {
    const topic = await bench.topic();
    const transport = await bench.open({ client: throughProxy(() => proxy.port) });
    expect(statuses(await bench.publish(transport, topic, ['0']))).toBe('sent');
    const lostBefore = proxy.repliesLost;
    proxy.loseNextReply();
    const outcomes = await bench.publish(transport, topic, ids(5));
    expect(proxy.repliesLost).toBe(lostBefore + 1);
    expect(statuses(outcomes)).toBe('sent,sent,sent,sent,sent');
    expect(await stored(topic)).toEqual(['0', ...ids(5)]);
  });

  it('P-01: answers by the deadline while no broker is there, and sends once one is', async () => {
    const topic = await bench.topic();
    const transport = await bench.open({ client: throughProxy(() => proxy.port) });
    proxy.refuse();
    const began = Date.now();
    const late = await transport.publish([record(topic, 'late')], Date.now() + 500);
    expect(Date.now() - began).toBeLessThan(2_000);
    expect(statuses(late)).toBe('notSent');
    const waiting = bench.publish(transport, topic, ['waiting']);
    proxy.heal();
    expect(statuses(await waiting)).toBe('sent');
    expect(await stored(topic)).toEqual(['waiting']);
  });
});

function record(topic: string, id: string) {
  const attributes = [['conformance-id', Buffer.from(id)]] as const;
  return { topic, key: null, attributes, body: Buffer.from(id) };
}

/** kafkajs whose every connection goes to a port of ours, whatever the brokers say of themselves. */
function throughProxy(port: () => number): typeof kafkajs {
  class Kafka extends kafkajs.Kafka {
    constructor(config: kafkajs.KafkaConfig) {
      const open = config.socketFactory!;
      super({ ...config, socketFactory: (to) => open({ ...to, port: port() }) });
    }
  }
  return { ...kafkajs, Kafka };
}
