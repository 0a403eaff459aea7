import { randomUUID } from 'node:crypto';
import { Cluster } from 'ioredis';
import { keySlot } from '../../lib/transport/redis/connection/key-slot.js';
import type { RedisTransportOptions } from '../../lib/transport/redis/index.js';
import type { EventTransport } from '../../lib/transport/transport.interface.js';
import {
  startRedisCluster,
  type RedisCluster,
  type RedisClusterNode,
} from '../services/redis-cluster.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { CLIENTS, eventually, record, RedisWorkbench, soon } from './support/redis-workbench.js';
import type { RecordingSink } from '../../lib/testing/conformance/recording-sink.js';

const START_MS = 60_000;
const upTo = (count: number): string[] => Array.from({ length: count }, (_, n) => String(n));

describe.each(CLIENTS)('a Redis Cluster, ioredis %s', (_, client) => {
  let cluster: RedisCluster;
  let bare: Cluster;
  let bench: RedisWorkbench;
  const quick: RedisTransportOptions = { client, pollTimeout: 0.2, pollFailureSleep: 0.1 };

  beforeAll(async () => {
    cluster = await startRedisCluster({ replica: true });
  }, START_MS);
  afterAll(() => cluster.stop());
  beforeEach(() => {
    bench = new RedisWorkbench('');
    const nodes = cluster.masters.map(({ port }) => ({ host: '127.0.0.1', port }));
    bare = new Cluster(nodes, { slotsRefreshInterval: 500 });
    bare.on('error', () => undefined);
  });
  afterEach(async () => {
    await bench.end();
    bare.disconnect();
  });

  /** Makes a transport that knows one node, not the first. */
  const transport = (options: RedisTransportOptions = {}): Promise<EventTransport> =>
    bench.transport({ ...quick, url: '', cluster: [`127.0.0.1:${last().port}`], ...options });
  const last = (): RedisClusterNode => cluster.masters.at(-1)!;

  function topicOn(node: RedisClusterNode): string {
    for (;;) {
      const topic = `topic-${randomUUID()}`;
      if (cluster.masterOf(topic) === node) return topic;
    }
  }

  const received = (sink: RecordingSink, topic: string): string[] =>
    sink.deliveries
      .filter(({ source }) => source === topic)
      .map(({ record: { value: body } }) => Buffer.from(body!).toString());

  const written = async (topic: string): Promise<string[]> =>
    (await bare.xrange(topic, '-', '+')).map(([, fields]) => fields[1]!);

  const pending = async (topic: string): Promise<number> =>
    Number((await bare.xpending(topic, bench.group))[0]);

  /** Sends numbers, one after the other, until told to stop; resolves with those that were sent. */
  function sending(through: EventTransport, topic: string): { stop: () => Promise<string[]> } {
    const sent: string[] = [];
    let on = true;
    const run = (async () => {
      for (let n = 0; on; n++) {
        const [outcome] = await through.publish([record(topic, n)], soon(10_000));
        if (outcome!.status === 'sent') sent.push(String(n));
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      return sent;
    })();
    return {
      stop: () => {
        on = false;
        return run;
      },
    };
  }

  it('places keys as Redis does', async () => {
    const keys = ['', 'a', 'ä{ö}ü', '{}', '{}{a}', 'x{a}{b}', 'x{{a}b}', '{a', 'a}b{c}', 'topic'];
    for (const key of keys)
      expect([key, keySlot(key)]).toEqual([key, await bare.cluster('KEYSLOT', key)]);
  });

  it('sends to all nodes and reads from all in one subscription, in the order of each stream (R-13)', async () => {
    const topics = cluster.masters.map(topicOn);
    const sender = await transport();
    const { sink } = await bench.read(sender, { topics });
    const records = upTo(300).flatMap((n) => topics.map((topic) => record(topic, n)));
    const outcomes = await sender.publish(records, soon());
    outcomes.forEach((outcome, i) =>
      expect(outcome).toMatchObject({
        status: 'sent',
        receipt: { position: { topic: records[i]!.topic } },
      }),
    );
    await eventually(() => sink.deliveries.length === records.length, 'all records', 20_000);
    for (const topic of topics) {
      expect(received(sink, topic)).toEqual(upTo(300));
      expect(await written(topic)).toEqual(upTo(300));
      await eventually(async () => (await pending(topic)) === 0, 'all acknowledged');
    }
    expect(await sender.admin!.members(bench.group)).toHaveLength(1);
  });

  it('stops at once although reads wait at several nodes (N-03)', async () => {
    // More than a test may take.
    const reader = await transport({ pollTimeout: 300 });
    const { handle } = await bench.read(reader, { topics: cluster.masters.map(topicOn) });
    await eventually(async () => {
      const told = await Promise.all(bare.nodes('master').map((node) => node.info('clients')));
      return told.every((text) => /blocked_clients:[1-9]/.test(text));
    }, 'reads that wait');
    await handle.stop(soon(600_000));
  });

  it('sends and reads on, in order and once, while a slot moves to another node and back (R-13)', async () => {
    const [first, second] = cluster.masters;
    const topic = topicOn(first!);
    const through = await transport();
    const { sink } = await bench.read(through, { topics: [topic] });
    const sender = sending(through, topic);
    for (const node of [second!, first!]) {
      const before = sink.deliveries.length;
      await eventually(() => sink.deliveries.length > before + 50, 'records before', 20_000);
      await cluster.moveSlot(topic, node);
    }
    const before = sink.deliveries.length;
    await eventually(() => sink.deliveries.length > before + 50, 'records after', 20_000);
    const sent = await sender.stop();
    await eventually(() => received(sink, topic).length >= sent.length, 'all records');
    expect(sent).toEqual(upTo(sent.length));
    expect(received(sink, topic)).toEqual(sent);
    expect(await written(topic)).toEqual(sent);
    await eventually(async () => (await pending(topic)) === 0, 'all acknowledged');
    expect(sink.noticesOf('groupRemade')).toEqual([]);
  }, 90_000);

  it('heals half-open sockets, through natMap as everything (R-06)', async () => {
    const proxies = await Promise.all(cluster.masters.map(({ port }) => TcpProxy.to(port)));
    const natMap = Object.fromEntries(
      cluster.masters.map(({ port }, i) => [
        `127.0.0.1:${port}`,
        { host: '127.0.0.1', port: proxies[i]!.port },
      ]),
    );
    try {
      const topics = cluster.masters.map(topicOn);
      const through = await transport({
        cluster: [{ host: '127.0.0.1', port: proxies[0]!.port }],
        clusterOptions: { natMap },
      });
      const { sink } = await bench.read(through, { topics });
      await through.publish(
        topics.map((topic) => record(topic, 1)),
        soon(),
      );
      await eventually(() => sink.deliveries.length === topics.length, 'the first records');
      for (const proxy of proxies) expect(proxy.connections).toBeGreaterThan(0);
      proxies.forEach((proxy) => proxy.blackHole());
      for (const topic of topics) await bare.xadd(topic, '*', 'event_data', '2');
      await eventually(() => sink.deliveries.length === 2 * topics.length, 'the others', 20_000);
      for (const topic of topics)
        await eventually(async () => (await pending(topic)) === 0, 'all acknowledged', 20_000);
    } finally {
      await bench.end();
      await Promise.all(proxies.map((proxy) => proxy.stop()));
    }
  }, 60_000);

  it('sends and reads on after a replica took the place of its master, and settles all (R-13)', async () => {
    const [first] = cluster.masters;
    const [here, elsewhere] = [topicOn(first!), topicOn(last())];
    const through = await transport();
    const states = bench.states(through);
    const { sink } = await bench.read(through, { topics: [here, elsewhere] });
    const senders = [here, elsewhere].map((topic) => sending(through, topic));
    await eventually(() => received(sink, here).length > 50, 'records before');
    await first!.server.kill();
    const mine = received(sink, elsewhere).length;
    const takenOver = async (): Promise<boolean> =>
      String(await cluster.ask(cluster.replica!, 'ROLE')).startsWith('master');
    await eventually(takenOver, 'the replica as master', 30_000);
    const before = received(sink, here).length;
    await eventually(() => received(sink, here).length > before + 50, 'records after', 30_000);
    expect(received(sink, elsewhere).length).toBeGreaterThan(mine + 50);
    const [toHere, toElsewhere] = await Promise.all(senders.map((sender) => sender.stop()));
    // What the old master had not yet given to its replica is gone, as Redis promises no more.
    for (const topic of [here, elsewhere]) {
      const there = await written(topic);
      await eventually(
        () => there.every((n) => received(sink, topic).includes(n)),
        'every record that the cluster has',
      );
      await eventually(async () => (await pending(topic)) === 0, 'all acknowledged');
    }
    expect(toHere!.length).toBeGreaterThan(100);
    expect(received(sink, elsewhere)).toEqual(toElsewhere);
    await eventually(() => states.at(-1)!.state === 'ready', 'a good status', 15_000);
    expect(states.some(({ state }) => state === 'degraded')).toBe(true);
  }, 120_000);
});
