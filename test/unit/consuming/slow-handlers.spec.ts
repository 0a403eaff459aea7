import { ConsumingBus, latch, recordOf } from '../../support/consuming-bus.js';
import { ScriptedTransport } from '../../support/scripted-transport.js';
import { waitUntil } from '../../support/wait-until.js';

describe('a handler that does not end', () => {
  it('is warned of once and stays in the status until it ends', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport, { handlerWarnAfterMs: 30, concurrency: 2 });
    const [slow, slower] = [latch(), latch()];
    bus.handle(({ n }) => (n === 0 ? slow.opened : undefined), { name: 'Crm.sync' });
    bus.handle(({ n }) => (n === 0 ? slower.opened : undefined), { name: 'Sis.sync' });
    await bus.runtime.start();
    void transport.subscriptions[0]!.deliver('s', [recordOf(0), recordOf(1)]);

    const slowHandlers = () => bus.status.snapshot().slowHandlers;
    await waitUntil(() => slowHandlers().length === 1);
    expect(slowHandlers()).toEqual([
      {
        handlers: ['Crm.sync', 'Sis.sync'],
        group: 'g',
        eventType: 'org.openedx.test.subject.happened.v1',
        eventId: '00000000-0000-1000-8000-000000000000',
        position: { topic: 'subject', partition: 's', offset: '0' },
        runningMs: expect.any(Number),
      },
    ]);
    const before = slowHandlers()[0]!.runningMs;
    slow.open();
    await waitUntil(() => slowHandlers()[0]?.handlers.length === 1);
    expect(slowHandlers()[0]!.handlers).toEqual(['Sis.sync']);
    await waitUntil(() => slowHandlers()[0]!.runningMs > before + 50);
    slower.open();
    await waitUntil(() => slowHandlers().length === 0);
    const warnings = bus.lines.filter((line) => line.startsWith('warn'));
    expect(warnings).toEqual([
      expect.stringMatching(
        /^warn Handlers of group g have not finished after \d+ s: Crm\.sync, Sis\.sync \(topic=subject, partition=s, offset=0, event_type=org\.openedx\.test\.subject\.happened\.v1, message_id=00000000-0000-1000-8000-000000000000\)\./,
      ),
    ]);
    await bus.drain();
  });

  it('is warned of again at its next attempt, and never where that is turned off', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport, { handlerWarnAfterMs: 20 });
    const off = new ConsumingBus(new ScriptedTransport(), { handlerWarnAfterMs: 0 });
    let tries = 0;
    const warnings = () => bus.lines.filter((line) => line.startsWith('warn')).length;
    bus.handle(async () => {
      const before = warnings();
      await waitUntil(() => warnings() > before);
      if (++tries === 1) throw new Error('again');
    });
    await bus.runtime.start();
    void transport.subscriptions[0]!.deliver('s', [recordOf(0)]);
    await waitUntil(() => tries === 2);
    expect(warnings()).toBe(2);
    await bus.drain();
    expect(off.status.snapshot().slowHandlers).toEqual([]);
  });
});
