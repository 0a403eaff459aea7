import { randomUUID } from 'node:crypto';
import { Injectable, type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import * as client from 'ioredis';
import { DeadLetters, type RedrivenLetter } from '../../lib/dead-letters/index.js';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import { defineEvent } from '../../lib/events/event-definition.js';
import { long } from '../../lib/events/fields.js';
import { EventBusStatus } from '../../lib/observability/event-bus-status.js';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import { closingsKey } from '../../lib/transport/redis/dead-letters/letter-scripts.js';
import { redisTransport } from '../../lib/transport/redis/index.js';
import { sharedRedisUrl } from '../services/shared-services.js';
import { waitUntil } from '../support/wait-until.js';

const COUNTED = defineEvent({ type: 'org.example.tests.counted.v1', data: { n: long() } });
const silent = (): void => undefined;
const logger = { log: silent, warn: silent, error: silent, debug: silent };
let isDown = true;

@Injectable()
class Crm {
  @OnOpenEdxEvent(COUNTED, { id: 'crm.sync' })
  sync(): void {
    if (isDown) throw new Error('the CRM is down');
  }
}

async function all<T>(of: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of of) found.push(one);
  return found;
}

const resultsOf = (redriven: readonly RedrivenLetter[]): string[] =>
  redriven.map(({ result }) => result);

let app: INestApplicationContext | undefined;
let redis: Redis;
let prefix = '';

async function started(group = 'tests') {
  @Module({
    imports: [
      EventBusModule.forRoot({
        transport: redisTransport({
          client,
          url: sharedRedisUrl(),
          consumerName: 'one',
          pollTimeout: 1,
        }),
        ...{ events: [COUNTED], logger, group, topicPrefix: prefix },
        ...{ retry: { attempts: 1 }, onFailure: 'deadLetter', startFrom: 'earliest' },
        producerConfig: { [COUNTED.type]: { counted: { event_key_field: 'n', enabled: true } } },
      }),
    ],
    providers: [Crm],
  })
  class Application {}
  app = await NestFactory.createApplicationContext(Application, {
    ...{ logger: false, abortOnError: false },
  });
  const status = app.get(EventBusStatus);
  return {
    ...{ letters: app.get(DeadLetters), producer: app.get(EventBusProducer) },
    counts: () => status.snapshot().counts,
  };
}

beforeEach(() => {
  prefix = `p${randomUUID().slice(0, 8)}`;
  isDown = true;
  redis = new Redis(sharedRedisUrl());
});
afterEach(async () => {
  await app?.close();
  app = undefined;
  redis.disconnect();
});

describe('dead letters on a Redis that others write to', () => {
  it('keep an entry whose id is of a time that no date has', async () => {
    await redis.xadd(`${prefix}-counted`, '9000000000000000-0', 'no', 'event');
    const { letters, counts } = await started();
    await waitUntil(() => counts().deadLettered === 1, 30_000);
    const [letter] = (await letters.list()).letters;
    expect(letter).toMatchObject({
      code: 'UNUSABLE_RECORD',
      original: { offset: '9000000000000000-0' },
    });
    expect(letter!.originalTime).toBeUndefined();
    expect(resultsOf(await all(letters.redrive({ id: letter!.id })))).toEqual(['failedAgain']);
  });

  it('say only of closings that make sense that they were', async () => {
    const { letters, producer, counts } = await started();
    await producer.send(COUNTED, { n: 1 });
    await waitUntil(() => counts().deadLettered === 1, 30_000);
    const topic = `${prefix}-counted-tests-dlq`;
    const [letter] = (await letters.list()).letters;
    const key = closingsKey(topic);
    const fields = ['id', 'x', 'action', 'discarded', 'by', 'somebody'];
    for (const at of ['1e300', '-1e300', '8640000000000001', 'NaN', '', 'Infinity'])
      await redis.xadd(key, '*', 'letter', letter!.position.offset, ...fields, 'at', at);
    await redis.xadd(key, '*', 'letter', 'x', ...fields, 'at', '1');
    await redis.xadd(key, '*', '__proto__', 'x', 'action', '__proto__');
    expect(await all(letters.history())).toEqual([]);
    expect(await letters.discard({ id: letter!.id }, 'a reason')).toBe(1);
    const history = await all(letters.history());
    expect(history).toMatchObject([{ id: letter!.id, reason: 'a reason' }]);
  });

  it('survive entries that are no letters, large ones, and forged reservations', async () => {
    const { letters, producer, counts } = await started();
    await producer.send(COUNTED, { n: 1 });
    await waitUntil(() => counts().deadLettered === 1, 30_000);
    const topic = `${prefix}-counted-tests-dlq`;
    const [letter] = (await letters.list()).letters;
    const large = Buffer.alloc(4_000_000, 'x');
    for (let i = 0; i < 3; i++)
      await redis.xadd(topic, '*', 'openedx.dlq.id', large, '__dlq.errors.topic', large, '', '');
    await redis.xadd(topic, '*', Buffer.from([0xff, 0xfe]), Buffer.from([0xff]));
    expect(await all(letters.all())).toHaveLength(5);
    const results = resultsOf(await all(letters.redrive({ until: new Date(8.64e15) })));
    expect(results.toSorted()).toEqual(['failedAgain', 'kept', 'kept', 'kept', 'kept']);
    expect(await letters.discard({ until: new Date(1) }, 'no letters')).toBe(4);
    expect((await letters.list()).letters).toMatchObject([{ id: letter!.id, redrives: 1 }]);
  });

  it.each([
    ['spaces and letters of other scripts', 'a group of ünïcode 日本 \u202e'],
    ['300 characters', 'g'.repeat(300)],
    ['dots and slashes', '../..//g:{x}'],
  ])('of a group with %s are found, redriven and closed', async (_, group) => {
    const { letters, producer, counts } = await started(group);
    await producer.send(COUNTED, { n: 1 });
    await waitUntil(() => counts().deadLettered === 1, 30_000);
    isDown = false;
    const redriven = await all(letters.redrive({ group }));
    expect(redriven).toMatchObject([{ result: 'handled', letter: { group, topic: 'counted' } }]);
    expect(await all(letters.history({ group, topic: 'counted' }))).toHaveLength(1);
    expect((await letters.list()).letters).toEqual([]);
  });
});
