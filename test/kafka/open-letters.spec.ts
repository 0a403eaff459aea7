import { randomUUID } from 'node:crypto';
import { Injectable, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DeadLetters } from '../../lib/dead-letters/index.js';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import type { EventBusOptions } from '../../lib/event-bus.options.js';
import { ATTRIBUTE } from '../../lib/observability/attributes.js';
import { METRIC } from '../../lib/observability/metrics.js';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import { kafkaTransport, type KafkaTransportOptions } from '../../lib/transport/kafka/index.js';
import { busOptions, COUNTED, rootModule } from '../nest/support/bus-application.js';
import { sharedKafka, sharedRegistryUrl } from '../services/shared-kafka.js';
import { until } from '../services/until.js';
import { Gauges } from '../support/gauges.js';

let isDown = true;

@Injectable()
class Crm {
  @OnOpenEdxEvent(COUNTED, { id: 'crm.sync', topic: 'counted' })
  sync(): void {
    if (isDown) throw new Error('the CRM is down');
  }
}

const openOf = (gauges: Gauges) => gauges.values(METRIC.lettersOpen, ATTRIBUTE.letterTopic);

describe('the number of open dead letters on Kafka', () => {
  const apps: INestApplicationContext[] = [];
  let prefix = '';
  beforeEach(() => {
    prefix = `open-${randomUUID().slice(0, 8)}`;
    isDown = true;
  });
  afterEach(() => Promise.all(apps.splice(0).map((app) => app.close())));

  async function started(transport: KafkaTransportOptions, options: EventBusOptions) {
    const bus = EventBusModule.forRoot(
      busOptions({
        transport: kafkaTransport({
          ...{ brokers: sharedKafka().bootstrap.plaintext.split(','), sessionTimeout: 6 },
          ...{ schemaRegistry: { url: sharedRegistryUrl() }, ...transport },
        }),
        ...{ topicPrefix: prefix, retry: { attempts: 1 }, onFailure: 'deadLetter' },
        ...options,
      }),
    );
    const app = await NestFactory.createApplicationContext(rootModule({ providers: [Crm] }, bus), {
      ...{ logger: false, abortOnError: false },
    });
    apps.push(app);
    const producer = app.get(EventBusProducer);
    return {
      letters: app.get(DeadLetters),
      send: async (count: number) => {
        for (let n = 1; n <= count; n++) await producer.send(COUNTED, { n });
      },
    };
  }

  it('is that of what was written, redriven and discarded, by whatever process', async () => {
    const topic = `${prefix}-counted-tests-dlq`;
    const [first, later] = [new Gauges(), new Gauges()];
    const counts = { countDeadLetters: true };
    const app = await started(counts, { telemetry: first.telemetry });
    const are = (gauges: Gauges, count: number) =>
      until(`${count} are open`, () => openOf(gauges)[topic] === count);
    await are(first, 0);
    await app.send(5);
    await are(first, 5);

    const other = await started(counts, { consumersEnabled: false, telemetry: later.telemetry });
    await are(later, 5);
    const { letters } = await other.letters.list({ topic: 'counted', limit: 2 });
    const ids = letters.map(({ id }) => id);
    expect(await other.letters.discard({ id: ids }, 'a test')).toBe(2);
    await are(first, 3);
    await are(later, 3);

    for await (const { result } of app.letters.redrive({ topic: 'counted' }))
      expect(result).toBe('failedAgain');
    // A newer letter took the place of each.
    await are(later, 3);
    isDown = false;
    for await (const { result } of app.letters.redrive({ topic: 'counted' }))
      expect(result).toBe('handled');
    await are(first, 0);
    await are(later, 0);
    isDown = true;
    await app.send(1);
    await are(later, 1);
    await are(first, 1);
  }, 120_000);

  it('is not counted unless that is asked for', async () => {
    const gauges = new Gauges();
    const app = await started({}, { telemetry: gauges.telemetry });
    await app.send(1);
    await until('the letter', async () => (await app.letters.list()).letters.length === 1);
    await until('the lag', () => Object.keys(gauges.values(METRIC.lag)).length > 0);
    expect(openOf(gauges)).toEqual({});
  }, 60_000);
});
