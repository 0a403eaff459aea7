import { Redis } from 'ioredis';
import { type RedisServer, startRedis } from '../services/redis.js';
import { turnsPerSecond } from '../support/loop-turns.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import {
  bodies,
  CLIENTS,
  eventually,
  record,
  RedisWorkbench,
  soon,
} from './support/redis-workbench.js';

describe.each(CLIENTS)('connections to Redis that fail, ioredis %s', (_, client) => {
  let server: RedisServer;
  let proxy: TcpProxy;
  let bench: RedisWorkbench;
  const QUICK = { client, pollTimeout: 0.1, pollFailureSleep: 0.1 };
  const proxied = (): string => `redis://127.0.0.1:${proxy.port}/0`;
  beforeEach(async () => {
    server = await startRedis({ persistent: true });
    proxy = await TcpProxy.to(server.port);
    bench = new RedisWorkbench(server.url);
  });
  afterEach(async () => {
    await bench.end();
    await proxy.stop();
    await server.stop();
  });

  it('R-06: a half-open socket at XACK: the acknowledgement arrives on a new connection', async () => {
    const transport = await bench.transport({ ...QUICK, url: proxied() });
    const { sink } = await bench.read(transport, { react: () => undefined });
    await bench.redis.xadd(bench.topic, '*', 'event_data', 'x');
    await eventually(() => sink.deliveries.length === 1, 'the record');
    proxy.blackHole();
    sink.deliveries[0]!.settle();
    await eventually(async () => (await bench.pending()) === 0, 'the acknowledgement', 12_000);
    expect(sink.deliveries).toHaveLength(1);
  });

  it('R-06: a half-open socket at XADD: the outcome is unknown at the deadline; the next send works', async () => {
    const transport = await bench.transport({ ...QUICK, url: proxied() });
    await transport.connect(soon());
    proxy.blackHole();
    const [lost] = await transport.publish([record(bench.topic, 'lost')], soon(500));
    expect(lost!.status).toBe('unknown');
    await eventually(async () => {
      const [sent] = await transport.publish([record(bench.topic, 'next')], soon(1_000));
      return sent!.status === 'sent';
    }, 'a send that works');
    const written = await bench.redis.xrange(bench.topic, '-', '+');
    expect(written.map(([, fields]) => fields[1])).not.toContain('lost');
  });

  it('R-06: a half-open socket while entries are claimed: they are read after it, once', async () => {
    const { redis, topic, group } = bench;
    for (let n = 0; n < 30; n++) await redis.xadd(topic, '*', 'event_data', String(n));
    await redis.xgroup('CREATE', topic, group, '0');
    await redis.xreadgroup('GROUP', group, 'dead', 'COUNT', 30, 'STREAMS', topic, '>');
    const transport = await bench.transport({ ...QUICK, claimIdle: 0.5, url: proxied() });
    const { sink } = await bench.read(transport, { member: 'me' });
    await eventually(async () => (await bench.idleTime('me')) !== undefined, 'the first read');
    proxy.swallowReplies();
    await eventually(() => sink.deliveries.length === 30, 'all records', 20_000);
    expect(bodies(sink)).toEqual(Array.from({ length: 30 }, (_, n) => String(n)));
  });

  it('R-08: a lost reply of XADD settles as unknown, and the entry is there once', async () => {
    const transport = await bench.transport({ ...QUICK, url: proxied() });
    await transport.connect(soon());
    proxy.loseNextReply();
    const [outcome] = await transport.publish([record(bench.topic, 'once')], soon(3_000));
    expect(outcome!.status).toBe('unknown');
    expect(await bench.redis.xlen(bench.topic)).toBe(1);
  });

  it('R-12: FLUSHALL under a blocked read; what comes then is handled, and little is logged', async () => {
    const transport = await bench.transport({ client });
    const { sink } = await bench.read(transport);
    for (let round = 1; round <= 3; round++) {
      await bench.redis.flushall();
      await bench.publish(transport, round);
      await eventually(() => sink.deliveries.length === round, `round ${round}`);
    }
    expect(bodies(sink)).toEqual(['1', '2', '3']);
    expect(bench.logged.length).toBeLessThan(10);
  });

  it('R-12: a restart that loses all data; a new stream with lower ids is read from its begin', async () => {
    const empty = await startRedis();
    const other = new RedisWorkbench(empty.url);
    const transport = await other.transport(QUICK);
    const { sink } = await other.read(transport);
    const late = `${Date.now() + 3_600_000}-0`;
    await other.redis.xadd(other.topic, late, 'event_data', 'before');
    await eventually(() => sink.deliveries.length === 1, 'the first record');
    await empty.restart();
    await other.redis.xadd(other.topic, '1-1', 'event_data', 'after');
    await eventually(() => sink.deliveries.length === 2, 'the record of the new stream', 20_000);
    expect(bodies(sink)).toEqual(['before', 'after']);
    await other.end();
    await empty.stop();
  });

  it('R-13: a server that is stopped and goes on (SIGSTOP, SIGCONT) is read again; nothing is lost', async () => {
    const transport = await bench.transport(QUICK);
    const { sink } = await bench.read(transport);
    const states = bench.states(transport);
    await bench.publish(transport, 1);
    await eventually(() => sink.deliveries.length === 1, 'the first record');
    await server.kill('SIGSTOP');
    await eventually(() => states.at(-1)!.state === 'degraded', 'the fault shows', 8_000);
    await server.kill('SIGCONT');
    await eventually(async () => {
      const [sent] = await transport.publish([record(bench.topic, 2)], soon(1_000));
      return sent!.status === 'sent';
    }, 'a send that works');
    await eventually(() => bodies(sink).includes('2'), 'the second record');
    await eventually(() => states.at(-1)!.state === 'ready', 'the state is ready again');
  });

  it('R-13: a replica that becomes master takes over; a replica that cannot write is a service fault', async () => {
    // By default a master waits 5 s for further replicas.
    await bench.redis.config('SET', 'repl-diskless-sync-delay', '0');
    const replica = await startRedis({ args: ['--replicaof', '127.0.0.1', String(server.port)] });
    const second = new Redis(replica.url);
    const synced = async (): Promise<boolean> =>
      (await second.info('replication')).includes('master_link_status:up');
    await eventually(synced, 'the replica is in step', 30_000);
    const transport = await bench.transport({ ...QUICK, url: replica.url });
    await transport.connect(soon());
    const [refused] = await transport.publish([record(bench.topic, 'x')], soon(1_000));
    expect(refused).toMatchObject({ status: 'notSent', error: { code: 'SERVICE_UNAVAILABLE' } });
    expect((refused as { error: Error }).error.message).toContain('READONLY');
    await second.replicaof('NO', 'ONE');
    await eventually(async () => {
      const [sent] = await transport.publish([record(bench.topic, 'y')], soon(1_000));
      return sent!.status === 'sent';
    }, 'a send that works');
    const { sink } = await bench.read(transport);
    await eventually(() => bodies(sink).includes('y'), 'the record');
    second.disconnect();
    await replica.stop();
  });

  it('R-13: a full memory (OOM) is a service fault, and heals', async () => {
    const transport = await bench.transport(QUICK);
    const { sink } = await bench.read(transport);
    await bench.redis.config('SET', 'maxmemory', '1');
    const [refused] = await transport.publish([record(bench.topic, 'x')], soon(1_000));
    expect(refused).toMatchObject({ status: 'notSent', error: { code: 'SERVICE_UNAVAILABLE' } });
    expect((refused as { error: Error }).error.message).toContain('OOM');
    await bench.redis.config('SET', 'maxmemory', '0');
    await bench.publish(transport, 'y');
    await eventually(() => bodies(sink).includes('y'), 'the record');
  });

  it('B-15: idle, it asks Redis little and keeps its connections', async () => {
    const transport = await bench.transport({ client });
    const { sink } = await bench.read(transport);
    await eventually(() => sink.noticesOf('start').length === 1, 'the start');
    const commands = async (): Promise<number> =>
      Number(/total_commands_processed:(\d+)/.exec(await bench.redis.info('stats'))![1]);
    const made = async (): Promise<number> =>
      Number(/total_connections_received:(\d+)/.exec(await bench.redis.info('stats'))![1]);
    const [before, connections] = [await commands(), await made()];
    const began = performance.now();
    expect(await turnsPerSecond(4_000)).toBeLessThanOrEqual(60);
    const asked = (await commands()) - before;
    const seconds = (performance.now() - began) / 1_000;
    expect(asked).toBeLessThanOrEqual(15 * seconds);
    expect(await made()).toBe(connections);
    await bench.publish(transport, 'x');
    await eventually(() => sink.deliveries.length === 1, 'the record');
  });
});
