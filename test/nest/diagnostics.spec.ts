import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Injectable } from '@nestjs/common';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import { waitUntil } from '../support/wait-until.js';
import { busOptions, COUNTED, rootModule } from './support/bus-application.js';
import { start } from './support/starting.js';

@Injectable()
class Handling {
  @OnOpenEdxEvent<any>(COUNTED, { id: 'once', topic: 'counted' })
  handle(_: unknown, { attempt }: { attempt: number }): void {
    if (attempt === 1) throw new RangeError('once');
  }
}

it('the diagnostics channels tell what is sent, handled and ended', async () => {
  const told: [string, unknown][] = [];
  const channels = ['sent', 'handled', 'ended'].map((name) => ({
    name: `nestjs-openedx-event-bus:${name}`,
    hear: (message: unknown) => void told.push([name, message]),
  }));
  for (const { name, hear } of channels) subscribe(name, hear);
  const app = await start(
    rootModule(
      { providers: [Handling] },
      EventBusModule.forRoot(busOptions({ topicPrefix: 'dev' })),
    ),
  );
  try {
    const { id } = await app.get(EventBusProducer).send(COUNTED, { n: 1 });
    await waitUntil(() => told.some(([name]) => name === 'ended'));
    const event = { bus: 'default', topic: 'dev-counted', eventType: COUNTED.type, eventId: id };
    const at = { group: 'tests', partition: expect.any(String), offset: '0' };
    const run = { ...event, ...at, handler: 'once', durationMs: expect.any(Number) };
    expect(told).toEqual([
      ['sent', { ...event, status: 'sent' }],
      ['handled', { ...run, attempt: 1, failure: { thrown: new RangeError('once') } }],
      ['handled', { ...run, attempt: 2 }],
      ['ended', { ...event, ...at, result: 'handled' }],
    ]);
  } finally {
    for (const { name, hear } of channels) unsubscribe(name, hear);
    await app.close();
  }
});
