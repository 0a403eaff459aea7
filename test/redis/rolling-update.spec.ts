import { type INestApplicationContext, Injectable } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import * as client from 'ioredis';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import type { EventBusOptions } from '../../lib/event-bus.options.js';
import { ConfigurationError } from '../../lib/errors/index.js';
import { EventBusStatus } from '../../lib/observability/event-bus-status.js';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import { leaseKey } from '../../lib/transport/redis/leases/lease.js';
import { redisTransport } from '../../lib/transport/redis/index.js';
import { busOptions, COUNTED, KeptLog, rootModule } from '../nest/support/bus-application.js';
import { sharedRedisUrl } from '../services/shared-services.js';
import { waitUntil } from '../support/wait-until.js';
import { bodies, eventually, RedisWorkbench, soon } from './support/redis-workbench.js';

describe('a process on Redis whose consumer name another one still uses', () => {
  const apps: INestApplicationContext[] = [];
  afterEach(() => Promise.all(apps.splice(0).map((app) => app.close())));

  const start = async (topic: string, options: EventBusOptions = {}, timeout?: number) => {
    const handled: number[] = [];
    @Injectable()
    class Handler {
      @OnOpenEdxEvent(COUNTED, { topic })
      handle({ n }: { n: number }): void {
        handled.push(n);
      }
    }
    const log = new KeptLog();
    const transport = redisTransport({
      ...{ url: sharedRedisUrl(), client, consumerName: 'pod', pollTimeout: 1 },
      consumerNameTimeout: timeout,
    });
    const bus = EventBusModule.forRoot(busOptions({ transport, logger: log, ...options }));
    const app = await NestFactory.createApplicationContext(
      rootModule({ providers: [Handler] }, bus),
      { logger: false, abortOnError: false },
    );
    apps.push(app);
    const status = app.get(EventBusStatus);
    const send = (n: number) => app.get(EventBusProducer).send(COUNTED, { n }, { topic });
    return { app, handled, log, status, send };
  };

  it('starts, and takes over when that one has stopped: nothing is lost, and nothing comes twice', async () => {
    const { topic } = new RedisWorkbench();
    const old = await start(topic);
    const next = await start(topic, { startFrom: 'latest' });
    expect(next.status.snapshot()).toMatchObject({ state: 'joining', error: null });
    expect(next.status.healthy).toBe(true);
    for (const n of [1, 2, 3]) await next.send(n);
    await waitUntil(() => next.log.matching('has not admitted this process for').length > 0);
    const [line] = next.log.matching('has not admitted this process for');
    expect(line).toContain(`another process uses the consumer name pod on ${topic}`);
    expect(line).toContain('60 s (consumerNameTimeout)');
    await old.app.close();
    await next.send(4);
    await waitUntil(() => next.status.snapshot().state === 'running');
    await waitUntil(() => next.handled.includes(4));
    expect([...old.handled, ...next.handled]).toEqual([1, 2, 3, 4]);
    expect(old.status.healthy).toBe(false);
  });

  it('stops for good when that one still lives after consumerNameTimeout', async () => {
    const { topic } = new RedisWorkbench();
    const old = await start(topic);
    const next = await start(topic, { onFatal: 'report' }, 1);
    await waitUntil(() => next.status.snapshot().state === 'failed');
    expect(next.status.snapshot().error).toBeInstanceOf(ConfigurationError);
    expect(next.log.matching('stopped consuming')).toEqual([
      expect.stringContaining('consumerName: found pod, which another running process uses'),
    ]);
    await old.send(1);
    await waitUntil(() => old.handled.length === 1);
    expect(next.handled).toEqual([]);
  });
});

describe('a subscription on Redis that waits for its consumer name', () => {
  const bench = new RedisWorkbench();
  afterAll(() => bench.end());

  const two = async () => {
    const other = new RedisWorkbench(bench.url);
    const [one, next] = [await bench.transport({ client }), await bench.transport({ client })];
    const topics = [other.topic, `${other.topic}-2`];
    const wanted = { topics, group: other.group, member: 'same' };
    return { one, next, wanted, topics, group: other.group };
  };

  it('skips nothing of a new group that starts at the end, and leaves when it is stopped', async () => {
    const { one, next, wanted, topics, group } = await two();
    const first = await bench.read(one, wanted);
    const waiting = await bench.read(next, { ...wanted, once: 'subscribed' });
    await waiting.handle.stop(soon());
    expect(waiting.sink.ends).toEqual(['stopped']);
    await waiting.handle.joined;
    await first.handle.stop(soon());
    for (const topic of topics)
      expect(await bench.redis.exists(leaseKey(topic, group, 'same'))).toBe(0);
  });

  it('holds none of its names while one of them is taken, so that the other process ends its work', async () => {
    const { one, next, wanted, topics, group } = await two();
    const first = await bench.read(one, { ...wanted, topics: topics.slice(1) });
    const waiting = await bench.read(next, { ...wanted, start: 'latest', once: 'subscribed' });
    await bench.redis.xadd(topics[0]!, '*', 'event_data', 'x');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(waiting.sink.deliveries).toEqual([]);
    const value = await bench.redis.get(leaseKey(topics[1]!, group, 'same'));
    expect(value).not.toBeNull();
    await first.handle.stop(soon());
    await waiting.handle.joined;
    await eventually(() => waiting.sink.deliveries.length === 1, 'what came meanwhile');
    expect(bodies(waiting.sink)).toEqual(['x']);
    await waiting.handle.stop(soon());
  });
});
