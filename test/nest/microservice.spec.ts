import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { ConnectError } from '../../lib/errors/index.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import type { EventBusOptions } from '../../lib/event-bus.options.js';
import { EventBusServer, OPENEDX_EVENT_BUS } from '../../lib/microservice/event-bus.server.js';
import { EventBusStatus } from '../../lib/observability/event-bus-status.js';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import { MemoryBroker, memoryTransport } from '../../lib/transport/memory/index.js';
import { unreachableTransport } from '../support/unreachable-transport.js';
import { waitUntil } from '../support/wait-until.js';
import { asMicroservice, connect, hybrid, tellsOfMicroservices } from './support/door-two.js';
import { busOptions, COUNTED, KeptLog, rootModule } from './support/bus-application.js';

const log: string[] = [];
beforeEach(() => void (log.length = 0));

const quiet = { logger: false as const };

@Injectable()
class Handler implements OnApplicationBootstrap {
  private ready = false;
  onApplicationBootstrap(): void {
    this.ready = true;
  }
  @OnOpenEdxEvent(COUNTED)
  handle({ n }: { n: number }): void {
    log.push(`handled ${n} ${this.ready}`);
  }
}

function root(options: EventBusOptions = {}) {
  return rootModule({ providers: [Handler] }, EventBusModule.forRoot(busOptions(options)));
}

/** Before, a strategy that Nest makes cannot be the whole of an application. */
const byFactory = tellsOfMicroservices ? it : it.skip;

describe('N-05: each way to start an application', () => {
  it('hybrid, microservices started before init: nothing is handled before the bootstrap', async () => {
    const app = await hybrid(root());
    await app.startAllMicroservices();
    const sent = app.get(EventBusProducer).send(COUNTED, { n: 1 });
    await sent;
    expect(app.get(EventBusStatus).snapshot().state).toBe('connecting');
    expect(log).toEqual([]);
    await app.init();
    await waitUntil(() => log.length > 0);
    await app.close();
    expect(log).toEqual(['handled 1 true']);
  });

  it('hybrid, microservices started after init: handled from then on', async () => {
    const logger = new KeptLog();
    const app = await hybrid(root({ logger }));
    await app.init();
    await app.get(EventBusProducer).send(COUNTED, { n: 1 });
    if (tellsOfMicroservices) {
      expect(app.get(EventBusStatus).snapshot().state).toBe('connecting');
      expect(logger.matching('when its microservice is started')).toHaveLength(1);
    }
    await app.startAllMicroservices();
    await waitUntil(() => log.length > 0);
    await app.close();
    expect(log).toEqual(['handled 1 true']);
  });

  it('hybrid, connected only after init: handled once all the same', async () => {
    const app = await NestFactory.create(root(), quiet);
    await app.init();
    connect(app);
    await app.startAllMicroservices();
    await app.get(EventBusProducer).send(COUNTED, { n: 1 });
    await waitUntil(() => log.length > 0);
    await app.close();
    expect(log).toEqual(['handled 1 true']);
  });

  byFactory('microservice only', async () => {
    const app = await NestFactory.createMicroservice(root(), { ...asMicroservice, ...quiet });
    await app.listen();
    await app.get(EventBusProducer).send(COUNTED, { n: 1 });
    await waitUntil(() => log.length > 0);
    await app.close();
    expect(log).toEqual(['handled 1 true']);
  });

  it.each(['create', 'createApplicationContext'] as const)(
    'without a microservice: %s',
    async (how) => {
      const app = await NestFactory[how](root(), quiet);
      await app.init();
      await app.get(EventBusProducer).send(COUNTED, { n: 1 });
      await waitUntil(() => log.length > 0);
      await app.close();
      expect(log).toEqual(['handled 1 true']);
    },
  );
});

describe('the bus as a microservice', () => {
  it('a broker that cannot be reached fails startAllMicroservices', async () => {
    const app = await hybrid(root({ transport: unreachableTransport() }));
    await expect(app.startAllMicroservices()).rejects.toThrow('nobody is there');
    await expect(app.init()).rejects.toThrow(ConnectError);
  });

  it('a broker that cannot be reached fails the bootstrap without a microservice', async () => {
    const starting = NestFactory.createApplicationContext(
      root({ transport: unreachableTransport() }),
      {
        ...quiet,
        abortOnError: false,
      },
    );
    await expect(starting).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      message: 'nobody is there',
    });
  });

  it('tells its status, and gives the client of the transport', async () => {
    const broker = new MemoryBroker();
    const app = await hybrid(root({ transport: memoryTransport({ broker }) }));
    const server = app.get(EventBusServer);
    const states: string[] = [];
    const told: string[] = [];
    server.status.subscribe((state) => states.push(state));
    server.on('status', (state) => told.push(state));
    await app.startAllMicroservices();
    await app.init();
    expect(server.unwrap()).toBe(broker);
    expect(server.transportId).toBe(OPENEDX_EVENT_BUS);
    await app.close();
    expect(states).toEqual(['idle', 'connecting', 'ready', 'closed']);
    expect(told).toEqual(['idle', 'connecting', 'ready']);
  });

  byFactory('close() drains the handlers, though hooks run after it', async () => {
    let release!: () => void;
    const gate = new Promise<void>((resolve) => (release = resolve));
    @Injectable()
    class Slow {
      @OnOpenEdxEvent(COUNTED)
      async handle(): Promise<void> {
        log.push('begin');
        await gate;
        log.push('end');
      }
    }
    const app = await NestFactory.createMicroservice(rootModule({ providers: [Slow] }), {
      ...asMicroservice,
      ...quiet,
    });
    await app.listen();
    await app.get(EventBusProducer).send(COUNTED, { n: 1 });
    await waitUntil(() => log.includes('begin'));
    const closing = app.close().then(() => log.push('closed'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    release();
    await closing;
    expect(log).toEqual(['begin', 'end', 'closed']);
  });
});
