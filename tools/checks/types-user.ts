import { Injectable, Module } from '@nestjs/common';
import type { RedisOptions } from 'ioredis';
import type { ConsumerConfig, KafkaConfig, ProducerConfig } from 'kafkajs';
import {
  EventBusModule,
  EventBusProducer,
  EventBusStatus,
  type EventData,
  OnOpenEdxEvent,
  type OpenEdxEventContext,
} from 'nestjs-openedx-event-bus';
import { CERTIFICATE_CREATED, userData } from 'nestjs-openedx-event-bus/events';
import {
  boolean,
  defineEvent,
  type Input,
  nullable,
  type Output,
  record,
  string,
} from 'nestjs-openedx-event-bus/schema';
import { kafkaTransport, type KafkaTransportOptions } from 'nestjs-openedx-event-bus/kafka';
import { runEventBusCli } from 'nestjs-openedx-event-bus/cli';
import { MemoryBroker, memoryTransport } from 'nestjs-openedx-event-bus/memory';
import { monotonicNow, type TransportFactory } from 'nestjs-openedx-event-bus/transport';
import { redisTransport, type RedisTransportOptions } from 'nestjs-openedx-event-bus/redis';
import {
  describeTransport,
  EventBusTestKit,
  eventBusMatchers,
  sampleOf,
} from 'nestjs-openedx-event-bus/testing';

const CERTIFIED = 'org.openedx.learning.certificate.created.v1';

// Options of the clients as their own packages declare them, and values that may be missing.
declare const shared: RedisOptions;
declare const producer: ProducerConfig;
declare const consumer: ConsumerConfig;
declare const client: Omit<KafkaConfig, 'brokers'>;
export const redis = redisTransport({ redis: shared, url: process.env['REDIS_URL'] });
export const kafka = kafkaTransport({
  kafkajs: { client, producer, consumer },
  clientId: process.env['CLIENT_ID'],
  schemaRegistry: { url: process.env['REGISTRY'], apiKey: process.env['KEY'] },
});
export const asThey: RedisTransportOptions = { redis: { ...shared, tls: {} } };
export const wrong: KafkaTransportOptions = {
  // @ts-expect-error -- no text
  kafkajs: { producer: 'none' },
};

const extended = record('UserDataExtended', { ...userData.fields, is_staff: boolean() });
export const sent: Input<typeof extended> = {
  ...{ id: 1, is_active: true, is_staff: false },
  pii: { username: 'a', email: 'b' },
};
export function received(user: Output<typeof extended>): readonly [number, boolean, string] {
  // @ts-expect-error -- there is none
  void user.is_super;
  return [user.id, user.is_staff, user.pii.username];
}
const SEEN = defineEvent({
  type: 'org.example.seen.v1',
  data: { ...CERTIFICATE_CREATED.data, user: extended, note: nullable(string()) },
});
declare module 'nestjs-openedx-event-bus/events' {
  interface OpenEdxEventMap {
    'org.example.seen.v1': typeof SEEN;
  }
}

@Injectable()
export class Handler {
  constructor(
    private readonly events: EventBusProducer,
    private readonly status: EventBusStatus,
  ) {}

  @OnOpenEdxEvent(CERTIFIED, { topic: process.env['TOPIC'] })
  async certified(
    { certificate }: EventData<typeof CERTIFIED>,
    context: OpenEdxEventContext,
  ): Promise<void> {
    const key: string = certificate.course.course_key;
    // @ts-expect-error -- a text
    const grade: number = certificate.grade;
    void [key, grade, context.metadata.id, this.status.snapshot().state];
    const { id } = await this.events.send(
      CERTIFICATE_CREATED,
      { certificate },
      { topic: undefined },
    );
    void id;
    // @ts-expect-error -- another event's data
    await this.events.send(CERTIFICATE_CREATED, { course: 1 });
  }

  @OnOpenEdxEvent('org.example.seen.v1')
  seen(data: EventData<'org.example.seen.v1'>): boolean {
    const note: string | null = data.note;
    return note === null ? data.user.is_staff : data.certificate.course.course_key !== '';
  }

  // @ts-expect-error -- no event of this name
  @OnOpenEdxEvent('org.openedx.learning.certificate.made.v1')
  misspelt(): void {}
}

@Module({
  imports: [
    EventBusModule.forRoot({ transport: redis, group: process.env['GROUP'] }),
    EventBusModule.forRootAsync({ name: 'other', useFactory: () => ({ transport: kafka }) }),
    EventBusModule.forFeature([SEEN]),
  ],
  providers: [Handler],
})
export class AppModule {}

export const tests = { describeTransport, EventBusTestKit, eventBusMatchers };
export const sample = sampleOf(SEEN, { user: { pii: { username: 'ada' } } }, { seed: 1 });
// @ts-expect-error -- there is none
sampleOf(SEEN, { user: { pii: { nick: 'ada' } } });

export const memory: TransportFactory = memoryTransport({ broker: new MemoryBroker() });
export const now: number = monotonicNow();
export const cli: typeof runEventBusCli = runEventBusCli;
