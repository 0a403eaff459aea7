import { getEventListeners } from 'node:events';
import { ConsumingBus, latch, recordOf } from '../../support/consuming-bus.js';
import { ScriptedTransport } from '../../support/scripted-transport.js';
import { warningsOf } from '../../support/process-warnings.js';
import { waitUntil } from '../../support/wait-until.js';

const LISTENERS = 100;
const EVENTS = 5;
const RETRY = { attempts: 2, delayMs: 1, factor: 1, maxDelayMs: 1 };

/** Work that ends early when it is told to, as that of a handler with many parts. */
function listen(signal: AbortSignal, heard: () => void): void {
  for (let i = 0; i < LISTENERS; i++) signal.addEventListener('abort', () => heard());
}

describe('listeners on the signal of an event', () => {
  const records = Array.from({ length: EVENTS }, (_, n) => recordOf(n));

  it('100 of each handler and attempt are no cause for a warning, and leave nothing behind', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport, { retry: RETRY });
    let failed = 0;
    for (const name of ['Test.one', 'Test.two', 'Test.three'])
      bus.handle(
        async (_, { signal, attempt }) => {
          listen(signal, () => undefined);
          await new Promise((resolve) => setImmediate(resolve));
          if (attempt === 1) failed++;
          if (attempt === 1) throw new Error('once more');
        },
        { name },
      );
    await bus.runtime.start();
    const warnings = await warningsOf(async () => {
      await transport.last.deliver('s', records);
      await waitUntil(() => transport.last.fates().every((fate) => fate === 'settled'));
    });
    expect(failed).toBe(3 * EVENTS);
    expect(warnings).toEqual([]);
    const left = transport.last.deliveries.map(({ signal }) => getEventListeners(signal, 'abort'));
    expect(left).toEqual(records.map(() => []));
    await bus.drain();
  });

  it('all of them hear that the record is lost, and no warning is due then either', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport, { concurrency: EVENTS, keyFields: { subject: 'n' } });
    const end = latch();
    let begun = 0;
    let heard = 0;
    bus.handle(async (_, { signal }) => {
      listen(signal, () => heard++);
      begun++;
      await end.opened;
    });
    await bus.runtime.start();
    const warnings = await warningsOf(async () => {
      await transport.last.deliver('s', records);
      await waitUntil(() => begun > 0);
      for (const delivery of transport.last.deliveries) delivery.lose();
    });
    expect(heard).toBe(begun * LISTENERS);
    expect(warnings).toEqual([]);
    end.open();
    await bus.drain();
  });
});
