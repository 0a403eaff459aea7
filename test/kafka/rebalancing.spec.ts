import { assertEachReceivedOnce, assertInOrder } from '../../lib/testing/assertions.js';
import { idOf, ids } from '../../lib/testing/conformance/recording-sink.js';
import type { Delivery } from '../../lib/transport/transport.interface.js';
import { waitUntil } from '../support/wait-until.js';
import { KafkaWorkbench } from './support/kafka-workbench.js';

describe('rebalances on Kafka', () => {
  const bench = new KafkaWorkbench();
  afterAll(() => bench.close());

  it('K-08: what is in hand ends and is committed before another member gets the partition', async () => {
    const [topic, group] = [await bench.topic(4), bench.newName('group')];
    const sent = ids(1_720);
    const handled: { id: string; by: string }[] = [];
    const working = new Map<string, string>();
    const overlaps: string[] = [];
    const member = async (name: string) => {
      const inHand = new Map<string, Promise<void>>();
      const handle = (delivery: Delivery): Promise<void> => {
        const { source } = delivery;
        const before = inHand.get(source) ?? Promise.resolve();
        const work = before.then(async () => {
          if (delivery.signal.aborted || stopping.has(source)) return;
          const other = working.get(source);
          if (other !== undefined && other !== name) overlaps.push(`${source}: ${other}, ${name}`);
          working.set(source, name);
          await new Promise((resolve) => setTimeout(resolve, 10));
          working.delete(source);
          handled.push({ id: idOf(delivery.record), by: name });
          delivery.settle();
        });
        inHand.set(source, work);
        return work;
      };
      const stopping = new Set<string>();
      const wanted = { topics: [topic], group, member: name, maxInFlight: 40 };
      const made = await bench.read(await bench.open(), wanted, (delivery) => {
        stopping.delete(delivery.source);
        // Not awaited: as the runtime, which takes batches into lanes.
        void handle(delivery);
      });
      made.sink.onRevoke = async (source) => {
        stopping.add(source);
        await inHand.get(source);
      };
      return made;
    };
    const keyOf = (id: string): string => `key ${Number(id) % 12}`;
    const first = await member('first');
    const sender = await bench.open();
    await bench.publish(sender, topic, sent.slice(0, 1_600), keyOf);
    await waitUntil(() => handled.length >= 10, 10_000);
    const second = await member('second');
    await waitUntil(() => second.sink.noticesOf('start').length > 0, 20_000);
    // However long the hand-over took, something is left for the second one.
    await bench.publish(sender, topic, sent.slice(1_600), keyOf);
    await waitUntil(() => handled.some(({ by }) => by === 'second'), 20_000);
    await second.handle.stop(Date.now() + 10_000);
    await waitUntil(() => new Set(handled.map(({ id }) => id)).size === sent.length, 20_000);
    expect(overlaps).toEqual([]);
    expect(first.sink.revoked.length).toBe(2);
    const inOrder = handled.map(({ id }) => id);
    assertEachReceivedOnce(sent, inOrder);
    assertInOrder(sent, inOrder, keyOf);
  });

  it('K-08: a member that dies without a word leaves its partitions to the others', async () => {
    const [topic, group] = [await bench.topic(2), bench.newName('group')];
    const staying = await bench.read(await bench.open({ sessionTimeout: 1 }), {
      topics: [topic],
      group,
    });
    const dying = await bench.open({ sessionTimeout: 1 });
    const dead = await bench.read(dying, { topics: [topic], group }, () => undefined);
    await waitUntil(() => dead.sink.noticesOf('start').length > 0, 10_000);
    await bench.publish(dying, topic, ids(20), (id) => id);
    await waitUntil(() => dead.sink.deliveries.length > 0, 10_000);
    await dying.close(Date.now());
    await waitUntil(() => new Set(staying.sink.ids).size === 20, 20_000);
    assertEachReceivedOnce(ids(20), staying.sink.ids);
  });
});
