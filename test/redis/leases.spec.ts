import { keepIt, settleIt } from '../../lib/testing/conformance/recording-sink.js';
import type { RedisTransportOptions } from '../../lib/transport/redis/index.js';
import { leaseKey, readerKey } from '../../lib/transport/redis/leases/lease.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import {
  bodies,
  CLIENTS,
  eventually,
  onRedisOfItsOwn,
  RedisWorkbench,
  soon,
} from './support/redis-workbench.js';

/** The step that writes: after a look of its own, or with it. */
const RENEWAL = /PEXPIRE|EVAL/;
const RELEASE = /\r\nDEL\r\n|EVAL/;
const CLAIM = /\r\nXCLAIM\r\n|EVAL/;
const TAKE_OVER = /\r\nXAUTOCLAIM\r\n|EVAL[^]*XAUTOCLAIM/;
const MINUTE_MS = 60_000;

describe.each(CLIENTS)('a write that is late, ioredis %s', (_, client) => {
  let bench: RedisWorkbench;
  let proxy: TcpProxy;
  beforeEach(async () => {
    bench = new RedisWorkbench();
    proxy = await TcpProxy.to(Number(new URL(bench.url).port));
  });
  afterEach(async () => {
    proxy.letGo();
    await bench.end();
    await proxy.stop();
  });

  const behindProxy = (options: RedisTransportOptions = {}) =>
    bench.transport({ client, url: `redis://127.0.0.1:${proxy.port}/0`, ...options });

  /** Holds the next write that matches, does something, and passes it on. */
  async function heldBack(write: RegExp, meanwhile: () => Promise<unknown>): Promise<void> {
    proxy.holdNextRequest(write);
    await eventually(() => proxy.held === 1, 'the write to be held');
    await meanwhile();
    proxy.letGo();
  }

  const passOn = (key: string): Promise<unknown> =>
    bench.redis.set(key, 'another', 'PX', MINUTE_MS);

  async function expectUntouched(key: string): Promise<void> {
    expect(await bench.redis.get(key)).toBe('another');
    expect(await bench.redis.pttl(key)).toBeGreaterThan(MINUTE_MS / 2);
  }

  it('renews no reader lease that passed to another, and lets go of what it has', async () => {
    const one = await behindProxy({ singleActive: true });
    const { sink } = await bench.read(one, { member: 'one', react: keepIt });
    await bench.publish(one, 1);
    await eventually(() => sink.deliveries.length === 1, 'the record in hand');
    const key = readerKey(bench.topic, bench.group);
    // The renewal of the name is of another key.
    const renewal = new RegExp(`(${RENEWAL.source})[^]*:reader:`);
    await heldBack(renewal, () => passOn(key));
    await eventually(() => sink.deliveries[0]!.signal.aborted, 'the loss');
    await expectUntouched(key);
  });

  it('gives back no reader lease that passed to another', async () => {
    const one = await behindProxy({ singleActive: true });
    const { handle } = await bench.read(one, { member: 'one' });
    const key = readerKey(bench.topic, bench.group);
    await bench.redis.get(key);
    const stopped = heldBack(new RegExp(`(${RELEASE.source})[^]*:reader:`), () => passOn(key));
    await handle.stop(soon());
    await stopped;
    await expectUntouched(key);
  });

  it('renews no name that passed to another, and says so', async () => {
    const one = await behindProxy();
    const { sink } = await bench.read(one, { member: 'one' });
    const key = leaseKey(bench.topic, bench.group, 'one');
    await heldBack(RENEWAL, () => passOn(key));
    await eventually(() => sink.noticesOf('nameTaken').length === 1, 'the notice');
    await expectUntouched(key);
  });

  it('gives back no name that passed to another', async () => {
    const one = await behindProxy();
    const { handle } = await bench.read(one, { member: 'one' });
    const key = leaseKey(bench.topic, bench.group, 'one');
    const stopped = heldBack(RELEASE, () => passOn(key));
    await handle.stop(soon());
    await stopped;
    await expectUntouched(key);
  });

  it('takes back no entry that another claimed, while it tells that it works on it', async () => {
    const one = await behindProxy({ claimIdle: 0.8 });
    const { sink } = await bench.read(one, { member: 'one', react: keepIt });
    await bench.publish(one, 1);
    await eventually(() => sink.deliveries.length === 1, 'the record in hand');
    const id = sink.deliveries[0]!.position.offset;
    const claimIt = async () => {
      sink.deliveries[0]!.keepAlive();
      return undefined;
    };
    await claimIt();
    await heldBack(new RegExp(`(${CLAIM.source})[^]*${id}`), () =>
      bench.redis.xclaim(bench.topic, bench.group, 'another', 0, id),
    );
    await eventually(() => sink.deliveries[0]!.signal.aborted, 'the loss');
    expect(await owners()).toEqual(['another']);
  });

  it('leaves no entry behind that another claimed', async () => {
    const one = await behindProxy();
    const { sink, handle } = await bench.read(one, { member: 'one', react: keepIt });
    await bench.publish(one, 1);
    await eventually(() => sink.deliveries.length === 1, 'the record in hand');
    const id = sink.deliveries[0]!.position.offset;
    const stopped = heldBack(new RegExp(`(${CLAIM.source})[^]*${id}`), () =>
      bench.redis.xclaim(bench.topic, bench.group, 'another', 0, id),
    );
    await handle.stop(soon());
    await stopped;
    expect(await owners()).toEqual(['another']);
  });

  it('takes over nothing once the lease that allows it is another member’s', async () => {
    const { redis, topic, group } = bench;
    await redis.xgroup('CREATE', topic, group, '0', 'MKSTREAM');
    await redis.xadd(topic, '*', 'event_data', '1');
    await redis.xreadgroup('GROUP', group, 'another', 'STREAMS', topic, '>');
    const one = await behindProxy({ singleActive: true });
    proxy.holdNextRequest(TAKE_OVER);
    const { sink } = await bench.read(one, { member: 'one', react: settleIt });
    await eventually(() => proxy.held === 1, 'the claim to be held');
    await passOn(readerKey(topic, group));
    proxy.letGo();
    // It asks for the lease again and again, and each time it is not its own.
    const asked = proxy.accepted;
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(asked).toBe(proxy.accepted);
    expect(await owners()).toEqual(['another']);
    expect(bodies(sink)).toEqual([]);
  });

  async function owners(): Promise<unknown[]> {
    const pending = await bench.redis.xpending(bench.topic, bench.group, '-', '+', 10);
    return (pending as unknown[][]).map(([, owner]) => owner);
  }
});

