import { assertEachReceivedOnce, assertInOrder } from '../../lib/testing/assertions.js';
import { until } from '../services/until.js';
import { KafkaApps, upTo } from './support/kafka-apps.js';
import { KafkaWorkbench } from './support/kafka-workbench.js';

const SESSION_MS = 6_000;
const LONG_MS = 2 * SESSION_MS;

describe('staying a member on Kafka', () => {
  const bench = new KafkaWorkbench();
  const apps = new KafkaApps();
  afterAll(async () => {
    await apps.close();
    await bench.close();
  });

  it('a handler that takes longer than the session is not handled twice, though another member waits (K-04)', async () => {
    const [topic, group] = [await bench.topic(), bench.newName('group')];
    const handle = () => new Promise((resolve) => setTimeout(resolve, LONG_MS));
    const slow = await apps.start({ topic, group, handle });
    await apps.send(topic, [1]);
    await until('the event', () => slow.attempts.length === 1);
    const other = await apps.start({ topic, group, handle });
    await until('the end of the handler', () => slow.handled.length === 1, 3 * LONG_MS);
    await until('the commit', async () => (await bench.committed(group, topic))[0] === '1');
    expect([slow.attempts.length, other.attempts.length]).toEqual([1, 0]);
    expect(slow.log.matching('lost its subscription')).toEqual([]);
    expect(slow.log.matching(`starts reading ${topic}/0`)).toHaveLength(1);
    await Promise.all([slow.close(), other.close()]);
  });

  it('a retry delay longer than the session holds one partition, whose order is kept; the others flow (K-06)', async () => {
    const [topic, group] = [await bench.topic(2), bench.newName('group')];
    const app = await apps.start({
      ...{ topic, group },
      handle: ({ n }, { attempt }) => {
        if (n === 1 && attempt === 1) throw new Error('not yet');
      },
      bus: { retry: { attempts: 2, delayMs: LONG_MS } },
    });
    const sent = upTo(40);
    await apps.send(topic, sent, String);
    await until('all', () => app.handled.length === 40, 3 * LONG_MS);
    const partitionOf = new Map(app.attempts.map(({ n, partition }) => [n, partition]));
    const held = sent.filter((n) => partitionOf.get(n) === partitionOf.get(1));
    const others = sent.filter((n) => partitionOf.get(n) !== partitionOf.get(1));
    expect(others.length).toBeGreaterThan(0);
    expect(app.handled.slice(0, others.length)).toEqual(others);
    expect(app.handled.slice(others.length)).toEqual(held);
    assertEachReceivedOnce(sent.map(String), app.handled.map(String));
    assertInOrder(
      held.map(String),
      app.handled.map(String).filter((n) => held.includes(Number(n))),
    );
    expect(app.log.matching(`Group ${group} starts reading`)).toHaveLength(2);
    expect(app.status.snapshot()).toMatchObject({ state: 'running', counts: { retried: 1 } });
    await app.close();
  });
});
