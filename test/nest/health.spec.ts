import type { AddressInfo, Server } from 'node:net';
import { Controller, Get, type INestApplication, Injectable } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  HealthCheck,
  HealthCheckService,
  HealthIndicatorService,
  TerminusModule,
} from '@nestjs/terminus';
import { resolvable } from '../../lib/common/waiting.js';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import type { EventBusOptions } from '../../lib/event-bus.options.js';
import { EventBusStatus } from '../../lib/observability/event-bus-status.js';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import { EventBusHealthIndicator } from '../../lib/terminus/index.js';
import { MemoryBroker, memoryTransport } from '../../lib/transport/memory/index.js';
import { waitUntil } from '../support/wait-until.js';
import { busOptions, COUNTED, rootModule } from './support/bus-application.js';

/** Terminus 11 has no word for it. */
const DEGRADED = 'degraded' in new HealthIndicatorService().check('any') ? 'degraded' : 'up';

let handle: () => unknown = () => undefined;

@Injectable()
class Crm {
  @OnOpenEdxEvent(COUNTED, { id: 'crm.sync' })
  sync(): unknown {
    return handle();
  }
}

@Controller('health')
class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly bus: EventBusHealthIndicator,
  ) {}
  @Get('live')
  @HealthCheck()
  live() {
    return this.health.check([() => this.bus.liveness('eventBus')]);
  }
  @Get('ready')
  @HealthCheck()
  ready() {
    return this.health.check([() => this.bus.readiness('eventBus', { maxSilenceMs: 60_000 })]);
  }
  @Get('lag')
  @HealthCheck()
  lag() {
    return this.health.check([() => this.bus.readiness('eventBus', { maxLagMs: 20 })]);
  }
}

const apps: INestApplication[] = [];

