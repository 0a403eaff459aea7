import { assertAllReceived, assertInOrder } from '../../lib/testing/assertions.js';
import { until } from '../services/until.js';
import { type KafkaApp, KafkaApps, upTo } from './support/kafka-apps.js';
import { KafkaWorkbench } from './support/kafka-workbench.js';

const KEYS = 24;
const EVENTS = 3_000;
const MEMBERS = ['a', 'b', 'c'] as const;
const MAX_IN_FLIGHT = 40;

describe('members of a group on Kafka that come and go under load', () => {
  const bench = new KafkaWorkbench();
  const apps = new KafkaApps();
  afterAll(async () => {
    await apps.close();
    await bench.close();
  });

  it('in a rolling restart of three nothing is lost, nothing comes twice, and the order per key is kept (K-08, K-09)', async () => {
    const [topic, group] = [await bench.topic(6), bench.newName('group')];
    const handled: number[] = [];
    const working = new Map<string, number>();
    const overlaps: string[] = [];
    const start = (name: string): Promise<KafkaApp> =>
      apps.start({
        ...{ topic, group },
        bus: { maxInFlight: MAX_IN_FLIGHT, sourceConcurrency: 6 },
        transport: { clientId: name },
        handle: async ({ n, key }) => {
          if (working.has(key)) overlaps.push(`${key}: ${working.get(key)} and ${n}`);
          working.set(key, n);
          await new Promise((resolve) => setTimeout(resolve, 2));
          working.delete(key);
          handled.push(n);
        },
      });
    const keyOf = (n: number): string => `key ${n % KEYS}`;
    const members = new Map(
      await Promise.all(MEMBERS.map(async (name) => [name, await start(name)] as const)),
    );
    let sent = 0;
    let restarts = 0;
    const sending = (async () => {
      while (restarts < MEMBERS.length || sent < EVENTS) {
        const batch = upTo(sent + 20, sent + 1);
        await apps.send(topic, batch, keyOf);
        sent += batch.length;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    for (const name of MEMBERS) {
      const before = handled.length;
      await until('some work', () => handled.length > before + 100, 60_000);
      await members.get(name)!.close();
      members.set(name, await start(name));
      restarts++;
    }
    await sending;
    const all = upTo(sent).map(String);
    await until('all', () => new Set(handled).size === sent, 60_000);
    assertAllReceived(all, handled.map(String));
    assertInOrder(all, handled.map(String), (n) => keyOf(Number(n)));
    // A member that leaves as it is asked to hands over everything: nothing comes again.
    expect(handled.length - sent).toBe(0);
    expect(overlaps).toEqual([]);
    await Promise.all([...members.values()].map((member) => member.close()));
    const positions = await bench.committed(group, topic);
    expect(positions.reduce((sum, offset) => sum + Number(offset), 0)).toBe(sent);
  }, 180_000);
});
