import { randomUUID } from 'node:crypto';
import { ConsoleLogger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { COURSE_ENROLLMENT_CREATED } from '../../lib/events/index.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import { type EventBusError, SendError } from '../../lib/errors/index.js';
import { getEventBusProducerToken } from '../../lib/event-bus.constants.js';
import type { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import { sampleOf } from '../../lib/testing/index.js';
import { redisTransport } from '../../lib/transport/redis/index.js';
import { sharedRedisUrl } from '../services/shared-services.js';
import { until } from '../services/until.js';
import {
  describeStructuredLogs,
  jsonConsole,
  type JsonLine,
} from '../support/structured-log-cases.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { WrittenLines } from '../support/written-lines.js';

describeStructuredLogs('on Redis', () => redisTransport({ url: sharedRedisUrl() }));

describe('structured logs of an outage of Redis', () => {
  let proxy: TcpProxy;
  let written: WrittenLines;
  beforeEach(async () => {
    proxy = await TcpProxy.to(Number(new URL(sharedRedisUrl()).port));
    written = new WrittenLines();
  });
  afterEach(async () => {
    written.end();
    await proxy.stop();
  });

  it('name the bus, the code of the error, and the event that was not sent', async () => {
    const topic = `outage-${randomUUID()}`;
    @Module({
      imports: [
        EventBusModule.forRoot({
          transport: redisTransport({ url: `redis://127.0.0.1:${proxy.port}` }),
          sendTimeout: 1_000,
          name: 'crm',
        }),
      ],
    })
    class Application {}
    const app = await NestFactory.createApplicationContext(Application, {
      logger: new ConsoleLogger({ json: true }),
    });
    const find = (part: string): JsonLine | undefined =>
      written.lines
        .map((line) => jsonConsole.read(line))
        .find((line) => line?.message.includes(part));
    const producer = app.get<EventBusProducer>(getEventBusProducerToken('crm'));
    const data = sampleOf(COURSE_ENROLLMENT_CREATED);
    const [prepared] = producer.prepare(COURSE_ENROLLMENT_CREATED, data, { topic });
    const { type: eventType, metadata } = prepared!;
    try {
      await proxy.down();
      const failed = await producer.publish(prepared!).catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(SendError);
      const { code } = (failed as SendError).outcomes[0]!.error as EventBusError;
      expect(['SEND_TIMEOUT', 'SERVICE_UNAVAILABLE']).toContain(code);
      expect(find('Error producing event to Redis')!.fields).toEqual({
        ...{ bus: 'crm', topic, eventType, eventId: metadata.id, code },
      });
      await until('the fault', () => find(' failed and is retried: ') !== undefined);
      await proxy.up();
      await until('the recovery', () => find(' recovered') !== undefined);
      expect(find(' recovered')!.fields).toEqual({ bus: 'crm' });
      expect(find(' recovered')!.context).toBe('EventBus crm');
    } finally {
      await app.close();
    }
  });
});
