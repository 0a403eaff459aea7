import { jest } from '@jest/globals';
import { ConfigurationError, ConnectError } from '../../../lib/errors/index.js';
import type { TransportAdmin } from '../../../lib/transport/transport.interface.js';
import { ConsumingBus, latch, recordOf } from '../../support/consuming-bus.js';
import { ScriptedTransport } from '../../support/scripted-transport.js';
import { waitUntil } from '../../support/wait-until.js';

function busOn(transport: ScriptedTransport, settings = {}) {
  return new ConsumingBus(transport, settings).handle(() => undefined);
}

describe('connecting', () => {
  it('fails with ConnectError, whatever the transport rejects with, and may be tried again', async () => {
    const transport = new ScriptedTransport();
    transport.onConnect = () => Promise.reject(new Error('ECONNREFUSED 127.0.0.1:6379'));
    const bus = busOn(transport);
    const error = await bus.runtime.start().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConnectError);
    expect((error as Error).message).toContain('ECONNREFUSED 127.0.0.1:6379');
    expect(transport.subscribes).toBe(0);
    transport.onConnect = () => Promise.resolve();
    await bus.runtime.start();
    expect(bus.status.snapshot().state).toBe('running');
    await bus.drain();
  });

  it('fails in time although the transport never answers', async () => {
    const transport = new ScriptedTransport();
    transport.onConnect = () => new Promise(() => undefined);
    const bus = busOn(transport, { connectTimeoutMs: 30 });
    await expect(bus.runtime.connect()).rejects.toBeInstanceOf(ConnectError);
    await bus.drain();
  });

  it('is done once, however often it is asked for', async () => {
    const transport = new ScriptedTransport();
    const bus = busOn(transport);
    await Promise.all([bus.runtime.connect(), bus.runtime.connect(), bus.runtime.start()]);
    await bus.runtime.connect();
    expect(transport.connects).toBe(1);
    expect(transport.subscribes).toBe(1);
    await bus.drain();
  });

  it('in the background keeps trying, shows it, and subscribes once the broker is there', async () => {
    const transport = new ScriptedTransport();
    transport.onConnect = () => Promise.reject(new Error('not yet'));
    const bus = busOn(transport, { connect: 'background' });
    await bus.runtime.connect();
    await bus.runtime.start();
    await waitUntil(() => transport.connects >= 3);
    const { state, error } = bus.status.snapshot();
    expect(state).toBe('connecting');
    expect(error?.message).toContain('not yet');
    expect(bus.status.healthy).toBe(true);
    transport.onConnect = () => Promise.resolve();
    await waitUntil(() => bus.status.snapshot().state === 'running');
    expect(bus.status.snapshot().error).toBeNull();
    expect(transport.subscribes).toBe(1);
    await bus.drain();
  });

  it('in the background ends with a drain', async () => {
    const transport = new ScriptedTransport();
    transport.onConnect = () => Promise.reject(new Error('never'));
    const bus = busOn(transport, { connect: 'background' });
    await bus.runtime.start();
    await waitUntil(() => transport.connects >= 2);
    await bus.drain();
    const { connects } = transport;
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(transport.connects).toBe(connects);
    expect(transport.subscribes).toBe(0);
  });

  it('refuses to start with a handler that could never receive anything', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport);
    bus.handle(() => undefined, { name: 'Deaf.handler', topics: [] });
    await expect(bus.runtime.start()).rejects.toThrow(/Deaf\.handler/);
    expect(transport.connects).toBe(0);
    await bus.drain();
  });

  it('one group that cannot subscribe fails the start and takes the others back', async () => {
    const transport = new ScriptedTransport();
    transport.onSubscribe = () =>
      transport.subscribes === 2
        ? Promise.reject(new Error('not authorised for group h'))
        : Promise.resolve();
    const bus = busOn(transport);
    bus.handle(() => undefined, { group: 'h' });
    await expect(bus.runtime.start()).rejects.toThrow(
      /could not subscribe to its topics, so it does not start: not authorised/,
    );
    expect(transport.subscriptions).toHaveLength(1);
    expect(transport.last.journal.at(-1)).toBe('stop');
    await bus.drain();
  });
});

