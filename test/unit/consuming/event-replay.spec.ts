import { TooManyErrorsError } from '../../../lib/errors/index.js';
import type { EventBusTelemetry } from '../../../lib/observability/event-bus-telemetry.js';
import { ConsumingBus, HAPPENED, recordOf } from '../../support/consuming-bus.js';
import { ScriptedTransport } from '../../support/scripted-transport.js';
import { waitUntil } from '../../support/wait-until.js';

const range = { start: 'earliest', until: 'end' } as const;

it('a replay counts how records end as consuming does, and ends at the limit of errors in a row', async () => {
  const transport = new ScriptedTransport();
  const counted: unknown[] = [];
  const telemetry: EventBusTelemetry = {
    counter: ({ name }, attributes) => {
      const counts = name === 'openedx.event_bus.records';
      return (by) => void (counts && counted.push([by, attributes]));
    },
  };
  const onRecordEnd = (): never => {
    throw new Error('of the application');
  };
  const bus = new ConsumingBus(
    transport,
    { consecutiveErrorsLimit: 2, retry: { attempts: 1, delayMs: 0, factor: 1, maxDelayMs: 0 } },
    { telemetry, onRecordEnd },
  );
  bus.handle(({ n }) => {
    if (n > 1) throw new Error('no');
  });
  const replay = bus.replay(range);
  await waitUntil(() => transport.subscriptions.length === 1);
  await transport.last.deliver(
    's',
    [1, 2, 3].map((n) => recordOf(n)),
  );
  const error: unknown = await replay.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TooManyErrorsError);
  expect(error).toMatchObject({ topic: 'subject', group: 'g', eventType: HAPPENED.type });
  const place = {
    'openedx.event_bus.name': 'default',
    'messaging.system.name': 'memory',
    'messaging.destination.name': 'subject',
    'messaging.consumer.group.name': 'g',
    'cloudevents.event_type': HAPPENED.type,
  };
  expect(counted).toEqual(
    ['handled', 'failed', 'failed'].map((result) => [
      1,
      { ...place, 'openedx.event_bus.result': result },
    ]),
  );
  expect(bus.lines).toContain(
    'error onRecordEnd threw for topic=subject, partition=s, offset=0; the record is not affected: of the application',
  );
});
