import { ids } from '../../lib/testing/conformance/recording-sink.js';
import { until } from '../services/until.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { type KafkaApp, KafkaApps, upTo } from './support/kafka-apps.js';
import { KafkaWorkbench } from './support/kafka-workbench.js';
import { throughProxies } from './support/proxied-kafkajs.js';

const SESSION_MS = 10_000;

describe('a process that its group on Kafka does not let in yet', () => {
  const bench = new KafkaWorkbench();
  const apps = new KafkaApps();
  afterAll(async () => {
    await apps.close();
    await bench.close();
  });

  const proxies: TcpProxy[] = [];
  afterAll(() => Promise.all(proxies.map((proxy) => proxy.stop())));

  /** A member that answers nothing more: the group waits for it until its session is over. */
  const deadMember = async (topic: string, group: string): Promise<void> => {
    const proxy = await TcpProxy.to(Number(bench.brokers[0]!.split(':')[1]));
    proxies.push(proxy);
    const transport = await bench.open({
      ...{ client: throughProxies(() => proxy.port), clientId: 'the-dead-one' },
      sessionTimeout: SESSION_MS / 1_000,
    });
    const { handle } = await bench.read(transport, { topics: [topic], group });
    proxy.blackHole({ newToo: true });
    await handle.stop(Date.now());
  };

  it('starts, says what the group waits for, and is given every event that was sent once it had started', async () => {
    const [topic, group] = [await bench.topic(2), bench.newName('group')];
    await apps.send(topic, upTo(3));
    // Of another topic: of this one the group has no position.
    await deadMember(await bench.topic(), group);
    const app: KafkaApp = await apps.start({
      ...{ topic, group, once: 'started' },
      bus: { startFrom: 'latest' },
      transport: { sessionTimeout: SESSION_MS / 1_000, clientId: 'the-new-one' },
    });
    expect(app.status.snapshot()).toMatchObject({ state: 'joining', error: null });
    expect(app.status.healthy).toBe(true);
    await apps.send(topic, upTo(10, 4), (n) => `key ${n}`);
    const told = () => app.log.matching('has not admitted this process for');
    await until('the line', () => told().length === 1);
    const [line] = told();
    expect(line).toMatch(/^warn /);
    expect(line).toContain(`Group ${group} has not admitted`);
    expect(line).toContain('the-dead-one at ');
    expect(line).not.toContain('the-new-one');
    expect(line).toContain('session timeout (10 s in this process)');
    expect(app.status.snapshot().state).toBe('joining');
    const numbers = () => [...new Set(app.handled)].sort((a, b) => a - b);
    await until('the events', () => numbers().length >= 7, 60_000);
    expect(numbers()).toEqual(upTo(10, 4));
    await until('the state', () => app.status.snapshot().state === 'running');
    expect(app.log.matching('admitted this process after')).toHaveLength(1);
    await app.close();
  }, 120_000);

  it('leaves no member behind when it is stopped, so that the next one does not wait for it', async () => {
    const [topic, group] = [await bench.topic(), bench.newName('group')];
    await deadMember(topic, group);
    const first = await apps.start({ topic, group, once: 'started' });
    expect(first.status.snapshot().state).toBe('joining');
    await first.close();
    expect(await bench.members(group)).toBeLessThanOrEqual(1);
  }, 60_000);

  it('knows where `latest` is for all members of a new group, whoever is let in first', async () => {
    const [topic, group] = [await bench.topic(2), bench.newName('group')];
    const transport = await bench.open();
    await bench.publish(transport, topic, ids(3, 'old'));
    const wanted = { topics: [topic], group, start: 'latest' as const };
    const { handle } = await bench.read(transport, { ...wanted, once: 'subscribed' });
    // It ends before it was let in: the group keeps what it found out.
    await handle.stop(Date.now() + 5_000);
    await bench.publish(transport, topic, ids(3, 'new'));
    const { sink } = await bench.read(transport, wanted);
    await until('the records', () => sink.deliveries.length === 3);
    expect(sink.ids.sort()).toEqual(ids(3, 'new'));
    expect(sink.noticesOf('start').map(({ detail }) => detail)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^offset \d+ \(committed\)/)]),
    );
  }, 60_000);
});