describe('a member that lost its lease', () => {
  it('is given no entry by the read that it had begun, which another would have to wait for', () =>
    onRedisOfItsOwn(async (bench) => {
      const { redis, topic, group } = bench;
      const one = await bench.transport({ singleActive: true, pollTimeout: 60 });
      const { sink } = await bench.read(one, { member: 'one', react: keepIt });
      await bench.publish(one, 1);
      await eventually(() => sink.deliveries.length === 1, 'the record in hand');
      await redis.set(readerKey(topic, group), 'another', 'PX', MINUTE_MS);
      const [delivery] = sink.deliveries;
      await eventually(() => delivery!.signal.aborted, 'the loss');
      // A read that nobody ends would wait for a minute.
      const isReading = async () => !/^blocked_clients:0\r/m.test(await redis.info('clients'));
      await eventually(async () => !(await isReading()), 'the end of the read');
      await bench.publish(one, 2);
      await new Promise((resolve) => setTimeout(resolve, 1_200));
      const pending = (await redis.xpending(topic, group, '-', '+', 10)) as unknown[][];
      expect(pending.map(([id]) => id)).toEqual([delivery!.position.offset]);
      expect(bodies(sink)).toEqual(['1']);
    }));
});

describe('a process that was stopped for a while', () => {
  it('knows by the clock, before anything else, that the stream is no longer its own', async () => {
    const bench = new RedisWorkbench();
    const one = await bench.transport({ singleActive: true });
    const { sink } = await bench.read(one, { member: 'one', react: keepIt });
    await bench.publish(one, 1);
    await eventually(() => sink.deliveries.length === 1, 'the record in hand');
    const [delivery] = sink.deliveries;
    expect(delivery!.isLost).toBe(false);
    // Longer than it may go on after its last renewal, and shorter than the lease at Redis.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3_600);
    expect(delivery!.isLost).toBe(true);
    await eventually(() => delivery!.signal.aborted, 'the handler to be told');
    // Nobody else took the stream: it takes its own record over.
    await eventually(() => sink.deliveries.length === 2, 'the record again');
    expect(bodies(sink)).toEqual(['1', '1']);
    await bench.end();
  });
});
