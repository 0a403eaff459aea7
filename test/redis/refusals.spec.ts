import { keepIt, type RecordingSink } from '../../lib/testing/conformance/recording-sink.js';
import type { EventTransport, TransportStatus } from '../../lib/transport/transport.interface.js';
import { freePort } from '../services/child-process.js';
import { startRedis, type RedisServer } from '../services/redis.js';
import {
  bodies,
  CLIENTS,
  eventually,
  record,
  RedisWorkbench,
  soon,
} from './support/redis-workbench.js';

interface Refusal {
  readonly reason: string;
  readonly begin: () => Promise<unknown>;
  readonly end: () => Promise<unknown>;
}

describe.each(CLIENTS)('a Redis that refuses, ioredis %s', (_, client) => {
  let server: RedisServer;
  let bench: RedisWorkbench;
  let transport: EventTransport;
  let states: TransportStatus[];
  let sink: RecordingSink;
  beforeEach(async () => {
    server = await startRedis();
    bench = new RedisWorkbench(server.url);
    transport = await bench.transport({ client, pollTimeout: 0.1, pollFailureSleep: 0.1 });
    await transport.connect(soon());
    states = bench.states(transport);
    ({ sink } = await bench.read(transport, { react: keepIt }));
    await bench.publish(transport, 'in hand');
    await eventually(() => sink.deliveries.length === 1, 'the first record');
  });
  afterEach(async () => {
    await bench.end();
    await server.stop();
  });

  const config = (name: string, value: string | number): Promise<unknown> =>
    bench.redis.config('SET', name, value);
  const hangUp = (): Promise<unknown> =>
    bench.redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  const replicaOfNobody = async (): Promise<unknown> =>
    bench.redis.replicaof('127.0.0.1', await freePort());
  const master = (): Promise<unknown> => bench.redis.replicaof('NO', 'ONE');
  const redNow = (reason: string): boolean =>
    states.at(-1)!.state === 'degraded' && states.at(-1)!.error!.message.includes(reason);

  const refusals: Refusal[] = [
    {
      reason: 'NOAUTH',
      begin: async () => {
        await config('requirepass', 'secret');
        await hangUp();
      },
      end: () => config('requirepass', ''),
    },
    { reason: 'READONLY', begin: replicaOfNobody, end: master },
    {
      reason: 'MASTERDOWN',
      begin: async () => {
        await config('replica-read-only', 'no');
        await config('replica-serve-stale-data', 'no');
        await replicaOfNobody();
      },
      end: master,
    },
  ];

  it.each(refusals)(
    '$reason: nothing is settled or sent, it shows with its reason, and heals (R-13)',
    async ({ reason, begin, end }) => {
      await begin();
      await eventually(() => redNow(reason), `the state says ${reason}`, 20_000);
      const [refused] = await transport.publish([record(bench.topic, 'refused')], soon(2_000));
      expect(refused).toMatchObject({ status: 'notSent' });
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      // Told when it begins and when it is over, not at each try.
      const times = bench.logged.map((line) => bench.logged.filter((one) => one === line).length);
      expect(Math.max(...times)).toBeLessThanOrEqual(3);
      expect(sink.deliveries[0]!.signal.aborted).toBe(false);
      await end();
      await recovered();
      expect(bench.logged.join('\n')).not.toContain('secret');
    },
  );

  it('OOM: sends are refused, what is there is read on, and sends work again with room (R-13)', async () => {
    await config('maxmemory', 1);
    const [refused] = await transport.publish([record(bench.topic, 'refused')], soon(2_000));
    expect(refused).toMatchObject({ status: 'notSent', error: { code: 'SERVICE_UNAVAILABLE' } });
    expect((refused as { error: Error }).error.message).toContain('OOM');
    // Longer than the lease of the consumer's name, which cannot be written now.
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    expect(await bench.pending()).toBe(1);
    await config('maxmemory', 0);
    await recovered();
    expect(sink.notices.map(({ kind }) => kind)).toEqual(['start']);
  });

  it('WRONGTYPE: it shows while the key is something else, and the stream is read again after (R-13)', async () => {
    await bench.redis.rename(bench.topic, 'aside');
    await bench.redis.set(bench.topic, 'text');
    await eventually(() => redNow('WRONGTYPE'), 'the state says WRONGTYPE');
    const [refused] = await transport.publish([record(bench.topic, 'refused')], soon(2_000));
    expect(refused).toMatchObject({ status: 'notSent', error: { code: 'SERVICE_UNAVAILABLE' } });
    const seen = states.length;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(states.slice(seen).filter(({ state }) => state === 'ready')).toEqual([]);
    await bench.redis.rename('aside', bench.topic);
    await recovered();
  });

  /** Works again: what was in hand is acknowledged only now, and new records flow. */
  async function recovered(): Promise<void> {
    await eventually(() => states.at(-1)!.state === 'ready', 'the state is ready again', 30_000);
    expect(await bench.pending()).toBe(1);
    sink.deliveries[0]!.settle();
    await eventually(async () => (await bench.pending()) === 0, 'the acknowledgement');
    await bench.publish(transport, 'after');
    await eventually(() => bodies(sink).includes('after'), 'the next record');
    expect(bodies(sink)).toEqual(['in hand', 'after']);
  }
});
