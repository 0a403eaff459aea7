import { Controller } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { EMPTY, of, throwError } from 'rxjs';
import { OpenEdxEventContext } from '../../lib/consuming/handlers/event-context.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import { OPENEDX_EVENT_BUS } from '../../lib/microservice/event-bus.server.js';
import { EventBusStatus } from '../../lib/observability/event-bus-status.js';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import { waitUntil } from '../support/wait-until.js';
import { connect, hybrid } from './support/door-two.js';
import { busOptions, COUNTED, KeptLog, rootModule } from './support/bus-application.js';

const log: string[] = [];
beforeEach(() => void (log.length = 0));

describe('@EventPattern controllers', () => {
  async function withControllers(
    controllers: (new () => object)[],
    run: (app: { status: EventBusStatus; logger: KeptLog }) => Promise<void>,
  ): Promise<void> {
    const logger = new KeptLog();
    const options = busOptions({ logger, retry: { attempts: 2, delayMs: 1 } });
    const app = await hybrid(rootModule({ controllers }, EventBusModule.forRoot(options)));
    await app.startAllMicroservices();
    await app.init();
    await app.get(EventBusProducer).send(COUNTED, { n: 7 });
    const status = app.get(EventBusStatus);
    await waitUntil(() => {
      const { handled, failed } = status.snapshot().counts;
      return handled + failed > 0;
    });
    await run({ status, logger });
    await app.close();
  }

  it('receive data and context; two of one pattern run each for itself', async () => {
    @Controller()
    class First {
      @EventPattern<string>(COUNTED.type)
      handle(@Payload() data: { n: number }, @Ctx() context: OpenEdxEventContext): void {
        log.push(`first ${data.n} ${context instanceof OpenEdxEventContext} ${context.topic}`);
      }
    }
    @Controller()
    class Second {
      @EventPattern<string>(COUNTED.type, OPENEDX_EVENT_BUS)
      handle(@Payload('n') n: number): unknown {
        log.push(`second ${n}`);
        return EMPTY;
      }
    }
    await withControllers([First, Second], async ({ status }) => {
      expect(log.sort()).toEqual(['first 7 true counted', 'second 7']);
      expect(status.snapshot().counts).toMatchObject({ handled: 1, failed: 0 });
    });
  });

  it('a failing one does not keep the other from its end, and alone is tried again', async () => {
    @Controller()
    class Failing {
      @EventPattern<string>(COUNTED.type)
      handle(): unknown {
        log.push('failing');
        return throwError(() => new Error('no'));
      }
    }
    @Controller()
    class Slow {
      @EventPattern<string>(COUNTED.type)
      async handle(): Promise<unknown> {
        await new Promise((resolve) => setTimeout(resolve, 10));
        log.push('slow');
        return of(1);
      }
    }
    await withControllers([Failing, Slow], async ({ status, logger }) => {
      expect(log).toEqual(['failing', 'slow', 'failing']);
      expect(status.snapshot().counts).toMatchObject({ handled: 0, failed: 1 });
      expect(logger.matching('RpcException: Internal server error')).toHaveLength(1);
    });
  });

  it('are warned of when they come too late to run', async () => {
    @Controller()
    class Late {
      @EventPattern<string>('org.openedx.learning.certificate.created.v1')
      handle(): void {
        log.push('never');
      }
    }
    const logger = new KeptLog();
    const bus = EventBusModule.forRoot(busOptions({ logger }));
    const app = await NestFactory.create(rootModule({ controllers: [Late] }, bus), {
      logger: false,
    });
    await app.init();
    connect(app);
    await app.close();
    expect(logger.matching('@EventPattern')).toEqual([
      'warn @EventPattern(org.openedx.learning.certificate.created.v1) receives no events: call connectMicroservice before the application is initialized',
    ]);
  });

  it('patterns of other microservices are left alone, those of unknown events are refused', async () => {
    @Controller()
    class Mixed {
      @EventPattern<string>('orders.created')
      other(): void {
        log.push('never');
      }
      @EventPattern<string>('org.openedx.learning.certificate.created.v2')
      misspelt(): void {
        log.push('never');
      }
    }
    const app = await hybrid(rootModule({ controllers: [Mixed] }));
    const error = await app.init().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'CONFIGURATION',
      problems: [
        {
          found: 'org.openedx.learning.certificate.created.v2',
          allowed: expect.stringContaining(
            'did you mean org.openedx.learning.certificate.created.v1',
          ),
        },
      ],
    });
  });
});
