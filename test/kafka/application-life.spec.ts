import {
  type INestApplicationContext,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import { kafkaTransport } from '../../lib/transport/kafka/index.js';
import { KeptLog, rootModule } from '../nest/support/bus-application.js';
import { hybrid } from '../nest/support/door-two.js';
import { sharedRegistryUrl } from '../services/shared-kafka.js';
import { until } from '../services/until.js';
import { KafkaApps, KEYED, type Keyed, upTo } from './support/kafka-apps.js';
import { KafkaWorkbench } from './support/kafka-workbench.js';

const WAITING = upTo(3);

describe('a Nest application that starts with records waiting on Kafka', () => {
  const bench = new KafkaWorkbench();
  const apps = new KafkaApps();
  afterAll(async () => {
    await apps.close();
    await bench.close();
  });

  /** Lasts as long as a new group needs to join and to handle all that waits on the topic. */
  const enoughForAConsumer = async (topic: string): Promise<void> => {
    const other = await apps.start({ topic, group: bench.newName('group') });
    await until('the records by another group', () => other.handled.length === WAITING.length);
    await other.close();
  };

  /** Its handler needs a database whose hooks take their time. */
  const application = (topic: string, log: string[]) => {
    @Injectable()
    class Database implements OnModuleInit, OnApplicationBootstrap {
      async onModuleInit(): Promise<void> {
        await enoughForAConsumer(topic);
        log.push('initialized');
      }
      async onApplicationBootstrap(): Promise<void> {
        await enoughForAConsumer(topic);
        log.push('bootstrapped');
      }
    }
    @Injectable()
    class Handler {
      constructor(readonly database: Database) {}
      @OnOpenEdxEvent(KEYED, { topic })
      take({ n }: Keyed): void {
        log.push(`event ${n}`);
      }
    }
    const bus = EventBusModule.forRoot({
      transport: kafkaTransport({
        brokers: bench.brokers,
        sessionTimeout: 6,
        schemaRegistry: { url: sharedRegistryUrl() },
      }),
      ...{ group: bench.newName('group'), events: [KEYED], logger: new KeptLog() },
    });
    return rootModule({ providers: [Handler, Database] }, bus);
  };

  const doors = {
    'as an application context': (root: new () => object) =>
      NestFactory.createApplicationContext(root, { logger: false, abortOnError: false }),
    'as a microservice that is started first': async (root: new () => object) => {
      const app = await hybrid(root);
      await app.startAllMicroservices();
      return app.init();
    },
  } satisfies Record<string, (root: new () => object) => Promise<INestApplicationContext>>;

  it.each(Object.entries(doors))(
    '%s: no event reaches a handler before every hook of what it needs is done (N-02)',
    async (_name, start) => {
      const topic = await bench.topic();
      await apps.send(topic, WAITING);
      const log: string[] = [];
      const app = await start(application(topic, log));
      await until('the events', () => log.length === WAITING.length + 2);
      await app.close();
      expect(log).toEqual(['initialized', 'bootstrapped', ...WAITING.map((n) => `event ${n}`)]);
    },
  );
});
