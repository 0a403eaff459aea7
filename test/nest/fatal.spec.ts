import {
  Controller,
  Get,
  Injectable,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import type { EventBusOptions } from '../../lib/event-bus.options.js';
import { EventBusStatus } from '../../lib/observability/event-bus-status.js';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import { waitUntil } from '../support/wait-until.js';
import { busOptions, COUNTED, rootModule } from './support/bus-application.js';

const log: string[] = [];
let exitCode: typeof process.exitCode;
beforeEach(() => {
  log.length = 0;
  exitCode = process.exitCode;
});
afterEach(() => {
  process.exitCode = exitCode;
});

@Controller()
class Health {
  @Get()
  get(): string {
    return 'here';
  }
}

@Injectable()
class Failing implements OnModuleDestroy, OnApplicationShutdown {
  @OnOpenEdxEvent(COUNTED)
  handle(): never {
    throw new Error('always');
  }
  onModuleDestroy(): void {
    log.push('destroyed');
  }
  onApplicationShutdown(): void {
    log.push('shut down');
  }
}

async function failFor(options: EventBusOptions) {
  const bus = EventBusModule.forRoot(
    busOptions({ retry: { attempts: 1 }, consecutiveErrorsLimit: 2, ...options }),
  );
  const root = rootModule({ providers: [Failing], controllers: [Health] }, bus);
  const app = await NestFactory.create(root, { logger: false });
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const status = app.get(EventBusStatus);
  const producer = app.get(EventBusProducer);
  for (const n of [1, 2]) await producer.send(COUNTED, { n });
  await waitUntil(() => status.snapshot().state === 'failed');
  return { app, url, status };
}

describe('when consuming cannot go on', () => {
  it('B-13: the application is closed as app.close() does, with exit code 3', async () => {
    const { url, status } = await failFor({});
    await waitUntil(() => log.includes('shut down'));
    expect(log).toEqual(['destroyed', 'shut down']);
    expect(process.exitCode).toBe(3);
    expect(status.healthy).toBe(false);
    expect(status.snapshot().error).toMatchObject({ code: 'TOO_MANY_ERRORS' });
    await expect(fetch(url)).rejects.toThrow();
  });

  it('B-13: with onFatal report it stays up, and its status says why', async () => {
    const { app, url, status } = await failFor({ onFatal: 'report' });
    expect(await (await fetch(url)).text()).toBe('here');
    expect(process.exitCode).toBe(exitCode);
    expect(status.healthy).toBe(false);
    expect(log).toEqual([]);
    await app.close();
  });

  it('halt leaves the record unsettled and ends the application', async () => {
    const { status } = await failFor({ onFailure: 'halt' });
    await waitUntil(() => log.includes('shut down'));
    expect(status.snapshot().error).toMatchObject({
      code: 'HALTED',
      position: { partition: '0', offset: '0' },
      message: expect.stringContaining(
        'stopped at a failed record (partition=0, offset=0), which is not acknowledged',
      ),
    });
    expect(process.exitCode).toBe(3);
  });
});
