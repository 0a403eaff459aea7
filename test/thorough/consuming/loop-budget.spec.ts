import { loopBudget } from '../../../lib/consuming/processing/loop-budget.js';
import { MemoryBroker, memoryTransport } from '../../../lib/transport/memory/index.js';
import type { WireFormat } from '../../../lib/transport/wire-format.interface.js';
import { ConsumingBus, preparedEvent } from '../../support/consuming-bus.js';
import { waitUntil } from '../../support/wait-until.js';

const silent = () => undefined;
const host = {
  bus: 'default',
  setting: silent,
  logger: { log: silent, warn: silent, error: silent, debug: silent },
};

function busy(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** Counts the turns of the event loop until it is ended. */
function countTurns() {
  let turns = 0;
  let ended = false;
  const count = () => {
    turns++;
    if (!ended) setImmediate(count);
  };
  setImmediate(count);
  return { now: () => turns, end: () => (ended = true) };
}

/** Handles `events` of a filled embedded bus; each call of a handler notes the turn of the loop in which it happens. */
async function turnsOf(
  events: number,
  {
    partitions = 1,
    concurrency = 1,
    handlers = 1,
    onRead = () => undefined,
    handle,
  }: {
    partitions?: number;
    concurrency?: number;
    handlers?: number;
    onRead?: () => void;
    handle: () => unknown;
  },
): Promise<number[]> {
  const broker = new MemoryBroker({ partitions });
  const parts = await memoryTransport({ broker })(host);
  const deadline = Date.now() + 5_000;
  const records = await Promise.all(
    Array.from({ length: events }, async (_, n) => ({
      ...(await parts.wire.toRecord(preparedEvent(n), 'subject', deadline)),
      orderKey: String(n),
    })),
  );
  await parts.transport.publish(records, deadline);
  const wire: WireFormat = Object.create(parts.wire, {
    fromRecord: {
      value: (...args: Parameters<WireFormat['fromRecord']>) => {
        onRead();
        return parts.wire.fromRecord(...args);
      },
    },
  });
  const bus = new ConsumingBus(parts.transport, { concurrency }, { parts: { ...parts, wire } });
  const turns = countTurns();
  const seen: number[] = [];
  for (let i = 0; i < handlers; i++)
    bus.handle(
      () => {
        seen.push(turns.now());
        return handle();
      },
      { name: `Test.handle${i}` },
    );
  await bus.runtime.start();
  await waitUntil(() => seen.length === events * handlers, 60_000);
  turns.end();
  await bus.drain();
  await parts.transport.close(Date.now() + 100);
  return seen;
}

const sharedTurns = (turns: readonly number[]) => turns.length - new Set(turns).size;

describe('handlers that hold the event loop', () => {
  it('give it back after each of them, when they are synchronous', async () => {
    expect(sharedTurns(await turnsOf(20, { handle: () => busy(12) }))).toBe(0);
  });

  it('give it back after each of them, when several sources are read', async () => {
    const turns = await turnsOf(24, { partitions: 4, handle: () => busy(12) });
    expect(sharedTurns(turns)).toBe(0);
  });

  it('give it back after each of them, when an event has several', async () => {
    expect(sharedTurns(await turnsOf(8, { handlers: 3, handle: () => busy(12) }))).toBe(0);
  });

  it.each([
    ['one lane', 1, 1],
    ['many lanes', 1, 8],
    ['many lanes and sources', 4, 8],
  ])(
    'give it back after each of them, when they wait for resolved promises: %s',
    async (_, partitions, concurrency) => {
      const handle = async () => {
        for (let i = 0; i < 5; i++) await Promise.resolve();
        busy(35);
      };
      const turns = await turnsOf(20, { partitions, concurrency, handle });
      expect(sharedTurns(turns)).toBe(0);
    },
  );

  it.each([
    ['one lane', 1],
    ['many lanes', 8],
  ])('keep what is behind them in hand undecoded: %s', async (_, concurrency) => {
    let [read, handled, most] = [0, 0, 0];
    const turns = await turnsOf(60, {
      concurrency,
      onRead: () => void (most = Math.max(most, ++read - handled)),
      handle: () => {
        handled++;
        busy(12);
      },
    });
    expect([turns.length, most]).toEqual([60, 1]);
  });

  it('are named when they held it, though they are done by then', async () => {
    const heard: string[] = [];
    const end = loopBudget.onBlocked(30, (name) => heard.push(name));
    await turnsOf(3, { handle: () => busy(35) });
    end();
    expect(new Set(heard)).toEqual(new Set(['Test.handle0']));
  });

  it('are not held back by turns that something else makes long', async () => {
    let ended = false;
    const hold = () => {
      busy(35);
      if (!ended) setImmediate(hold);
    };
    setImmediate(hold);
    const turns = await turnsOf(600, { handle: () => undefined });
    ended = true;
    expect(new Set(turns).size).toBeLessThan(150);
  });

  it('run many in a turn when they are quick', async () => {
    const turns = await turnsOf(2_000, { handle: () => undefined });
    expect(new Set(turns).size).toBeLessThan(400);
  });
});
