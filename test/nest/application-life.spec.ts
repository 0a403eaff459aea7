import {
  Injectable,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import { EventBusStatus } from '../../lib/observability/event-bus-status.js';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import { MemoryBroker, memoryTransport } from '../../lib/transport/memory/index.js';
import { waitUntil } from '../support/wait-until.js';
import { busOptions, COUNTED, KeptLog, rootModule } from './support/bus-application.js';

const log: string[] = [];
beforeEach(() => void (log.length = 0));

@Injectable()
class Database implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  up = false;
  onModuleInit(): void {
    log.push('database init');
  }
  async onApplicationBootstrap(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 20));
    this.up = true;
    log.push('database up');
  }
  onModuleDestroy(): void {
    this.up = false;
    log.push('database down');
  }
}

@Injectable()
class Handler {
  constructor(private readonly database: Database) {}
  @OnOpenEdxEvent(COUNTED)
  async handle({ n }: { n: number }): Promise<void> {
    log.push(`begin ${n} ${this.database.up}`);
    await new Promise((resolve) => setTimeout(resolve, n));
    log.push(`end ${n} ${this.database.up}`);
  }
}

/** A broker with an event on it that waits for the application to start. */
async function brokerWith(n: number): Promise<MemoryBroker> {
  const broker = new MemoryBroker();
  const bus = EventBusModule.forRoot(busOptions({ transport: memoryTransport({ broker }) }));
  const app = await NestFactory.createApplicationContext(rootModule({}, bus), { logger: false });
  await app.get(EventBusProducer).send(COUNTED, { n });
  await app.close();
  return broker;
}

