import { StreamWireFormat } from '../../lib/transport/wire/stream-wire-format.js';
import type { EventTransport } from '../../lib/transport/transport.interface.js';
import { monotonicNow } from '../../lib/common/clocks.js';
import { ConsumingBus, latch, recordOf } from './consuming-bus.js';
import { waitUntil } from './wait-until.js';

/**
 * Three records on a transport, of which the second, on its way to become an event, waits for a service that never
 * answers. Resolves to what is seen of it, before and after it is answered at last.
 */
export async function stalledRecord(transport: EventTransport, topic: string) {
  const wire = new StreamWireFormat({ serviceName: 'test' });
  const answer = latch();
  let seen = 0;
  const slowly: typeof wire.fromRecord = (...record) =>
    ++seen === 2
      ? (answer.opened.then(() => wire.fromRecord(...record)) as never)
      : wire.fromRecord(...record);
  const parts = { transport, wire: Object.assign(Object.create(wire), { fromRecord: slowly }) };
  const bus = new ConsumingBus(
    transport,
    { startFrom: 'earliest' },
    { parts, timing: { stalledMs: 200 } },
  );
  const handled: number[] = [];
  bus.handle(({ n }) => void handled.push(n), { topics: [topic] });
  const stalled = () => bus.status.snapshot().stalledRecords;
  try {
    const records = [0, 1, 2].map((n) => recordOf(n, { topic }));
    const outcomes = await transport.publish(records, monotonicNow() + 20_000);
    await bus.runtime.start();
    await waitUntil(() => stalled().length === 1, 20_000);
    const [found] = stalled();
    const errors = () => bus.lines.filter((line) => line.startsWith('error'));
    await waitUntil(() => stalled()[0]!.waitingMs > found!.waitingMs + 100, 20_000);
    const lines = errors();
    answer.open();
    await waitUntil(() => handled.length === 3 && stalled().length === 0, 20_000);
    const sent = outcomes.map((outcome) => outcome.status === 'sent' && outcome.receipt.position);
    return { found, lines, handled, sent };
  } finally {
    answer.open();
    await bus.drain();
  }
}

/** Asserts what must be seen. */
export function expectSeen({
  found,
  lines,
  handled,
  sent,
}: Awaited<ReturnType<typeof stalledRecord>>): void {
  expect(found).toEqual({
    group: 'g',
    position: sent[1],
    place: 'reading',
    waitingMs: expect.any(Number),
  });
  expect(lines).toEqual([
    expect.stringMatching(/^error No progress on a record of group g for \d+ s/),
  ]);
  expect(handled).toEqual([0, 1, 2]);
}
