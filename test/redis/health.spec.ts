import { NestFactory } from '@nestjs/core';
import { Injectable, type INestApplicationContext } from '@nestjs/common';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import { EventBusStatus } from '../../lib/observability/event-bus-status.js';
import { redisTransport } from '../../lib/transport/redis/index.js';
import { busOptions, COUNTED, rootModule } from '../nest/support/bus-application.js';
import { type RedisServer, startRedis } from '../services/redis.js';
import { waitUntil } from '../support/wait-until.js';

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
