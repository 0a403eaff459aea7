import { Injectable, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { resolvable } from '../../lib/common/waiting.js';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import { getEventBusTransportToken } from '../../lib/event-bus.constants.js';
import { ATTRIBUTE } from '../../lib/observability/attributes.js';
import { EventBusStatus } from '../../lib/observability/event-bus-status.js';
import { METRIC } from '../../lib/observability/metrics.js';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import type { EventTransport } from '../../lib/transport/transport.interface.js';
import type {
  TransportFactory,
  TransportParts,
} from '../../lib/transport/wire-format.interface.js';
import { busOptions, COUNTED, rootModule } from '../nest/support/bus-application.js';
import { Gauges } from './gauges.js';
import { waitUntil } from './wait-until.js';

export interface WaitingEvent {
  readonly app: INestApplicationContext;
  readonly transport: EventTransport;
  readonly status: EventBusStatus;
  /** Where the event waits, and the group that reads it there. */
  readonly waits: { readonly topic: string; readonly group: string };
  /** Sends a third event, whose handler runs until the returned function is called. */
  readonly block: () => Promise<() => void>;
  /** What is not acknowledged by each group on each topic, pending or not, as the gauges say: `group topic`. */
  readonly lag: () => Record<string, number>;
}

/** An application in which one event was handled, and another one waits for a later retry in an hour. */
export async function withWaitingEvent(
  transport: TransportFactory,
  { topic, group }: { readonly topic: string; readonly group: string },
): Promise<WaitingEvent> {
  const unblocked = resolvable();
  @Injectable()
  class Crm {
    @OnOpenEdxEvent(COUNTED, { id: 'crm.sync', topic })
    async sync({ n }: { n: number }): Promise<void> {
      if (n === 1) throw new Error('later');
      if (n === 3) await unblocked.promise;
    }
  }
  const gauges = new Gauges();
  const bus = EventBusModule.forRoot(
    busOptions({
      ...{ transport, group, telemetry: gauges.telemetry },
      retry: { attempts: 1, later: ['1h'] },
      producerConfig: { [COUNTED.type]: { [topic]: { event_key_field: 'n', enabled: true } } },
    }),
  );
  const app = await NestFactory.createApplicationContext(rootModule({ providers: [Crm] }, bus), {
    ...{ logger: false, abortOnError: false },
  });
  const status = app.get(EventBusStatus);
  const producer = app.get(EventBusProducer);
  for (const n of [1, 2]) await producer.send(COUNTED, { n });
  await waitUntil(() => {
    const { retriedLater, handled } = status.snapshot().counts;
    return retriedLater === 1 && handled === 1;
  }, 30_000);
  const by = [ATTRIBUTE.group, ATTRIBUTE.topic];
  return {
    ...{ app, status },
    transport: app.get<TransportParts>(getEventBusTransportToken()).transport,
    block: async () => {
      await producer.send(COUNTED, { n: 3 });
      return unblocked.resolve;
    },
    waits: { topic: `${topic}-${group}-retry-1h`, group: `${group}-retry` },
    lag: () => {
      const lag = gauges.values(METRIC.lag, ...by);
      for (const [key, pending] of Object.entries(gauges.values(METRIC.pending, ...by)))
        lag[key] = (lag[key] ?? 0) + pending;
      return lag;
    },
  };
}
