import { until } from '../services/until.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { KafkaApps, upTo } from './support/kafka-apps.js';
import { KafkaWorkbench, statuses } from './support/kafka-workbench.js';
import { throughProxies } from './support/proxied-kafkajs.js';

describe('a Kafka broker that is dead behind a load balancer', () => {
  const bench = new KafkaWorkbench();
  const apps = new KafkaApps();
  const port = Number(bench.brokers[0]!.split(':')[1]);
  let proxy: TcpProxy;
  beforeEach(async () => {
    proxy = await TcpProxy.to(port);
  });
  afterEach(() => proxy.stop());
  afterAll(async () => {
    await apps.close();
    await bench.close();
  });

  const deaths = {
    'closes each connection that it accepted': () => proxy.refuse(),
    'accepts connections and says nothing': () => proxy.blackHole({ newToo: true }),
  };

  it.each(Object.entries(deaths))(
    'it %s: who has it first in the list goes on to the next (K-07)',
    async (_name, die) => {
      die();
      const [topic, group] = [await bench.topic(), bench.newName('group')];
      const transport = await bench.open({
        brokers: [`127.0.0.1:${proxy.port}`, ...bench.brokers],
        kafkajs: { client: { requestTimeout: 2_500, connectionTimeout: 2_500 } },
      });
      await transport.connect(Date.now() + 20_000);
      expect(statuses(await bench.publish(transport, topic, ['1', '2']))).toBe('sent,sent');
      const { sink } = await bench.read(transport, { topics: [topic], group });
      await until('the records', () => sink.ids.length === 2);
      // Each of the three, for questions, to send and to read, began with it.
      expect(proxy.accepted).toBeGreaterThanOrEqual(3);
    },
  );

  it('it is the only one: the status says that it is not reachable, and heals when it is back (K-07)', async () => {
    const [topic, group] = [await bench.topic(), bench.newName('group')];
    const client = throughProxies(() => proxy.port);
    const app = await apps.start({ topic, group, transport: { client } });
    const status = () => app.status.snapshot();
    await apps.send(topic, [1]);
    await until('its commit', async () => (await bench.committed(group, topic))[0] === '1');
    proxy.refuse();
    const reason = `broker ${bench.brokers[0]} is not reachable`;
    await until('the status to say so', () => String(status().error).includes(reason));
    expect(status()).toMatchObject({ state: 'degraded', error: { code: 'SERVICE_UNAVAILABLE' } });
    await apps.send(topic, upTo(5, 2));
    proxy.heal();
    await until('the rest', () => app.handled.length === 5);
    await until('the status to heal', () => status().state === 'running');
    await app.close();
    expect(app.handled).toEqual(upTo(5));
    expect(await bench.committed(group, topic)).toEqual(['5']);
  });
});
