import { ServiceUnavailableError } from '../../../lib/errors/index.js';
import { memoryTransport } from '../../../lib/transport/memory/index.js';
import { ConsumingBus, latch, recordOf } from '../../support/consuming-bus.js';
import { ScriptedTransport } from '../../support/scripted-transport.js';
import { expectSeen, stalledRecord } from '../../support/stalled-record.js';
import { waitUntil } from '../../support/wait-until.js';

describe('a record in hand that nobody works on', () => {
  it('is seen, with its position, on the embedded bus', async () => {
    const logger = { log() {}, warn() {}, error() {}, debug() {} };
    const { transport } = await memoryTransport()({
      bus: 'test',
      setting: () => undefined,
      logger,
    });
    expectSeen(await stalledRecord(transport, 'subject'));
    await transport.close(Date.now() + 1_000);
  });

  it('is seen where the transport does not hand it over', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport, {}, { timing: { stalledMs: 30 } });
    bus.handle(() => undefined);
    const position = { topic: 'subject', partition: '0', offset: '7' };
    await bus.runtime.start();
    const [subscription] = transport.subscriptions;
    subscription!.idle = () => [position];
    const stalled = () => bus.status.snapshot().stalledRecords;
    await waitUntil(() => stalled().length === 1);
    expect(stalled()).toMatchObject([{ group: 'g', position, place: 'transport' }]);
    subscription!.idle = () => [];
    await waitUntil(() => stalled().length === 0);
    expect(bus.lines.filter((line) => line.startsWith('error'))).toHaveLength(1);
    await bus.drain();
  });

  it('is none that waits for a handler, a retry, a service, or the turn of its source', async () => {
    const transport = new ScriptedTransport();
    const settings = {
      sourceConcurrency: 2,
      handlerWarnAfterMs: 20,
      retry: { attempts: 3, delayMs: 60_000, factor: 1, maxDelayMs: 60_000 },
    };
    const bus = new ConsumingBus(transport, settings, {
      timing: { stalledMs: 40, serviceFault: { delayMs: 60_000, factor: 1, maxDelayMs: 60_000 } },
    });
    const slow = latch();
    const begun: string[] = [];
    bus.handle(async ({ n }, { position: { partition } }) => {
      begun.push(`${partition} ${n}`);
      if (partition === 'slow' || partition === 'slower') await slow.opened;
      if (partition === 'retries') throw new Error('again');
      if (partition === 'waits') throw new ServiceUnavailableError('CRM', 'is away');
    });
    await bus.runtime.start();
    for (const source of ['retries', 'waits', 'slow', 'slower'])
      void transport.subscriptions[0]!.deliver(source, [recordOf(0), recordOf(1)]);
    await waitUntil(() => begun.length === 4);
    // Both turns are taken.
    void transport.subscriptions[0]!.deliver('third', [recordOf(0), recordOf(1)]);
    await waitUntil(() => bus.status.snapshot().slowHandlers.length === 2);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(bus.status.snapshot().stalledRecords).toEqual([]);
    expect(bus.lines.filter((line) => line.startsWith('error'))).toEqual([]);
    slow.open();
    await bus.drain();
  });
});