describe('the life of an application', () => {
  const places = {
    'the root module': (bus: ReturnType<typeof EventBusModule.forRoot>) =>
      rootModule({ providers: [Handler, Database] }, bus),
    'a module imported before the bus': (bus: ReturnType<typeof EventBusModule.forRoot>) => {
      @Module({ providers: [Handler, Database] })
      class FeatureModule {}
      @Module({ imports: [FeatureModule, bus] })
      class RootModule {}
      return RootModule;
    },
    'a module imported after the bus': (bus: ReturnType<typeof EventBusModule.forRoot>) => {
      @Module({ providers: [Handler, Database] })
      class FeatureModule {}
      return rootModule({ imports: [FeatureModule] }, bus);
    },
    'a global module': (bus: ReturnType<typeof EventBusModule.forRoot>) => {
      @Module({ providers: [Handler, Database] })
      class FeatureModule {}
      return rootModule({ imports: [{ module: FeatureModule, global: true }] }, bus);
    },
  };

  it.each(Object.entries(places))(
    'N-02: handlers in %s run only between the last bootstrap hook and the first destroy hook',
    async (_name, root) => {
      const broker = await brokerWith(30);
      const options = busOptions({ transport: memoryTransport({ broker }) });
      const app = await NestFactory.createApplicationContext(
        root(EventBusModule.forRoot(options)),
        {
          logger: false,
        },
      );
      await waitUntil(() => log.includes('begin 30 true'));
      await app.close();
      expect(log).toEqual([
        'database init',
        'database up',
        'begin 30 true',
        'end 30 true',
        'database down',
      ]);
    },
  );

  it('every module may send in its first and in its last hook', async () => {
    @Injectable()
    class Announcer implements OnModuleInit, OnModuleDestroy, OnApplicationShutdown {
      constructor(private readonly producer: EventBusProducer) {}
      async onModuleInit(): Promise<void> {
        await this.announce(1);
      }
      async onModuleDestroy(): Promise<void> {
        await this.announce(2);
      }
      async onApplicationShutdown(): Promise<void> {
        await this.announce(3);
      }
      private async announce(n: number): Promise<void> {
        const { receipts } = await this.producer.send(COUNTED, { n });
        log.push(`sent ${n} at ${receipts[0]?.position?.offset}`);
      }
    }
    const app = await NestFactory.createApplicationContext(rootModule({ providers: [Announcer] }), {
      logger: false,
    });
    await app.close();
    expect(log).toEqual(['sent 1 at 0', 'sent 2 at 1', 'sent 3 at 2']);
  });

  it.each(['before the bus', 'after the bus', 'before two buses'])(
    'a global module that is imported %s may send in its first and in its last hook',
    async (place) => {
      @Injectable()
      class Announcer implements OnModuleInit, OnApplicationShutdown {
        constructor(private readonly producer: EventBusProducer) {}
        async onModuleInit(): Promise<void> {
          await this.announce(1);
        }
        async onModuleDestroy(): Promise<void> {
          await this.announce(2);
        }
        async beforeApplicationShutdown(): Promise<void> {
          await this.announce(3);
        }
        async onApplicationShutdown(): Promise<void> {
          await this.announce(4);
        }
        private async announce(n: number): Promise<void> {
          await this.producer.send(COUNTED, { n });
          log.push(`sent ${n}`);
        }
      }
      @Module({ providers: [Announcer] })
      class OfAll {}
      const bus = EventBusModule.forRoot(busOptions());
      const ofAll = { module: OfAll, global: true };
      const other = EventBusModule.forRoot(busOptions({ name: 'other' }));
      const imports = {
        'before the bus': [ofAll, bus],
        'after the bus': [bus, ofAll],
        'before two buses': [ofAll, other, bus],
      }[place]!;
      @Module({ imports })
      class RootModule {}
      const app = await NestFactory.createApplicationContext(RootModule, {
        ...{ logger: false, abortOnError: false },
      });
      await app.close();
      expect(log).toEqual(['sent 1', 'sent 2', 'sent 3', 'sent 4']);
    },
  );

  it('what was sent is on the broker when close() has ended, and nothing can be sent after it', async () => {
    const broker = new MemoryBroker();
    const options = busOptions({ transport: memoryTransport({ broker }) });
    const app = await NestFactory.createApplicationContext(
      rootModule({}, EventBusModule.forRoot(options)),
      { logger: false },
    );
    const producer = app.get(EventBusProducer);
    const sends = [1, 2, 3].map((n) => producer.send(COUNTED, { n }));
    await app.close();
    expect(await Promise.all(sends)).toHaveLength(3);
    await expect(producer.send(COUNTED, { n: 4 })).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('prints the routing table at start', async () => {
    const logger = new KeptLog();
    const app = await NestFactory.createApplicationContext(
      rootModule(
        { providers: [Handler, Database] },
        EventBusModule.forRoot(busOptions({ logger })),
      ),
      { logger: false },
    );
    await app.close();
    expect(logger.lines.slice(0, 2)).toEqual([
      'log Bus default, event handlers (topics, group, event, handler):',
      `log   counted  tests  ${COUNTED.type}  Handler.handle`,
    ]);
  });

  it('N-05: with consumers disabled nothing is handled, and events are still sent', async () => {
    const logger = new KeptLog();
    const bus = EventBusModule.forRoot(
      busOptions({ logger, settings: { EVENT_BUS_MEMORY_CONSUMERS_ENABLED: 'false' } }),
    );
    const app = await NestFactory.createApplicationContext(
      rootModule({ providers: [Handler, Database] }, bus),
      { logger: false },
    );
    await app.get(EventBusProducer).send(COUNTED, { n: 1 });
    expect(app.get(EventBusStatus).snapshot().state).toBe('paused');
    await app.close();
    expect(log.filter((line) => line.startsWith('begin'))).toEqual([]);
    expect(logger.matching('are disabled')).toHaveLength(1);
  });

  it('two applications in one process do not know each other', async () => {
    const first = await NestFactory.createApplicationContext(
      rootModule({ providers: [Handler, Database] }),
      { logger: false },
    );
    const second = await NestFactory.createApplicationContext(
      rootModule({ providers: [Handler, Database] }),
      { logger: false },
    );
    await first.get(EventBusProducer).send(COUNTED, { n: 1 });
    await waitUntil(() => log.includes('end 1 true'));
    await first.close();
    await second.get(EventBusProducer).send(COUNTED, { n: 2 });
    await waitUntil(() => log.includes('end 2 true'));
    expect(second.get(EventBusStatus).snapshot().counts.handled).toBe(1);
    await second.close();
    expect(log.filter((line) => line.startsWith('begin'))).toEqual([
      'begin 1 true',
      'begin 2 true',
    ]);
  });
});
