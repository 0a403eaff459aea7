import { ConsoleLogger, Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import {
  getEventBusOptionsToken,
  getEventBusTransportToken,
  getEventCatalogToken,
} from '../../lib/event-bus.constants.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import { EventCatalog } from '../../lib/events/event-catalog.js';
import { EventBusStatus } from '../../lib/observability/event-bus-status.js';
import type { EventBusTelemetry } from '../../lib/observability/event-bus-telemetry.js';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import { memoryTransport } from '../../lib/transport/memory/index.js';
import { unreachableTransport } from '../support/unreachable-transport.js';
import { waitUntil } from '../support/wait-until.js';
import { busOptions, COUNTED, KeptLog, rootModule } from './support/bus-application.js';

const handled: number[] = [];
beforeEach(() => void (handled.length = 0));

@Injectable()
class Handler {
  @OnOpenEdxEvent(COUNTED)
  handle({ n }: { n: number }): void {
    handled.push(n);
  }
}

@Injectable()
class Sender {
  constructor(
    readonly events: EventBusProducer,
    readonly status: EventBusStatus,
  ) {}
}

/** An application that could not start as it is configured. */
function testing() {
  const bus = EventBusModule.forRoot(busOptions({ transport: unreachableTransport() }));
  const root = rootModule({ providers: [Handler, Sender] }, bus);
  return Test.createTestingModule({ imports: [root] }).setLogger(
    new ConsoleLogger({ logLevels: [] }),
  );
}

describe('Providers of a bus that a test overrides', () => {
  it('the transport: events go through the one of the test, and it is closed with the bus', async () => {
    const parts = await memoryTransport()({
      bus: 'default',
      setting: () => undefined,
      logger: new KeptLog(),
    });
    const states: string[] = [];
    parts.transport.status$.subscribe(({ state }) => states.push(state));
    const module = await testing()
      .overrideProvider(getEventBusTransportToken())
      .useValue(parts)
      .compile();
    await module.init();
    await module.get(EventBusProducer).send(COUNTED, { n: 1 });
    await waitUntil(() => handled.length > 0);
    await module.close();
    expect(handled).toEqual([1]);
    expect(states).toEqual(['idle', 'connecting', 'ready', 'closed']);
  });

  it('the options: transport, logger and telemetry are those of the test', async () => {
    const logger = new KeptLog();
    const counted: string[] = [];
    const telemetry: EventBusTelemetry = {
      counter:
        ({ name }) =>
        (by) =>
          void (by > 0 && counted.push(name)),
    };
    const module = await testing()
      .overrideProvider(getEventBusOptionsToken())
      .useValue(busOptions({ logger, telemetry }))
      .compile();
    await module.init();
    await module.get(EventBusProducer).send(COUNTED, { n: 2 });
    await waitUntil(() => handled.length > 0);
    await module.close();
    expect(counted.sort()).toEqual([
      'messaging.client.consumed.messages',
      'messaging.client.sent.messages',
      'openedx.event_bus.records',
    ]);
    expect(logger.matching('Message delivered to memory event bus')).toHaveLength(1);
  });

  it('the catalogue: the bus knows only the events of the test', async () => {
    const module = await testing()
      .overrideProvider(getEventBusOptionsToken())
      .useValue(busOptions())
      .overrideProvider(getEventCatalogToken())
      .useValue(new EventCatalog([COUNTED]))
      .compile();
    await module.init();
    const sending = module
      .get(EventBusProducer)
      .send(
        'org.openedx.content_authoring.xblock.deleted.v1',
        { xblock_info: { usage_key: 'i4x://o/c/t/i', block_type: 't' } },
        { topic: 'blocks' },
      );
    await expect(sending).rejects.toMatchObject({ code: 'UNKNOWN_EVENT' });
    await module.close();
  });

  it('producer and status: what the application injects is that of the test', async () => {
    const send = { send: () => Promise.resolve({ id: '1', type: COUNTED.type, receipts: [] }) };
    const status = { healthy: false };
    const module = await testing()
      .overrideProvider(getEventBusOptionsToken())
      .useValue(busOptions())
      .overrideProvider(EventBusProducer)
      .useValue(send)
      .overrideProvider(EventBusStatus)
      .useValue(status)
      .compile();
    await module.init();
    const sender = module.get(Sender);
    expect(sender.events).toBe(send);
    expect(sender.status).toBe(status);
    await module.close();
  });
});
