import { Redis } from 'ioredis';
import { keepIt, type RecordingSink } from '../../lib/testing/conformance/recording-sink.js';
import type { EventTransport } from '../../lib/transport/transport.interface.js';
import { startRedis, type RedisServer } from '../services/redis.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import {
  bodies,
  CLIENTS,
  eventually,
  record,
  RedisWorkbench,
  soon,
} from './support/redis-workbench.js';

const AT_ONCE = ['--repl-diskless-sync-delay', '0'];

describe.each(CLIENTS)('failover to a replica that lags, ioredis %s', (_, client) => {
  let master: RedisServer;
  let replica: RedisServer;
  let replication: TcpProxy;
  let address: TcpProxy;
  let bench: RedisWorkbench;
  let onReplica: Redis;
  let transport: EventTransport;

  beforeEach(async () => {
    master = await startRedis({ args: AT_ONCE });
    replication = await TcpProxy.to(master.port);
    address = await TcpProxy.to(master.port);
    replica = await startRedis({
      args: [...AT_ONCE, '--replicaof', '127.0.0.1', String(replication.port)],
    });
    bench = new RedisWorkbench(master.url);
    onReplica = new Redis(replica.url);
    const options = { client, pollTimeout: 0.1, pollFailureSleep: 0.1, claimIdle: 1 };
    const url = `redis://127.0.0.1:${address.port}/0`;
    transport = await bench.transport({ ...options, url });
    await transport.connect(soon());
  });
  afterEach(async () => {
    onReplica.disconnect();
    await bench.end();
    await Promise.all([replication.stop(), address.stop()]);
    await Promise.all([replica.stop(), master.stop()]);
  });

  /** The replica has what the master has, and gets nothing more. */
  const lagFromNow = async (): Promise<void> => {
    const offset = async (redis: Redis, field: string): Promise<string | undefined> =>
      new RegExp(`${field}:(\\d+)`).exec(await redis.info('replication'))?.[1];
    await eventually(
      async () =>
        (await onReplica.info('replication')).includes('master_link_status:up') &&
        (await offset(bench.redis, 'master_repl_offset')) ===
          (await offset(onReplica, 'slave_repl_offset')),
      'the replica is in step',
      20_000,
    );
    replication.refuse();
  };

  const failOver = async (): Promise<void> => {
    await master.kill();
    await onReplica.replicaof('NO', 'ONE');
    address.target = replica.port;
    address.cut();
  };

  const send = (value: string): Promise<void> =>
    eventually(
      async () => {
        const [sent] = await transport.publish([record(bench.topic, value)], soon(5_000));
        return sent!.status === 'sent';
      },
      `${value} is sent`,
      20_000,
    );

  const had = (sink: RecordingSink, ...values: string[]): Promise<void> =>
    eventually(
      () => values.every((value) => bodies(sink).includes(value)),
      `all of ${values.join()}`,
    );

  const pendingOnReplica = async (): Promise<number> =>
    Number((await onReplica.xpending(bench.topic, bench.group))[0]);

  it('what was acknowledged meanwhile may come again; nothing unread that it has is lost (R-13)', async () => {
    const { sink, handle } = await bench.read(transport, { member: 'one' });
    await bench.publish(transport, 'known');
    await had(sink, 'known');
    handle.pause();
    await handle.flush(soon());
    await bench.publish(transport, 'unread 1', 'unread 2');
    await lagFromNow();
    handle.resume();
    await had(sink, 'unread 1', 'unread 2');
    await bench.publish(transport, 'lacked');
    await had(sink, 'lacked');
    expect(await onReplica.xlen(bench.topic)).toBe(3);

    await failOver();
    await send('after');
    await had(sink, 'after');
    await eventually(async () => (await pendingOnReplica()) === 0, 'nothing is pending', 30_000);
    const [known, ...again] = [bodies(sink)[0], ...bodies(sink).slice(4)];
    expect(known).toBe('known');
    expect(new Set([...again, 'unread 1', 'unread 2', 'after']).size).toBe(3);
    const states = bench.states(transport);
    await eventually(() => states.at(-1)!.state === 'ready', 'the state is ready');
  });

  it('a reader that comes to it first reads all that it has and the group had not (R-13)', async () => {
    const first = await bench.read(transport, { member: 'one', react: keepIt });
    await bench.publish(transport, '1', '2', '3');
    await had(first.sink, '1', '2', '3');
    first.sink.deliveries[0]!.settle();
    await first.handle.flush(soon());
    await lagFromNow();
    for (const delivery of first.sink.deliveries) delivery.settle();
    await first.handle.flush(soon());
    await first.handle.stop(soon());
    await failOver();
    await send('4');
    const second = await bench.read(transport, { member: 'one' });
    await had(second.sink, '4');
    expect(bodies(second.sink)).toEqual(['2', '3', '4']);
  });

  it('a group that it lacks is made again behind what was settled; the rest comes again (R-13)', async () => {
    await bench.publish(transport, '1', '2', '3', '4');
    await lagFromNow();
    const { sink } = await bench.read(transport, { react: keepIt });
    await had(sink, '1', '2', '3', '4');
    for (const delivery of sink.deliveries.slice(0, 2)) delivery.settle();
    await eventually(async () => (await bench.pending()) === 2, 'two acknowledgements');
    expect(await onReplica.xinfo('GROUPS', bench.topic)).toEqual([]);

    await failOver();
    await send('5');
    await had(sink, '5');
    expect(sink.noticesOf('groupRemade')).toMatchObject([{ source: bench.topic }]);
    for (const delivery of sink.deliveries) delivery.settle();
    await eventually(async () => (await pendingOnReplica()) === 0, 'nothing is pending', 30_000);
    const handled = bodies(sink).slice(4);
    expect(handled).not.toContain('1');
    expect(new Set(bodies(sink))).toEqual(new Set(['1', '2', '3', '4', '5']));
  });
});
