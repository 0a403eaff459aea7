import { ids } from '../../lib/testing/conformance/recording-sink.js';
import { until } from '../services/until.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { KafkaWorkbench } from './support/kafka-workbench.js';
import { throughProxies } from './support/proxied-kafkajs.js';

/** Stands in the answer to JoinGroup that tells of a new membership. */
const JOINED = /openedx-cooperative/;

describe('a membership that is lost on Kafka', () => {
  const bench = new KafkaWorkbench();
  let proxy: TcpProxy;
  beforeAll(async () => {
    proxy = await TcpProxy.to(Number(bench.brokers[0]!.split(':')[1]));
  });
  afterAll(async () => {
    await bench.close();
    await proxy.stop();
  });

  it('is won back where the coordinator forgot the member and the answer to its next joining is lost', async () => {
    const [topic, group] = [await bench.topic(), bench.newName('group')];
    const sender = await bench.open();
    const transport = await bench.open({ client: throughProxies(() => proxy.port) });
    const { sink, handle } = await bench.read(transport, { topics: [topic], group });
    await bench.publish(sender, topic, ids(10, 'a'));
    await until('the first records', () => sink.deliveries.length >= 10);
    await handle.flush(Date.now() + 5_000);
    const lost = proxy.repliesLost;
    proxy.loseNextReply(JOINED);
    // Positions where they are: members that live are sent away for it.
    await sender.admin!.reset(group, [{ topic, partition: '0', offset: '9' }]);
    await until('the lost answer', () => proxy.repliesLost > lost);
    proxy.heal();
    await bench.publish(sender, topic, ids(10, 'b'));
    await until(
      'the other records',
      () => ids(10, 'b').every((id) => sink.ids.includes(id)),
      30_000,
    );
    await handle.flush(Date.now() + 5_000);
    expect(await bench.committed(group, topic)).toEqual(['20']);
    expect(await bench.members(group)).toBeGreaterThan(0);
    await handle.stop(Date.now() + 5_000);
  }, 60_000);
});
