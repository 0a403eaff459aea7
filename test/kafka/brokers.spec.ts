import { assertAllReceived, assertInOrder } from '../../lib/testing/assertions.js';
import { type KafkaCluster, startKafka } from '../services/kafka.js';
import { lastingProxy } from '../services/lasting-proxy.js';
import { until } from '../services/until.js';
import { KafkaPartitions } from '../faults/driver/kafka-partitions.js';
import type { TcpProxy } from '../support/tcp-proxy.js';
import { type KafkaApp, KafkaApps, upTo } from './support/kafka-apps.js';
import { KafkaWorkbench } from './support/kafka-workbench.js';
import { SlowKafka } from './support/slow-kafka.js';

const KEYS = 12;
/** How a request of kafkajs to join a group begins: its size, and its number. */
const JOIN_GROUP = /^.{4}\0\v/s;
const keyOf = (n: number): string => `key ${n % KEYS}`;

describe('a cluster of three Kafka brokers in trouble', () => {
  let cluster: KafkaCluster;
  /** By the broker's id: on the way of those who use `proxied`. */
  const proxies = new Map<number, TcpProxy>();
  let bench: KafkaWorkbench;
  let apps: KafkaApps;
  let slow: SlowKafka;
  let app: KafkaApp;
  let [topic, group, sent] = ['', '', 0];

  beforeAll(async () => {
    cluster = await startKafka({ brokers: 3, listeners: { PROXIED: startProxy } });
    const brokers = cluster.bootstrap.plaintext.split(',');
    bench = new KafkaWorkbench(brokers);
    // A new controller and new leaders may take longer than the 7 s that a producer repeats a request.
    apps = new KafkaApps(brokers, { kafkajs: { producer: { retry: { retries: 50 } } } });
    slow = new SlowKafka(bench, apps);
    await slow.prepare();
    [topic, group] = [await bench.topic(3), bench.newName('group')];
    app = await apps.start({ topic, group });
    await send(60);
    await allHandled();
  }, 180_000);
  afterAll(async () => {
    await slow?.kill();
    await Promise.all([apps?.close(), bench?.close(), slow?.end()]);
    await cluster?.stop();
    await Promise.all([...proxies.values()].map((proxy) => proxy.stop()));
  }, 60_000);

  const startProxy = async (port: number, broker: number): Promise<number> => {
    const proxy = await lastingProxy(port);
    proxies.set(broker, proxy);
    return proxy.port;
  };
  const proxied = () => ({ brokers: [...proxies.values()].map(({ port }) => `127.0.0.1:${port}`) });

  const send = async (count: number): Promise<void> => {
    const numbers = upTo(sent + count, sent + 1);
    sent += count;
    await apps.send(topic, numbers, keyOf);
  };
  const allHandled = (): Promise<void> =>
    until('all', () => new Set(app.handled).size === sent, 90_000);
  /** Every event was handled, in the order of its key. */
  const expectAll = (): void => {
    const all = upTo(sent).map(String);
    assertAllReceived(all, app.handled.map(String));
    assertInOrder(all, app.handled.map(String), (n) => keyOf(Number(n)));
  };

  it('the coordinator moves and the request to join the new one is lost: commits still reach it (K-07)', async () => {
    const place = { topic: await bench.topic(), group: bench.newName('group') };
    const commits = (to: string) =>
      until(
        `a commit of ${to}`,
        async () => (await bench.committed(place.group, place.topic))[0] === to,
        60_000,
      );
    const moving = await apps.start({ ...place, transport: proxied() });
    await apps.send(place.topic, [1]);
    await commits('1');
    const old = await bench.coordinator(place.group);
    const others = [...proxies].flatMap(([id, proxy]) => (id === old ? [] : [proxy]));
    for (const proxy of others) proxy.loseNextRequest(JOIN_GROUP);
    await new KafkaPartitions(bench.brokers, 3).moveLeaders();
    expect(await bench.coordinator(place.group)).not.toBe(old);
    await until('the lost request', () => others.some(({ requestsLost }) => requestsLost > 0));
    await apps.send(place.topic, [2]);
    await commits('2');
    expect([...new Set(moving.handled)]).toEqual([1, 2]);
    expect(moving.log.matching('lost its subscription')).toEqual([]);
    await moving.close();
  }, 180_000);

  it('all connections are half-open, the idle ones too: none has to be found silent after the others (N-06)', async () => {
    const place = { topic: await bench.topic(3), group: bench.newName('group') };
    const cutOff = await apps.start({ ...place, transport: proxied() });
    await apps.send(place.topic, [1]);
    await until('the first event', () => cutOff.handled.length === 1);
    for (const proxy of proxies.values()) proxy.blackHole();
    await apps.send(place.topic, [2]);
    await until('the second one', () => cutOff.handled.includes(2), 60_000);
    // Asking for the positions would be answered with a time-out.
    expect(cutOff.log.matching('looking up the offsets')).toEqual([]);
    await cutOff.close();
  }, 120_000);

  it('the coordinator of the group and the leaders of partitions are killed and move: nothing is lost, the order per key is kept (K-07)', async () => {
    const coordinator = await bench.coordinator(group);
    const dying = cluster.brokers.find(({ id }) => id === coordinator)!;
    const since = Date.now();
    await dying.kill('SIGKILL');
    await send(60);
    await allHandled();
    const away = Date.now() - since;
    expectAll();
    await dying.restart();
    await until('the whole cluster', async () => (await bench.brokerCount()) === 3, 60_000);
    await send(30);
    await allHandled();
    expect(app.status.healthy).toBe(true);
    // A member repeats its requests for some 7 s; after that it is right that it is made anew.
    if (away < 6_000) expect(app.log.matching('lost its subscription')).toEqual([]);
  }, 180_000);

  it('SIGTERM while one broker hangs and another is lost ends the process in time, with 0 (N-03)', async () => {
    await slow.newTopic(3);
    const coordinator = await bench.coordinator(slow.group);
    const [hanging, lost] = cluster.brokers.filter(({ id }) => id !== coordinator);
    await slow.send(1);
    // It is told to stop when it knows of the lost broker, and learns that the other hangs while it stops.
    const transport = { kafkajs: { client: { requestTimeout: 16_000 } } };
    const { process, ...application } = slow.start({ transport, bus: { shutdownTimeout: 12_000 } });
    await application.says('done 0');
    await hanging!.kill('SIGSTOP');
    await lost!.kill('SIGKILL');
    const isTold = () => application.said.some((line) => line.includes('no broker has answered'));
    await process.reaches('the watchdog', isTold);
    expect(await process.end('SIGTERM')).toBe(0);
    await hanging!.kill('SIGCONT');
    await lost!.restart();
    await until('the whole cluster', async () => (await bench.brokerCount()) === 3, 60_000);
  }, 180_000);

  it('all brokers are down for a while: the consumer comes back by itself (K-07)', async () => {
    // What shows below, and the time to come back, are of this fault and not of the one before.
    await until('the status to be well', () => app.status.snapshot().state === 'running', 60_000);
    // Two of the brokers have nothing for this one.
    const lone = await apps.start({ topic: await bench.topic(), group: bench.newName('group') });
    await Promise.all(cluster.brokers.map((broker) => broker.kill('SIGKILL')));
    for (const { status } of [app, lone])
      await until('the status to say so', () => status.snapshot().state === 'degraded', 30_000);
    await lone.close();
    const loud = () => app.log.lines.filter((line) => !line.startsWith('debug')).length;
    const [before, since] = [loud(), performance.now()];
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    // Told, and not over and over again.
    const seconds = (performance.now() - since) / 1_000;
    expect(loud() - before).toBeLessThan(1.5 * seconds);
    expect(app.status.healthy).toBe(true);
    await Promise.all(cluster.brokers.map((broker) => broker.restart()));
    await send(30);
    await allHandled();
    expectAll();
    await until('the status to heal', () => app.status.snapshot().state === 'running', 60_000);
    expect(app.log.matching('stopped consuming')).toEqual([]);
  }, 240_000);

  it('SIGTERM with all brokers down ends the process in time, with 0 (N-03)', async () => {
    await slow.newTopic();
    await slow.send(1);
    const process = slow.start({ handlerMs: 1, bus: { shutdownTimeout: 3_000 } });
    await process.says('done 0');
    await Promise.all(cluster.brokers.map((broker) => broker.kill('SIGKILL')));
    expect(await process.process.end('SIGTERM')).toBe(0);
    await app.close();
  }, 120_000);
});
