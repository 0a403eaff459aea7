import { assertEachReceivedOnce, assertInOrder } from '../../lib/testing/assertions.js';
import { idOf, ids } from '../../lib/testing/conformance/numbered-records.js';
import type { Delivery } from '../../lib/transport/transport.interface.js';
import { waitUntil } from '../support/wait-until.js';
import { KafkaWorkbench } from './support/kafka-workbench.js';

const SESSION_MS = 3_000;

describe('staying a member on Kafka', () => {
  const bench = new KafkaWorkbench();
  afterAll(() => bench.close());
  const open = () => bench.open({ sessionTimeout: SESSION_MS / 1_000 });

  it('K-04: a handler that takes longer than the session is not handled twice', async () => {
    // One partition: with two, the second member would rightly be given one, and the sink of this test gives up at once.
    const [topic, group] = [await bench.topic(1), bench.newName('group')];
    const transport = await open();
    const slowly = async (delivery: Delivery): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 2.5 * SESSION_MS));
      delivery.settle();
    };
    const slow = await bench.read(transport, { topics: [topic], group }, slowly);
    await bench.publish(transport, topic, ['slow']);
    await waitUntil(() => slow.sink.deliveries.length === 1, 20_000);
    const other = await bench.read(await open(), { topics: [topic], group }, slowly);
    await waitUntil(() => slow.sink.batches.length === 1 && settled(slow.sink), 20_000);
    expect([...slow.sink.ids, ...other.sink.ids]).toEqual(['slow']);
    expect(slow.sink.ends).toEqual([]);
    async function position(): Promise<number> {
      const at = await transport.admin!.positions(group, topic);
      return at.reduce((sum, { offset }) => sum + Number(offset) + 1, 0);
    }
    await slow.handle.stop(Date.now() + 20_000);
    expect(await position()).toBe(1);
  });

  it('K-06: a retry delay longer than the session holds one partition, and the others flow', async () => {
    const [topic, group] = [await bench.topic(2), bench.newName('group')];
    const transport = await open();
    let releasedAt = 0;
    let handledAt = 0;
    const handled: string[] = [];
    const partitionOf = new Map<string, string>();
    const { sink } = await bench.read(transport, { topics: [topic], group }, (delivery) => {
      const id = idOf(delivery.record);
      partitionOf.set(id, delivery.position.partition);
      if (id === '01' && releasedAt === 0) {
        releasedAt = Date.now();
        return delivery.release(2.5 * SESSION_MS);
      }
      if (delivery.signal.aborted) return;
      if (id === '01') handledAt = Date.now();
      handled.push(id);
      delivery.settle();
    });
    const sent = ids(20);
    await bench.publish(transport, topic, sent, (id) => id);
    await waitUntil(() => new Set(handled).size === 20, 30_000);
    const held = partitionOf.get('01');
    const others = sent.filter((id) => partitionOf.get(id) !== held);
    expect(others.length).toBeGreaterThan(0);
    expect(handled.slice(0, others.length).sort()).toEqual(others);
    expect(handledAt - releasedAt).toBeGreaterThanOrEqual(2.5 * SESSION_MS - 5);
    assertEachReceivedOnce(sent, handled);
    assertInOrder(
      sent.filter((id) => partitionOf.get(id) === held),
      handled.filter((id) => partitionOf.get(id) === held),
    );
    expect(sink.revoked).toEqual([]);
  });
});

/** The only delivery has been settled: its settle is then a no-op, which the group's position shows. */
function settled(sink: { deliveries: readonly Delivery[]; ids: string[] }): boolean {
  const [delivery] = sink.deliveries;
  return delivery !== undefined && Date.now() - Number(delivery.record.brokerTime) > 3 * SESSION_MS;
}