describe('a subscription that the transport gives up', () => {
  it('is made anew after what was in hand is over; meanwhile the bus is degraded', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport);
    const slow = latch();
    const done: number[] = [];
    bus.handle(async ({ n }) => {
      if (n === 1) await slow.opened;
      done.push(n);
    });
    await bus.runtime.start();
    const first = transport.last;
    await first.deliver('s', [recordOf(1), recordOf(2)]);
    first.sink.end(new Error('session lost'));
    await waitUntil(() => bus.status.snapshot().state === 'degraded');
    expect(bus.status.snapshot().error?.message).toBe('session lost');
    expect(transport.subscriptions).toHaveLength(1);
    slow.open();
    await waitUntil(() => transport.subscriptions.length === 2);
    await transport.last.deliver('s', [recordOf(2)]);
    await waitUntil(() => done.length === 2);
    expect(done).toEqual([1, 2]);
    expect(bus.status.snapshot()).toMatchObject({ state: 'running', error: null });
    expect(bus.fatal).toEqual([]);
    await bus.drain();
  });

  it('and does not come back: the bus fails and says so, never alive and deaf', async () => {
    const transport = new ScriptedTransport();
    const bus = busOn(transport);
    await bus.runtime.start();
    transport.onSubscribe = () => Promise.reject(new Error('still away'));
    transport.last.sink.end(new Error('session lost'));
    await waitUntil(() => bus.fatal.length === 1);
    expect(bus.fatal[0]?.message).toBe('still away');
    expect(bus.status.snapshot().state).toBe('failed');
    expect(bus.status.healthy).toBe(false);
    expect(transport.subscribes).toBeGreaterThan(2);
    await bus.drain();
  });

  it.each<[string, () => Promise<readonly []>]>([
    ['rejects', () => Promise.reject(new Error('no broker'))],
    ['has no answer', () => new Promise(() => undefined)],
  ])(
    'is made anew for as long as the broker %s to others too, and fails once it answers them alone',
    async (_, positions) => {
      jest.useFakeTimers();
      try {
        const transport = new ScriptedTransport();
        let answer = positions;
        let asked = 0;
        const ask = (group: string, topic: string) => {
          expect([group, topic]).toEqual(['g', 'subject']);
          asked++;
          return answer();
        };
        transport.admin = { positions: ask } as unknown as TransportAdmin;
        const bus = busOn(transport);
        await bus.runtime.start();
        transport.onSubscribe = () => Promise.reject(new Error('still away'));
        transport.last.sink.end(new Error('session lost'));
        await jest.advanceTimersByTimeAsync(60_000);
        expect(bus.fatal).toEqual([]);
        expect(bus.status.snapshot()).toMatchObject({ state: 'degraded' });
        expect(asked).toBeGreaterThan(10);
        answer = () => Promise.resolve([]);
        await jest.advanceTimersByTimeAsync(10_000);
        expect(bus.fatal.map(({ message }) => message)).toEqual(['still away']);
        const drained = bus.drain();
        await jest.advanceTimersByTimeAsync(10_000);
        await drained;
      } finally {
        jest.useRealTimers();
      }
    },
  );

  it('each time that it came back, before it delivered anything: ever more seldom, not for ever (K-12)', async () => {
    const transport = new ScriptedTransport();
    const bus = busOn(transport);
    await bus.runtime.start();
    const states: string[] = [];
    transport.onSubscribe = () => {
      setImmediate(() => {
        states.push(bus.status.snapshot().state);
        transport.last.sink.end(new Error('fetching denied'));
      });
      return Promise.resolve();
    };
    transport.last.sink.end(new Error('fetching denied'));
    await waitUntil(() => bus.fatal.length === 1);
    expect(bus.fatal[0]?.message).toBe('fetching denied');
    expect(transport.subscribes).toBe(11);
    expect(states).toEqual(['running', ...Array<string>(9).fill('degraded')]);
    await bus.drain();
  });

  it('again and again, but delivers in between, is made anew each time', async () => {
    const transport = new ScriptedTransport();
    const bus = busOn(transport);
    await bus.runtime.start();
    for (let n = 1; n <= 15; n++) {
      await transport.last.deliver('s', [recordOf(n)]);
      await waitUntil(() => bus.status.snapshot().state === 'running');
      transport.last.sink.end(new Error('session lost'));
      await waitUntil(() => transport.subscriptions.length === n + 1);
    }
    expect(bus.fatal).toEqual([]);
    await bus.drain();
  });

  it('for a reason that stays: the bus fails at once', async () => {
    const transport = new ScriptedTransport();
    const bus = busOn(transport);
    await bus.runtime.start();
    const wrong = new ConfigurationError([{ setting: 'x', found: 'y', allowed: 'z' }]);
    transport.onSubscribe = () => Promise.reject(wrong);
    transport.last.sink.end(new Error('session lost'));
    await waitUntil(() => bus.fatal.length === 1);
    expect(bus.fatal[0]).toBe(wrong);
    expect(transport.subscribes).toBe(2);
    await bus.drain();
  });

  it('without a reason is not taken for a wanted end', async () => {
    const transport = new ScriptedTransport();
    const bus = busOn(transport);
    await bus.runtime.start();
    transport.last.sink.end('stopped');
    await waitUntil(() => transport.subscriptions.length === 2);
    await bus.drain();
  });
});
