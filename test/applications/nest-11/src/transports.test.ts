import { Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { EventBusModule, getEventBusOptionsToken } from 'nestjs-openedx-event-bus';
import { kafkaTransport } from 'nestjs-openedx-event-bus/kafka';
import { redisTransport } from 'nestjs-openedx-event-bus/redis';

it.each([
  ['Redis', redisTransport({ url: 'redis://127.0.0.1:1' })],
  [
    'Kafka',
    kafkaTransport({ brokers: ['127.0.0.1:1'], schemaRegistry: { url: 'http://127.0.0.1:1' } }),
  ],
])('loads the client of %s', async (_, transport) => {
  @Module({ imports: [EventBusModule.forRoot({ transport, group: 'notes' })] })
  class Connected {}
  const moduleRef = await Test.createTestingModule({ imports: [Connected] }).compile();
  expect(moduleRef.get(getEventBusOptionsToken(), { strict: false })).toMatchObject({ transport });
});
