import { setTimeout as sleep } from 'node:timers/promises';
import { keepIt } from '../../lib/testing/conformance/recording-sink.js';
import { readerKey } from '../../lib/transport/redis/leases/lease.js';
import { startRedis } from '../services/redis.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { begun } from './support/begun.js';
import { bodies, eventually, record, RedisWorkbench, soon } from './support/redis-workbench.js';

/** Longer than a read waits for its reply. */
const FROZEN_MS = 4_500;
/** Longer than the reply to a write is waited for. */
const HELD_UP_MS = 6_000;

interface Frozen {
  readonly members: number;
  readonly singleActive?: boolean;
}

/** Events go on being sent while Redis answers nobody for a while; all of them are handled. */
async function frozen({ members, singleActive = false }: Frozen) {
  const server = await startRedis();
  const bench = new RedisWorkbench(server.url);
  const { redis, topic } = bench;
  const handled = new Set<number>();
  const sinks = [];
  for (let n = 0; n < members; n++) {
    const transport = await bench.transport({ singleActive, pollTimeout: 0.5 });
    const { sink } = await bench.read(transport, {
      member: `member-${n}`,
      react: (delivery) => {
        setTimeout(() => {
          handled.add(Number(Buffer.from(delivery.record.value!).toString()));
          delivery.settle();
        }, 20);
      },
    });
    sinks.push(sink);
  }
  let sent = 0;
  // The writer waits for nothing: what it says while Redis is frozen is there when that goes on.
  const writing = setInterval(() => {
    for (let n = 0; n < 10; n++)
      void redis.xadd(topic, 'MAXLEN', '~', 50_000, '*', 'event_data', String(sent++));
  }, 10);
  await eventually(() => handled.size > 500, 'the first records');
  await server.kill('SIGSTOP');
  await sleep(FROZEN_MS);
  await server.kill('SIGCONT');
  const before = handled.size;
  await eventually(() => handled.size > before, 'records after it', 30_000);
  // Every member has looked at the group, which it does every 5 s.
  await sleep(6_500);
  clearInterval(writing);
  await eventually(() => handled.size === sent, 'all records', 30_000);
  await bench.end();
  await server.stop();
  return sinks.flatMap(({ notices }) => notices).filter(({ kind }) => kind !== 'start');
}

/** Replies to reads are lost, one after the other, while the group is looked at all the time. */
async function lostReplies() {
  const server = await startRedis();
  const bench = new RedisWorkbench(server.url);
  const proxy = await TcpProxy.to(server.port);
  const url = `redis://127.0.0.1:${proxy.port}/0`;
  const transport = await bench.transport({ url, claimIdle: 0.2, pollTimeout: 0.05 });
  const { sink } = await bench.read(transport, { member: 'me' });
  for (let n = 0, sent = 0; n < 15; n++) {
    const lost = proxy.repliesLost;
    proxy.loseNextReply(/event_data/);
    for (let i = 0; i < 5; i++)
      await bench.redis.xadd(bench.topic, 'MAXLEN', '=', 20, '*', 'event_data', String(sent++));
    await eventually(() => proxy.repliesLost > lost, 'the loss of a reply');
    await eventually(() => new Set(bodies(sink)).size === sent, 'the records');
    await sleep(250);
  }
  await bench.end();
  await proxy.stop();
  await server.stop();
  return sink.notices.filter(({ kind }) => kind !== 'start');
}

/** A member loses the lease to read with records in hand, and gets it again. */
async function comesAgain() {
  const bench = new RedisWorkbench();
  const transport = await bench.transport({ singleActive: true, claimIdle: 0.2 });
  const { sink } = await bench.read(transport, { react: keepIt });
  await bench.publish(transport, 1, 2, 3);
  await eventually(() => sink.deliveries.length === 3, 'the records');
  await bench.redis.set(readerKey(bench.topic, bench.group), 'another', 'PX', 1_500);
  await eventually(() => sink.deliveries.length === 6, 'the records again', 20_000);
  await sleep(1_000);
  await bench.end();
  return { got: bodies(sink), notices: sink.notices.filter(({ kind }) => kind !== 'start') };
}

describe('nothing is reported', () => {
  const alone = begun(() => frozen({ members: 1 }));
  const together = begun(() => frozen({ members: 2 }));
  const active = begun(() => frozen({ members: 2, singleActive: true }));
  const replies = begun(lostReplies);
  const again = begun(comesAgain);

  it('when Redis was busy for a while and one member handled everything', async () => {
    expect(await alone()).toEqual([]);
  }, 60_000);

  it('when Redis was busy for a while and two members handled everything', async () => {
    expect(await together()).toEqual([]);
  }, 60_000);

  it('when Redis was busy for a while and one of two members, which alone reads, handled everything', async () => {
    expect(await active()).toEqual([]);
  }, 60_000);

  it('when replies to reads were lost and everything was handled', async () => {
    expect(await replies()).toEqual([]);
  }, 60_000);

  it('when records come again to the member that had them, in their order', async () => {
    expect(await again()).toEqual({ got: ['1', '2', '3', '1', '2', '3'], notices: [] });
  }, 60_000);
});

it('takes a reply that came while the process was held up for longer than it waits for replies', async () => {
  const bench = new RedisWorkbench();
  const transport = await bench.transport();
  await transport.connect(soon());
  await bench.redis.client('PAUSE', 300, 'WRITE');
  const outcome = transport.publish([record(bench.topic, 1)], soon(20_000));
  await sleep(50);
  // Behind what was read, so that timers run before anything is read again.
  await new Promise(setImmediate);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, HELD_UP_MS);
  expect(await outcome).toMatchObject([{ status: 'sent' }]);
  await bench.end();
}, 30_000);
