import { jest } from '@jest/globals';
import { ConsumingBus, recordOf } from '../../support/consuming-bus.js';
import { ScriptedTransport } from '../../support/scripted-transport.js';
import { waitUntil } from '../../support/wait-until.js';

/** A bus whose group lets it in when the test says so. */
async function joiningBus(withinMs = 60_000) {
  const transport = new ScriptedTransport();
  let letIn = (): void => undefined;
  transport.onJoined = (subscription) => {
    const joined = new Promise<void>((resolve) => (letIn = resolve));
    Object.assign(subscription, {
      joined,
      admission: () => Promise.resolve({ reason: 'it waits for\na', withinMs }),
    });
    return Promise.resolve();
  };
  const bus = new ConsumingBus(transport, {}, { timing: { admissionNoticeMs: 20 } });
  bus.handle(() => undefined);
  await bus.runtime.start();
  const lines = () =>
    bus.lines.filter((line) => /admitted this process|still delivers no/.test(line));
  return { bus, transport, lines, letIn: () => letIn(), state: () => bus.status.snapshot().state };
}

describe('a group that lets a process in later', () => {
  it('shows as joining, not as a fault, and after a while the log says what it waits for', async () => {
    const { bus, lines, letIn, state } = await joiningBus();
    expect(state()).toBe('joining');
    expect(bus.status.healthy).toBe(true);
    await waitUntil(() => lines().length === 1);
    expect(lines()[0]).toMatch(
      /^warn Group g has not admitted this process for \d+ s, so it receives no events of the group yet: it waits for\\na\. This process keeps trying; after \d+ s the status is degraded$/,
    );
    expect(bus.status.snapshot()).toMatchObject({ state: 'joining', error: null });
    letIn();
    await waitUntil(() => state() === 'running');
    expect(lines()[1]).toMatch(/^log Group g admitted this process/);
    await bus.drain();
  });

  it('is degraded when the group takes longer than it may, until it lets us in', async () => {
    const { bus, lines, letIn, state } = await joiningBus(40);
    await waitUntil(() => state() === 'degraded');
    expect(bus.status.snapshot().error).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(lines()[1]).toMatch(
      /^error Group g still has not admitted this process, so the process receives no events of the group. It keeps trying, and the status is degraded until then: Consumer group: the group has not admitted this process within \d+ s: /,
    );
    letIn();
    await waitUntil(() => state() === 'running');
    await bus.drain();
  });

  it('says nothing of a group that lets it in at once, or that is left before', async () => {
    jest.useFakeTimers();
    try {
      const quick = await joiningBus();
      quick.letIn();
      await jest.advanceTimersByTimeAsync(0);
      expect(quick.state()).toBe('running');
      const left = await joiningBus();
      await left.bus.drain();
      expect(left.state()).toBe('stopped');
      await jest.advanceTimersByTimeAsync(60_000);
      expect([...quick.lines(), ...left.lines()]).toEqual([]);
      await quick.bus.drain();
    } finally {
      jest.useRealTimers();
    }
  });

  it('counts as let in when it is given a record', async () => {
    const { bus, transport, state } = await joiningBus();
    await transport.last.deliver('s', [recordOf(1)]);
    await waitUntil(() => state() === 'running');
    await bus.drain();
  });

  it('ends consuming when it is lost again and again without having been let in', async () => {
    const { bus, transport } = await joiningBus();
    const fatal = () => bus.status.snapshot().state === 'failed';
    for (let losses = 0; losses < 12 && !fatal(); losses++) {
      const { subscribes } = transport;
      transport.last.sink.end(new Error('not let in'));
      await waitUntil(() => transport.subscribes > subscribes || fatal(), 20_000);
    }
    expect(fatal()).toBe(true);
    await bus.drain();
  }, 60_000);
});
