import { randomUUID } from 'node:crypto';
import { Injectable, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import type { EventBusOptions } from '../../lib/event-bus.options.js';
import { EventBusStatus } from '../../lib/observability/event-bus-status.js';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import {
  redisIdempotencyStore,
  type RedisIdempotencyStoreOptions,
} from '../../lib/transport/redis/index.js';
import { busOptions, COUNTED, KeptLog, rootModule } from '../nest/support/bus-application.js';
import { problemsOf } from '../nest/support/starting.js';
import { startRedis } from '../services/redis.js';
import { CLIENTS, eventually, onRedisOfItsOwn } from './support/redis-workbench.js';

const MARKS = 'openedx-event-bus:mark:';
const idOf = (n: number): string => `00000000-0000-1000-8000-${String(n).padStart(12, '0')}`;

/** How often each event had its effect. */
const effects = new Map<number, number>();
/** Events that are being handled, and how many were at the same time at most. */
const running = new Map<number, number>();
let most = 0;
let work: (n: number) => unknown = () => undefined;

@Injectable()
class Crm {
  @OnOpenEdxEvent(COUNTED, { id: 'crm.sync', idempotent: { ttl: '1h' } })
  async sync({ n }: { n: number }): Promise<void> {
    running.set(n, (running.get(n) ?? 0) + 1);
    most = Math.max(most, running.get(n)!);
    await work(n);
    effects.set(n, (effects.get(n) ?? 0) + 1);
    running.set(n, running.get(n)! - 1);
  }
}

const apps: INestApplicationContext[] = [];

/** An application whose events come by the in-memory transport, and whose marks are in Redis. */
async function started(store: RedisIdempotencyStoreOptions, options: EventBusOptions = {}) {
  const log = new KeptLog();
  const idempotency = { store: redisIdempotencyStore(store), lock: '5s' } as const;
  const bus = EventBusModule.forRoot(busOptions({ logger: log, idempotency, ...options }));
  const app = await NestFactory.createApplicationContext(rootModule({ providers: [Crm] }, bus), {
    logger: false,
    abortOnError: false,
  });
  apps.push(app);
  const producer = app.get(EventBusProducer);
  const status = app.get(EventBusStatus);
  return {
    ...{ app, log },
    send: (n: number) => producer.send(COUNTED, { n }, { metadata: { id: idOf(n) } }),
    snapshot: () => status.snapshot(),
    handled: () => status.snapshot().counts.handled,
  };
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

beforeEach(() => {
  effects.clear();
  running.clear();
  most = 0;
  work = () => undefined;
});
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
});

