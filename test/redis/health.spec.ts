import { randomUUID } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import { Injectable, type INestApplicationContext } from '@nestjs/common';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { ServiceUnavailableError } from '../../lib/errors/index.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import type { EventBusOptions } from '../../lib/event-bus.options.js';
import { EventBusStatus } from '../../lib/observability/event-bus-status.js';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import { redisTransport } from '../../lib/transport/redis/index.js';
import { busOptions, COUNTED, rootModule } from '../nest/support/bus-application.js';
import { type RedisServer, startRedis } from '../services/redis.js';
import { sharedRedisUrl } from '../services/shared-services.js';
import { waitUntil } from '../support/wait-until.js';
import { withWaitingEvent } from '../support/waiting-event.js';

@Injectable()
class Crm {
  @OnOpenEdxEvent(COUNTED, { id: 'crm.sync' })
  sync(): void {
    // Nothing comes here.
  }
}

describe('health while Redis is down', () => {
  let redis: RedisServer;
  let app: INestApplicationContext;
  beforeAll(async () => (redis = await startRedis()), 60_000);
  afterAll(async () => {
    await app?.close();
    await redis?.stop();
  });

  it('stays alive and is degraded, and is ready again by itself', async () => {
    const bus = EventBusModule.forRoot(
      busOptions({ transport: redisTransport({ url: redis.url, pollTimeout: 1 }) }),
    );
    app = await NestFactory.createApplicationContext(rootModule({ providers: [Crm] }, bus), {
      logger: false,
    });
    const status = app.get(EventBusStatus);
    expect([status.liveness().status, status.readiness().status]).toEqual(['up', 'up']);
    await redis.kill();
    await waitUntil(() => status.readiness().status === 'degraded', 30_000);
    expect(status.liveness()).toMatchObject({ status: 'up', state: 'degraded', reasons: [] });
    expect(status.readiness().reasons).toHaveLength(1);
    await redis.restart();
    await waitUntil(() => status.readiness().status === 'up', 30_000);
    expect(status.liveness().status).toBe('up');
  }, 90_000);
});

describe('readiness with maxLagMs on Redis', () => {
  let isAway = false;
  @Injectable()
  class Mail {
    @OnOpenEdxEvent(COUNTED, { id: 'mail.send', topic: 'counted' })
    send(): void {
      if (isAway) throw new ServiceUnavailableError('mail server', 'no answer');
    }
  }
  const apps: INestApplicationContext[] = [];
  afterEach(() => Promise.all(apps.splice(0).map((app) => app.close())));

  async function started(prefix: string, options: EventBusOptions = {}) {
    const bus = EventBusModule.forRoot(
      busOptions({
        transport: redisTransport({ url: sharedRedisUrl(), pollTimeout: 1 }),
        ...{ topicPrefix: prefix, telemetry: { lagInterval: 50 }, ...options },
      }),
    );
    const app = await NestFactory.createApplicationContext(rootModule({ providers: [Mail] }, bus), {
      logger: false,
    });
    apps.push(app);
    const status = app.get(EventBusStatus);
    const ready = () => status.readiness({ maxLagMs: 200 });
    return { app, status, ready };
  }

  it('is down while consuming is paused, in the process that watches too, and up again after it resumed', async () => {
    const prefix = `ready-${randomUUID()}`;
    const reading = await started(prefix);
    const watching = await started(prefix, { consumersEnabled: false });
    for (const { ready } of [reading, watching]) expect(ready().status).toBe('up');
    isAway = true;
    await reading.app.get(EventBusProducer).send(COUNTED, { n: 1 });
    await waitUntil(() => reading.status.snapshot().sources[0]?.state === 'paused', 30_000);
    for (const { ready } of [reading, watching]) {
      await waitUntil(() => ready().status === 'down', 30_000);
      expect(ready().reasons).toContainEqual(
        expect.stringMatching(
          `^group tests has not acknowledged a record of ${prefix}-counted that is \\d+ s old$`,
        ),
      );
    }
    expect(reading.status.readiness().status).not.toBe('down');
    isAway = false;
    for (const { ready } of [reading, watching])
      await waitUntil(() => ready().status === 'up', 30_000);
    expect(reading.status.snapshot().counts).toMatchObject({ handled: 1, failed: 0 });
  }, 120_000);

  it('leaves out what waits for a later retry', async () => {
    const topic = `waiting-${randomUUID()}`;
    const factory = redisTransport({ url: sharedRedisUrl(), pollTimeout: 1 });
    const of = { topic, group: 'tests' };
    const { app, status, block } = await withWaitingEvent(factory, of);
    apps.push(app);
    const ready = () => status.readiness({ maxLagMs: 1 });
    const unblock = await block();
    await waitUntil(() => ready().status === 'down', 30_000);
    expect(ready().reasons).toEqual([expect.stringContaining(` a record of ${topic} that is `)]);
    unblock();
    await waitUntil(() => ready().status === 'up', 30_000);
  }, 60_000);
});
