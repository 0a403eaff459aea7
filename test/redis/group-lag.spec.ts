import { isDeepStrictEqual } from 'node:util';
import type { GroupLag } from '../../lib/transport/transport.interface.js';
import { keepIt } from '../../lib/testing/conformance/recording-sink.js';
import { redisTransport } from '../../lib/transport/redis/index.js';
import { withWaitingEvent } from '../support/waiting-event.js';
import { bodies, eventually, RedisWorkbench, soon } from './support/redis-workbench.js';

describe('the lag of a group is what Redis says', () => {
  let bench: RedisWorkbench;
  beforeEach(() => void (bench = new RedisWorkbench()));
  afterEach(() => bench.end());

  const lag = async (of: { admin?: { lag?: unknown } }): Promise<GroupLag> => {
    const { admin } = of as { admin: { lag(group: string, topic: string): Promise<GroupLag[]> } };
    const [found] = await admin.lag(bench.group, bench.topic);
    return found!;
  };
  /** XINFO GROUPS: `lag` and `pending`. */
  const told = async (topic = bench.topic): Promise<{ events: number | null; pending: number }> => {
    const [group] = (await bench.redis.xinfo('GROUPS', topic)) as unknown[][];
    const value = (name: string) => group![group!.indexOf(name) + 1] as number | null;
    return { events: value('lag'), pending: value('pending')! };
  };
  const makeGroup = (from = '0') =>
    bench.redis.xgroup('CREATE', bench.topic, bench.group, from, 'MKSTREAM');
  const add = async (...values: number[]) => {
    for (const n of values) await bench.redis.xadd(bench.topic, '*', 'event_data', String(n));
  };
  const read = (count: number) =>
    bench.redis.xreadgroup(
      ...(['GROUP', bench.group, 'other', 'COUNT', count, 'STREAMS', bench.topic, '>'] as const),
    );

  it('where neither stream nor group are there', async () => {
    const transport = await bench.transport();
    expect(await lag(transport)).toMatchObject({ events: null, oldest: null });
    await add(1);
    expect(await lag(transport)).toMatchObject({ events: null, oldest: null });
  });

  it('idle: nothing is left', async () => {
    const transport = await bench.transport();
    const { sink } = await bench.read(transport);
    await bench.publish(transport, 1, 2);
    await eventually(() => bodies(sink).length === 2, 'both');
    for (const delivery of sink.deliveries) delivery.settle();
    await eventually(async () => (await told()).pending === 0, 'the acknowledgements');
    expect(await lag(transport)).toMatchObject({ ...(await told()), events: 0, oldest: 0 });
  });

  it('behind, without members', async () => {
    const transport = await bench.transport();
    await makeGroup();
    await add(1, 2, 3);
    const found = await lag(transport);
    expect(found).toMatchObject({ ...(await told()), topic: bench.topic, partition: '0' });
    expect(found.events).toBe(3);
    expect(found.oldest).toBeGreaterThanOrEqual(0);
    expect(found.oldest).toBeLessThan(60_000);
  });

  it('in hand: what is pending is told beside the lag', async () => {
    const transport = await bench.transport();
    const { handle } = await bench.read(transport, { react: keepIt });
    await bench.publish(transport, 1, 2, 3, 4);
    await eventually(async () => (await told()).pending === 4, 'all are pending');
    const found = await lag(transport);
    expect(found).toMatchObject(await told());
    expect(found).toMatchObject({ events: 0, pending: 4 });
    expect(found.oldest).toBeGreaterThan(0);
    expect(await handle.lag()).toMatchObject([{ events: 4 }]);
  });

  it('paused', async () => {
    const transport = await bench.transport();
    const { handle } = await bench.read(transport);
    handle.pause();
    await bench.publish(transport, 1);
    await handle.stop(soon());
    await add(2, 3);
    const { events } = await lag(transport);
    expect(events).toBe((await told()).events);
    expect(events).toBeGreaterThanOrEqual(2);
  });

  it('after the position was moved', async () => {
    const transport = await bench.transport();
    await makeGroup('$');
    await add(1, 2, 3, 4);
    await bench.redis.xgroup('SETID', bench.topic, bench.group, '0');
    expect((await lag(transport)).events).toBe(4);
  });

  it('after a trim that took what was not read', async () => {
    const transport = await bench.transport();
    await makeGroup();
    await add(1, 2, 3, 4);
    await bench.redis.xtrim(bench.topic, 'MAXLEN', 2);
    expect((await lag(transport)).events).toBe(2);
  });

  it('after an entry was deleted, where Redis says nothing', async () => {
    const transport = await bench.transport();
    await makeGroup();
    await add(1, 2, 3, 4, 5);
    await read(1);
    const [, , third] = (await bench.redis.xrange(bench.topic, '-', '+')) as [string, string[]][];
    await bench.redis.xdel(bench.topic, third![0]);
    expect(await told()).toEqual({ events: null, pending: 1 });
    expect(await lag(transport)).toMatchObject({ events: 3, pending: 1 });
  });

  it('past the end of a stream that was emptied', async () => {
    const transport = await bench.transport();
    await makeGroup();
    await add(1, 2);
    await read(2);
    await bench.redis.xtrim(bench.topic, 'MAXLEN', 0);
    expect(await lag(transport)).toMatchObject({ events: 0, pending: 2 });
  });

  it('waiting for a later retry: not in the lag of the topic, and shown apart', async () => {
    const { topic, group } = bench;
    const factory = redisTransport({ url: bench.url, pollTimeout: 1 });
    const { app, transport, status, waits, lag: shown } = await withWaitingEvent(factory, bench);
    try {
      const idle = { events: 0, pending: 0 };
      await eventually(async () => (await told()).pending === 0, 'the acknowledgements');
      expect(await told()).toEqual(idle);
      expect(await lag(transport)).toMatchObject({ ...idle, topic, oldest: 0 });
      await eventually(
        async () => (await told(waits.topic)).pending === 1,
        'it is being waited for',
      );
      const [waiting] = await transport.admin!.lag!(waits.group, waits.topic);
      expect(waiting).toMatchObject({ ...(await told(waits.topic)), topic: waits.topic });
      expect(waiting).toMatchObject({ events: 0, pending: 1 });
      const series = { [`${group} ${topic}`]: 0, [`${waits.group} ${waits.topic}`]: 1 };
      await eventually(() => isDeepStrictEqual(shown(), series), 'the gauges');
      expect(status.snapshot()).toMatchObject({ state: 'running', stalledRecords: [] });
    } finally {
      await app.close();
    }
  });
});