describe.each(CLIENTS)('marks in Redis, ioredis %s', (_, client) => {
  it('of two applications that have the same records, one at a time handles an event, and one in the end', async () => {
    const store = {
      url: process.env.TEST_REDIS_URL!,
      client,
      keyPrefix: `${randomUUID()}:`,
    };
    const both = [
      await started(store, { concurrency: 8 }),
      await started(store, { concurrency: 8 }),
    ];
    work = () => new Promise((resolve) => setTimeout(resolve, 2));
    const all = numbers(100);
    await Promise.all(all.flatMap((n) => both.map(({ send }) => send(n))));
    await eventually(
      () => both.every(({ handled }) => handled() === all.length),
      'both have handled all',
      60_000,
    );
    expect([...effects.keys()].sort((a, b) => a - b)).toEqual(all);
    expect([...effects.values()]).toEqual(all.map(() => 1));
    expect(most).toBe(1);
    const skipped = both.map(({ snapshot }) => snapshot().counts.duplicatesSkipped);
    expect(skipped[0]! + skipped[1]!).toBe(all.length);
  });

  it('a Redis that is away and back: the source waits, the status is degraded, and each event has one effect', async () => {
    const server = await startRedis({ persistent: true });
    try {
      const bus = await started({ url: server.url, client }, { retry: { attempts: 1 } });
      await bus.send(0);
      await eventually(() => bus.handled() === 1, 'the first event');
      let stopped: Promise<void> | undefined;
      // The first of these has had its effect when Redis goes.
      work = (n) => (n === 1 ? (stopped ??= server.kill()) : undefined);
      for (const n of [1, 2, 3]) await bus.send(n);
      await eventually(() => effects.has(1), 'the effect of the second event');
      await eventually(() => bus.snapshot().state === 'degraded', 'degraded', 30_000);
      expect(bus.handled()).toBe(1);
      await server.restart();
      await eventually(() => bus.handled() === 4, 'all events', 60_000);
      await eventually(() => bus.snapshot().state === 'running', 'running', 30_000);
      expect([...effects]).toEqual([
        [0, 1],
        [1, 1],
        [2, 1],
        [3, 1],
      ]);
      expect(bus.snapshot().counts).toMatchObject({ failed: 0, duplicatesSkipped: 0 });
    } finally {
      await Promise.all(apps.splice(0).map((app) => app.close()));
      await server.stop();
    }
  });

  it('waits at the claim for a Redis that is away, and calls no handler meanwhile', async () => {
    const server = await startRedis({ persistent: true });
    try {
      const bus = await started({ url: server.url, client }, { retry: { attempts: 1 } });
      await server.kill();
      for (const n of [1, 2]) await bus.send(n);
      await eventually(() => bus.snapshot().state === 'degraded', 'degraded', 30_000);
      expect(bus.snapshot().sources).toMatchObject([{ state: 'paused' }]);
      expect(bus.snapshot().error!.message).toContain('Redis: not connected');
      expect(effects.size).toBe(0);
      await server.restart();
      await eventually(() => bus.handled() === 2, 'all events', 60_000);
      expect(bus.snapshot().state).toBe('running');
    } finally {
      await Promise.all(apps.splice(0).map((app) => app.close()));
      await server.stop();
    }
  });
});

it('a mark names bus, group, handler and event id, holds nothing else, and goes after its time', () =>
  onRedisOfItsOwn(async (bench) => {
    const bus = await started({ url: bench.url }, { topicPrefix: 'dev', group: 'crm-sync' });
    await bus.send(4711);
    await eventually(() => bus.handled() === 1, 'handled');
    const key = `${MARKS}dev:default:crm-sync:crm.sync:${idOf(4711)}`;
    await eventually(async () => (await bench.redis.keys('*')).length === 1, 'no probe is left');
    expect(await bench.redis.keys('*')).toEqual([key]);
    expect(await bench.redis.get(key)).toBe('1');
    const ttl = await bench.redis.pttl(key);
    expect(ttl).toBeGreaterThan(3_500_000);
    expect(ttl).toBeLessThanOrEqual(3_600_000);
    await Promise.all(apps.splice(0).map((app) => app.close()));
  }));

it('uses the Redis of the settings of the bus where it is given no other', async () => {
  const bus = await started(
    { keyPrefix: `${randomUUID()}:` },
    { settings: { EVENT_BUS_REDIS_CONNECTION_URL: process.env.TEST_REDIS_URL! } },
  );
  await bus.send(1);
  await eventually(() => bus.handled() === 1, 'handled');
});

it('names its options and settings where they are wrong', async () => {
  const store = redisIdempotencyStore({ redis: { keyPrefix: 'x' }, keyPrefx: 'y' } as never);
  const bus = EventBusModule.forRoot(busOptions({ idempotency: { store } }));
  const problems = await problemsOf(rootModule({}, bus));
  expect(problems.map(({ setting }) => setting)).toEqual([
    'redisIdempotencyStore keyPrefx',
    'redisIdempotencyStore redis.keyPrefix',
    'EVENT_BUS_REDIS_CONNECTION_URL',
  ]);
});

it('a user without the rights for it is noticed at the start', () =>
  onRedisOfItsOwn(async (bench) => {
    await bench.redis.call('ACL', 'SETUSER', 'poor', 'on', '>pw', '~*', '+@connection', '+info');
    const { host } = new URL(bench.url);
    const starting = started({ url: `redis://poor:pw@${host}/0` }, { connectTimeout: 2_000 });
    await expect(starting).rejects.toMatchObject({ code: 'CONNECT_FAILED' });
    await expect(starting).rejects.toThrow('NOPERM');
  }));