async function served(options: EventBusOptions = {}) {
  const bus = EventBusModule.forRoot(busOptions({ retry: { attempts: 1 }, ...options }));
  const root = rootModule(
    {
      imports: [TerminusModule.forRoot({ logger: false })],
      controllers: [HealthController],
      providers: [Crm, EventBusHealthIndicator],
    },
    bus,
  );
  const app = await NestFactory.create(root, { logger: false, abortOnError: false });
  apps.push(app);
  await app.listen(0, '127.0.0.1');
  const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
  const ask = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}/health/${path}`);
    const { details } = (await response.json()) as {
      details: { eventBus: { status: string; state: string; reasons: string[] } };
    };
    return { code: response.status, ...details.eventBus };
  };
  return { app, ask, producer: app.get(EventBusProducer), status: app.get(EventBusStatus) };
}

beforeEach(() => {
  handle = () => undefined;
});
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
});

describe('health over HTTP, with terminus', () => {
  it('is up while all is well', async () => {
    const { ask } = await served();
    const well = { code: 200, status: 'up', bus: 'default', state: 'running', reasons: [] };
    expect(await ask('live')).toEqual(well);
    expect(await ask('ready')).toEqual(well);
  });

  it('is alive and not ready where consuming halted: it would halt again', async () => {
    const { ask, producer, status } = await served({ onFailure: 'halt', onFatal: 'report' });
    handle = () => {
      throw new Error('learner-secret');
    };
    await producer.send(COUNTED, { n: 1 });
    await waitUntil(() => status.snapshot().state === 'failed');
    expect(await ask('live')).toMatchObject({ code: 200, status: 'up', state: 'failed' });
    const ready = await ask('ready');
    expect(ready).toMatchObject({ code: 503, status: 'down', state: 'failed' });
    expect(ready.reasons).toEqual([expect.stringContaining('consuming ended: ')]);
    expect(JSON.stringify(ready)).not.toContain('learner-secret');
  });

  it('is not alive where consuming ended for another reason', async () => {
    const { ask, producer, status } = await served({
      consecutiveErrorsLimit: 1,
      onFatal: 'report',
    });
    handle = () => {
      throw new Error('down');
    };
    await producer.send(COUNTED, { n: 1 });
    await waitUntil(() => status.snapshot().state === 'failed');
    expect(await ask('live')).toMatchObject({ code: 503, status: 'down' });
    expect(await ask('ready')).toMatchObject({ code: 503, status: 'down' });
  });

  it('is degraded, and still serves, while a handler does not end', async () => {
    const { ask, producer, status } = await served({ handlerWarnAfter: 1 });
    let end!: () => void;
    handle = () => new Promise<void>((resolve) => (end = resolve));
    await producer.send(COUNTED, { n: 1 });
    await waitUntil(() => status.snapshot().slowHandlers.length > 0, 15_000);
    expect(await ask('live')).toMatchObject({ code: 200, status: 'up' });
    expect(await ask('ready')).toMatchObject({
      ...{ code: 200, status: DEGRADED },
      reasons: [
        expect.stringMatching(/^handlers of group \S+ have not finished after \d+ s: crm\.sync$/),
      ],
    });
    end();
    await waitUntil(async () => (await ask('ready')).reasons.length === 0, 15_000);
  });

  it('is not ready while a record is older than maxLagMs, and is ready again by itself', async () => {
    const { ask, producer } = await served({ telemetry: { lagInterval: 5 } });
    const end = resolvable();
    handle = () => end.promise;
    await producer.send(COUNTED, { n: 1 });
    await waitUntil(async () => (await ask('lag')).code === 503);
    const reason = /^group tests has not acknowledged a record of counted\/0 that is \d+ s old$/;
    expect(await ask('lag')).toMatchObject({
      ...{ code: 503, status: 'down', state: 'running' },
      reasons: [expect.stringMatching(reason)],
    });
    // Whoever does not ask for it is not told.
    expect(await ask('ready')).toMatchObject({ code: 200, status: 'up', reasons: [] });
    end.resolve();
    await waitUntil(async () => (await ask('lag')).code === 200);
    expect(await ask('lag')).toMatchObject({ status: 'up', reasons: [] });
  });

  it('is not ready where other processes do not handle what this one watches', async () => {
    const broker = new MemoryBroker();
    const transport = () => memoryTransport({ broker });
    const reading = await served({ transport: transport() });
    const watching = await served({
      ...{ transport: transport(), consumersEnabled: false, telemetry: { lagInterval: 5 } },
    });
    expect(await watching.ask('lag')).toMatchObject({ code: 200, status: 'up', state: 'paused' });
    const end = resolvable();
    handle = () => end.promise;
    await reading.producer.send(COUNTED, { n: 1 });
    await waitUntil(async () => (await watching.ask('lag')).code === 503);
    end.resolve();
    await waitUntil(async () => (await watching.ask('lag')).code === 200);
  });

  it('has the broker asked once somebody wants maxLagMs, and no longer than the bus lives', async () => {
    const asked = { one: 0, other: 0 };
    const counting = (name: keyof typeof asked) => {
      const factory = memoryTransport();
      return Object.assign(async (host: Parameters<typeof factory>[0]) => {
        const parts = await factory(host);
        const { transport } = parts;
        const subscribe = transport.subscribe.bind(transport);
        transport.subscribe = async (...of) => {
          const handle = await subscribe(...of);
          const lag = handle.lag.bind(handle);
          return Object.assign(handle, {
            lag: () => {
              asked[name]++;
              return lag();
            },
          });
        };
        return parts;
      }, factory);
    };
    const telemetry = { lagInterval: 5 };
    const one = await served({ telemetry, transport: counting('one') });
    const other = await served({ telemetry, transport: counting('other') });
    await one.ask('lag');
    await waitUntil(() => asked.one > 5);
    await other.ask('ready');
    expect(asked.other).toBe(0);
    await other.ask('lag');
    await waitUntil(() => asked.other > 0);
    await one.app.close();
    const { one: before, other: from } = asked;
    await waitUntil(() => asked.other > from + 5);
    expect(asked.one).toBe(before);
  });

  it('is up where this process consumes nothing on purpose', async () => {
    const { ask } = await served({ consumersEnabled: false });
    expect(await ask('live')).toMatchObject({ code: 200, state: 'paused' });
    expect(await ask('ready')).toMatchObject({ code: 200, status: 'up', state: 'paused' });
  });
});
