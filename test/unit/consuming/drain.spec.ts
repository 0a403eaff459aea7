import { monotonicNow } from '../../../lib/common/clocks.js';
import { ConsumingBus, latch, recordOf } from '../../support/consuming-bus.js';
import { ScriptedTransport } from '../../support/scripted-transport.js';
import { waitUntil } from '../../support/wait-until.js';

/** A deadline that no test could wait for. */
const HOUR_MS = 3_600_000;

async function busWith(body: Parameters<ConsumingBus['handle']>[0], settings = {}) {
  const transport = new ScriptedTransport();
  const bus = new ConsumingBus(transport, settings);
  bus.handle(body);
  await bus.runtime.start();
  return { transport, bus, subscription: transport.last };
}

describe('drain', () => {
  it('lets the running handler finish, settles it, releases what waits, then leaves', async () => {
    const slow = latch();
    let running = false;
    const { bus, subscription } = await busWith(() => {
      running = true;
      return slow.opened;
    });
    await subscription.deliver('s', [recordOf(1), recordOf(2), recordOf(3)]);
    await waitUntil(() => running);
    const drained = bus.drain(5_000);
    expect(bus.status.snapshot().state).toBe('draining');
    slow.open();
    await drained;
    expect(subscription.journal).toEqual([
      'pause all',
      'pause s',
      'settle s:0',
      'release s:1',
      'release s:2',
      'stop',
    ]);
    expect(bus.status.snapshot()).toMatchObject({ state: 'stopped', sources: [] });
    expect(bus.status.healthy).toBe(false);
  });

  it('ends a retry wait at once: the record is released and comes again', async () => {
    const { bus, subscription } = await busWith(
      () => {
        throw new Error('x');
      },
      { retry: { attempts: 3, delayMs: HOUR_MS, factor: 1, maxDelayMs: HOUR_MS } },
    );
    await subscription.deliver('s', [recordOf(1), recordOf(2)]);
    await waitUntil(() => subscription.journal.includes('pause s'));
    await bus.drain(HOUR_MS);
    expect(subscription.fates()).toEqual(['released', 'released']);
  });

  it('past the deadline fires the signal, releases the record and ends, the handler left behind', async () => {
    let signal: AbortSignal | undefined;
    const { bus, subscription } = await busWith((_, context) => {
      signal = context.signal;
      return new Promise(() => undefined);
    });
    await subscription.deliver('s', [recordOf(1)]);
    await waitUntil(() => signal !== undefined);
    const begun = monotonicNow();
    await bus.drain(50);
    expect(monotonicNow() - begun).toBeGreaterThanOrEqual(48);
    expect(signal?.aborted).toBe(true);
    expect(subscription.fates()).toEqual(['released']);
    expect(subscription.journal.at(-1)).toBe('stop');
  });

  it('called again brings the deadline forward', async () => {
    let running = false;
    const { bus, subscription } = await busWith(() => {
      running = true;
      return new Promise(() => undefined);
    });
    await subscription.deliver('s', [recordOf(1)]);
    await waitUntil(() => running);
    const first = bus.drain(HOUR_MS);
    const second = bus.drain(20);
    expect(second).toBe(first);
    await first;
    expect(subscription.fates()).toEqual(['released']);
    expect(subscription.journal.filter((line) => line === 'stop')).toHaveLength(1);
    await bus.drain(1);
    expect(bus.status.snapshot().state).toBe('stopped');
  });

  it('ends although the transport never leaves', async () => {
    const { bus, subscription } = await busWith(() => undefined);
    subscription.stop = () => new Promise(() => undefined);
    await bus.drain(30);
    expect(bus.status.snapshot().state).toBe('stopped');
  });

  it('before start: nothing is ever subscribed', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport);
    bus.handle(() => undefined);
    await bus.drain();
    await bus.runtime.start();
    expect(transport.subscriptions).toEqual([]);
    expect(bus.status.snapshot().state).toBe('stopped');
  });

  it('while subscribing: the new subscription is left at once', async () => {
    const transport = new ScriptedTransport();
    const joining = latch();
    transport.onSubscribe = () => joining.opened;
    const bus = new ConsumingBus(transport);
    bus.handle(() => undefined);
    const started = bus.runtime.start();
    await waitUntil(() => transport.subscribes === 1);
    const drained = bus.drain();
    joining.open();
    await Promise.all([started, drained]);
    expect(transport.last.journal).toEqual(['stop']);
  });

  it('records delivered while leaving are released', async () => {
    const { bus, subscription } = await busWith(() => undefined);
    const drained = bus.drain();
    await subscription.deliver('s', [recordOf(1)]);
    await drained;
    expect(subscription.fates()).toEqual(['released']);
  });
});

describe('a source that is taken away', () => {
  it('is given back when its running handler is done; what waited is released', async () => {
    const slow = latch();
    const done: number[] = [];
    const { bus, subscription } = await busWith(async ({ n }) => {
      await slow.opened;
      done.push(n);
    });
    await subscription.deliver('s', [recordOf(1), recordOf(2)]);
    let givenBack = false;
    const revoked = subscription.sink
      .revoke('s', Date.now() + 5_000)
      .then(() => (givenBack = true));
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(givenBack).toBe(false);
    slow.open();
    await revoked;
    expect(done).toEqual([1]);
    expect(subscription.fates()).toEqual(['settled', 'released']);
    expect(bus.status.snapshot().sources).toEqual([]);
    // It may come back to us and is then read anew.
    await subscription.deliver('s', [recordOf(2)]);
    await waitUntil(() => done.length === 2);
    await bus.drain();
  });

  it('is given back at the deadline though its handler never ends', async () => {
    const { bus, subscription } = await busWith(() => new Promise(() => undefined));
    await subscription.deliver('s', [recordOf(1)]);
    await subscription.sink.revoke('s', Date.now() + 30);
    expect(subscription.fates()).toEqual(['released']);
    await bus.drain();
  });

  it('a record that was lost while its handler failed is neither retried nor counted', async () => {
    const { bus, subscription } = await busWith(
      async (_, { signal }) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        throw new Error('aborted');
      },
      { retry: { attempts: 1, delayMs: 1, factor: 1, maxDelayMs: 1 } },
    );
    await subscription.deliver('s', [recordOf(1)]);
    subscription.deliveries[0]?.lose();
    await waitUntil(() => subscription.fates()[0] !== 'in hand');
    expect(subscription.fates()).toEqual(['released']);
    expect(bus.counts).toMatchObject({ failed: 0, retried: 0 });
    await bus.drain();
  });
});
