import { assertAllReceived, assertInOrder } from '../../lib/testing/assertions.js';
import { ids } from '../../lib/testing/conformance/numbered-records.js';
import { type KafkaCluster, startKafka } from '../services/kafka.js';
import { waitUntil } from '../support/wait-until.js';
import { KafkaWorkbench, statuses } from './support/kafka-workbench.js';

describe('a Kafka broker that goes away', () => {
  let cluster: KafkaCluster;
  let bench: KafkaWorkbench;
  beforeAll(async () => {
    cluster = await startKafka();
    bench = new KafkaWorkbench(cluster.bootstrap.plaintext.split(','));
  });
  afterAll(async () => {
    await bench?.close();
    await cluster?.stop();
  });

  it('K-07: killed and restarted, it costs no record, and the reader comes back by itself', async () => {
    const [topic, group] = [await bench.topic(2), bench.newName('group')];
    const transport = await bench.open();
    const states: string[] = [];
    transport.status$.subscribe(({ state }) => states.push(state));
    await transport.connect(Date.now() + 10_000);
    const { sink } = await bench.read(transport, { topics: [topic], group });
    await bench.publish(transport, topic, ids(50, 'before'), () => 'key');
    await waitUntil(() => sink.deliveries.length === 50, 10_000);
    await cluster.brokers[0]!.kill('SIGKILL');
    const during = bench.publish(transport, topic, ids(50, 'during'), () => 'key');
    await cluster.brokers[0]!.restart();
    expect(new Set(statuses(await during).split(','))).toEqual(new Set(['sent']));
    await bench.publish(transport, topic, ids(50, 'after'), () => 'key');
    const all = [...ids(50, 'before'), ...ids(50, 'during'), ...ids(50, 'after')];
    await waitUntil(() => new Set(sink.ids).size === all.length, 30_000);
    assertAllReceived(all, sink.ids);
    assertInOrder(all, sink.ids);
    expect(sink.ends).toEqual([]);
    await waitUntil(() => states.at(-1) === 'ready', 15_000);
  });
});
