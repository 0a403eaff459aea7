import { Injectable, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { resolvable } from '../../lib/common/waiting.js';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import type { EventBusOptions } from '../../lib/event-bus.options.js';
import { EventBusStatus } from '../../lib/observability/event-bus-status.js';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import { kafkaTransport } from '../../lib/transport/kafka/index.js';
import { busOptions, COUNTED, rootModule } from '../nest/support/bus-application.js';
import { sharedRegistryUrl } from '../services/shared-kafka.js';
import { until } from '../services/until.js';
import { KafkaWorkbench } from './support/kafka-workbench.js';

describe('readiness with maxLagMs on Kafka', () => {
  const bench = new KafkaWorkbench();
  const apps: INestApplicationContext[] = [];
  afterAll(async () => {
    await Promise.all(apps.map((app) => app.close()));
    await bench.close();
  });

  it('is down where a partition of this process lags, and where one lags of those that it watches', async () => {
    const [topic, group] = [await bench.topic(2), bench.newName('group')];
    const repaired = resolvable();
    @Injectable()
    class Crm {
      @OnOpenEdxEvent(COUNTED, { id: 'crm.sync', topic })
      sync(): Promise<void> {
        return repaired.promise;
      }
    }
    const started = async (options: EventBusOptions = {}) => {
      const transport = kafkaTransport({
        ...{ brokers: bench.brokers, sessionTimeout: 6 },
        schemaRegistry: { url: sharedRegistryUrl() },
      });
      const bus = EventBusModule.forRoot(
        busOptions({
          ...{ transport, group, telemetry: { lagInterval: 50 }, ...options },
          producerConfig: { [COUNTED.type]: { [topic]: { event_key_field: 'n', enabled: true } } },
        }),
      );
      const app = await NestFactory.createApplicationContext(
        rootModule({ providers: [Crm] }, bus),
        { logger: false, abortOnError: false },
      );
      apps.push(app);
      const status = app.get(EventBusStatus);
      return { app, status, ready: () => status.readiness({ maxLagMs: 100 }) };
    };
    const send = async (n: number): Promise<string> => {
      const { receipts } = await first.app.get(EventBusProducer).send(COUNTED, { n });
      return receipts[0]!.position!.partition;
    };
    const stuckIn = (partition: string) => [
      expect.stringMatching(
        `^group ${group} has not acknowledged a record of ${topic}/${partition} that is \\d+ s old$`,
      ),
    ];

    const first = await started();
    const second = await started();
    const watching = await started({ consumersEnabled: false });
    await until('both are members', async () => (await bench.members(group)) === 2);
    for (const { status } of [first, second])
      await until('it runs', () => status.snapshot().state === 'running');

    const stuck = await send(1);
    const both = [first, second];
    await until('one is not ready', () => both.some(({ ready }) => ready().status === 'down'));
    const [one, other] = first.ready().status === 'down' ? both : [second, first];
    expect(one!.ready().reasons).toEqual(stuckIn(stuck));
    expect(other!.ready()).toMatchObject({ status: 'up', reasons: [] });
    await until('the watching one', () => watching.ready().status === 'down');
    expect(watching.ready().reasons).toEqual(stuckIn(stuck));

    let n = 2;
    while ((await send(n)) === stuck) n++;
    await until('the other one', () => other!.ready().status === 'down');
    expect(other!.ready().reasons).toEqual(stuckIn(stuck === '0' ? '1' : '0'));
    expect(one!.ready().reasons).toEqual(stuckIn(stuck));
    await until('both', () => watching.ready().reasons.length === 2);

    repaired.resolve();
    for (const { ready } of [...both, watching])
      await until('it is ready again', () => ready().status === 'up');
  }, 120_000);
});
