import { ids } from '../../lib/testing/conformance/recording-sink.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { waitUntil } from '../support/wait-until.js';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import { KafkaApps, KEYED, upTo } from './support/kafka-apps.js';
import { KafkaWorkbench, statuses } from './support/kafka-workbench.js';
import { throughProxies } from './support/proxied-kafkajs.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

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
    const transport = await bench.open({ client: throughProxies(() => proxy.port) });
    expect(statuses(await bench.publish(transport, topic, ['first']))).toBe('sent');
    const sent = ['first'];
    for (const round of ids(3)) {
      proxy.swallowReplies();
      const lost = await transport.publish([record(topic, `lost ${round}`)], Date.now() + 1_500);
      expect(statuses(lost)).toBe('unknown');
      const next = await bench.publish(transport, topic, [`next ${round}`]);
      expect(statuses(next)).toBe('sent');
      sent.push(`next ${round}`);
    }
    const there = await stored(topic);
    expect(there.filter((id) => !id.startsWith('lost'))).toEqual(sent);
    expect(new Set(there).size).toBe(there.length);
  });

  it('replies are swallowed beneath an application: what `send` resolved is on the topic, where it said (P-01)', async () => {
    const topic = await bench.topic();
    const apps = new KafkaApps();
    const { app } = await apps.start({
      ...{ topic, group: bench.newName('group'), providers: [] },
      transport: { client: throughProxies(() => proxy.port) },
    });
    const producer = app.get(EventBusProducer, { strict: false });
    const send = (n: number, timeout?: number) =>
      producer.send(KEYED, { n, key: `key ${n % 5}` }, { topic, keyField: 'key', timeout });
    await send(0);
    const [confirmed, places]: [number[], string[]] = [[], []];
    for (let from = 1; from <= 41; from += 20) {
      proxy.swallowReplies();
      const early = upTo(from + 9, from).map((n) => send(n, 1_000));
      await turn();
      const late = upTo(from + 19, from + 10).map((n) => send(n, 30_000));
      (await Promise.allSettled([...early, ...late])).forEach((result, i) => {
        if (result.status === 'rejected') return;
        confirmed.push(from + i);
        places.push(`${from + i}@${result.value.receipts[0]!.position!.offset}`);
      });
    }
    expect(confirmed.length).toBeGreaterThanOrEqual(30);
    expect(confirmed.length).toBeLessThan(60);
    const reader = await apps.start({ topic, group: bench.newName('group') });
    const isThere = (n: number): boolean => reader.handled.includes(n);
    await waitUntil(() => confirmed.every(isThere), 30_000);
    const there = reader.attempts.map(({ n, offset }) => `${n}@${offset}`);
    expect(there).toEqual(expect.arrayContaining(places));
    expect(new Set(reader.handled).size).toBe(reader.handled.length);
    await apps.close();
  });

  it('a reply that is lost with its connection costs neither the record nor a duplicate', async () => {
    const topic = await bench.topic();
    const transport = await bench.open({ client: throughProxies(() => proxy.port) });
    expect(statuses(await bench.publish(transport, topic, ['0']))).toBe('sent');
    const lostBefore = proxy.repliesLost;
    proxy.loseNextReply();
    const outcomes = await bench.publish(transport, topic, ids(5));
    expect(proxy.repliesLost).toBe(lostBefore + 1);
    expect(statuses(outcomes)).toBe('sent,sent,sent,sent,sent');
    expect(await stored(topic)).toEqual(['0', ...ids(5)]);
  });

  it('answers by the deadline while no broker is there, and sends once one is (P-01)', async () => {
    const topic = await bench.topic();
    const client = throughProxies(() => proxy.port);
    // kafkajs itself would try again after ten minutes.
    const retry = { initialRetryTime: 600_000, maxRetryTime: 600_000 };
    const kafkajs = { client: { retry }, producer: { retry } };
    const slow = await bench.open({ client, kafkajs });
    proxy.refuse();
    const late = await slow.publish([record(topic, 'late')], Date.now() + 500);
    expect(statuses(late)).toBe('notSent');
    const transport = await bench.open({ client });
    const waiting = bench.publish(transport, topic, ['waiting']);
    proxy.heal();
    expect(statuses(await waiting)).toBe('sent');
    expect(await stored(topic)).toEqual(['waiting']);
  });
});

function record(topic: string, id: string) {
  const attributes = [['conformance-id', Buffer.from(id)]] as const;
  return { topic, key: null, attributes, value: Buffer.from(id) };
}
