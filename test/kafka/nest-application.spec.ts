import { randomUUID } from 'node:crypto';
import { type INestApplicationContext, Injectable } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  EventBusModule,
  type EventBusOptions,
  EventBusProducer,
  EventBusStatus,
  type EventData,
  OnOpenEdxEvent,
  type OpenEdxEventContext,
} from 'nestjs-openedx-event-bus';
import { COURSE_ENROLLMENT_CREATED } from 'nestjs-openedx-event-bus/events';
import { kafkaTransport } from 'nestjs-openedx-event-bus/kafka';
import { enrolmentRoute, eventOf } from '../../sample-app/src/enrolments/enrolments.js';
import { KeptLog, rootModule } from '../nest/support/bus-application.js';
import { hybrid } from '../nest/support/door-two.js';
import { sharedKafka, sharedRegistryUrl } from '../services/shared-kafka.js';
import { waitUntil } from '../support/wait-until.js';

const COURSE = 'course-v1:edX+DemoX+2024';

/** An application that handles what it sends, on a topic of its own. */
function application(bus: EventBusOptions) {
  const handled: string[] = [];
  const [topic, group] = [`enrolments-${randomUUID()}`, `nest-${randomUUID()}`];
  @Injectable()
  class Handler {
    @OnOpenEdxEvent(COURSE_ENROLLMENT_CREATED, { topic })
    enrolled(
      { enrollment }: EventData<typeof COURSE_ENROLLMENT_CREATED>,
      { metadata, position, key }: OpenEdxEventContext,
    ): void {
      const { partition, offset } = position;
      handled.push(`${metadata.id} ${enrollment.mode} ${partition}:${offset} ${key}`);
    }
  }
  const log = new KeptLog();
  const module = EventBusModule.forRoot({ group, logger: log, ...bus });
  return { topic, handled, log, root: rootModule({ providers: [Handler] }, module) };
}

/** Sends one event, and waits until it was handled once; closes the application. */
async function sendAndHandle(
  app: INestApplicationContext,
  { topic, handled }: ReturnType<typeof application>,
): Promise<void> {
  const producer = app.get(EventBusProducer, { strict: false });
  const data = eventOf({ learnerId: 7, courseKey: COURSE, mode: 'verified' });
  const { id, receipts } = await producer.send(COURSE_ENROLLMENT_CREATED, data, {
    ...enrolmentRoute,
    topic,
  });
  const { partition, offset } = receipts[0]!.position!;
  await waitUntil(() => handled.length > 0, 20_000);
  expect(app.get(EventBusStatus, { strict: false }).snapshot().state).toBe('running');
  await app.close();
  expect(handled).toEqual([`${id} verified ${partition}:${offset} ${COURSE}`]);
}

const options = { logger: false, abortOnError: false } as const;
const brokers = sharedKafka().bootstrap.plaintext.split(',');
const factory = () =>
  kafkaTransport({
    brokers,
    schemaRegistry: { url: sharedRegistryUrl() },
    sessionTimeout: 6,
  });

describe('a Nest application on Kafka', () => {
  it('has its transport from forRoot, and handles what it sends', async () => {
    const made = application({ transport: factory() });
    await sendAndHandle(await NestFactory.createApplicationContext(made.root, options), made);
  });

  it('is told by settings alone: EVENT_BUS_TRANSPORT=kafka, servers and registry', async () => {
    const made = application({
      settings: {
        EVENT_BUS_TRANSPORT: 'kafka',
        EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: brokers.join(','),
        EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: sharedRegistryUrl(),
      },
    });
    await sendAndHandle(await NestFactory.createApplicationContext(made.root, options), made);
  });

  it('consumes through the microservice door', async () => {
    const made = application({ transport: factory() });
    const app = await hybrid(made.root);
    await app.startAllMicroservices();
    await app.init();
    await sendAndHandle(app, made);
  });

  it('says where each partition begins, for a new group and for one that was there', async () => {
    const made = application({ transport: factory() });
    for (const reads of ['offset 0 (earliest)', 'offset 1 (committed)']) {
      made.handled.length = 0;
      await sendAndHandle(await NestFactory.createApplicationContext(made.root, options), made);
      expect(made.log.matching(reads)).toEqual([
        expect.stringMatching(/^log Group nest-\S+ starts reading enrolments-\S+: /),
      ]);
    }
  });

  it('does not start with a key field that cannot be one, and names every one of them', async () => {
    const entry = (path: string, enabled = true) => ({ event_key_field: path, enabled });
    const made = application({
      transport: factory(),
      producerConfig: {
        [COURSE_ENROLLMENT_CREATED.type]: {
          good: entry('enrollment.course.course_key'),
          missing: entry('enrollment.nope'),
          object: entry('enrollment.user'),
          off: entry('enrollment.nope', false),
        },
      },
    });
    await expect(NestFactory.createApplicationContext(made.root, options)).rejects.toMatchObject({
      code: 'CONFIGURATION',
      problems: [
        { setting: expect.stringContaining('["missing"].event_key_field') },
        { setting: expect.stringContaining('["object"].event_key_field') },
      ],
    });
  });

  it('does not start where no broker answers, and says which and why', async () => {
    const made = application({
      transport: kafkaTransport({
        brokers: ['127.0.0.1:1'],
        schemaRegistry: { url: sharedRegistryUrl() },
      }),
      connectTimeout: 4_000,
    });
    await expect(NestFactory.createApplicationContext(made.root, options)).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      message: expect.stringContaining('ECONNREFUSED 127.0.0.1:1'),
    });
  });
});
