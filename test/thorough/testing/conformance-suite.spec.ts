import {
  Bench,
  type ConformanceCase,
  realProcess,
} from '../../../lib/testing/conformance/bench.js';
import { deliveringCases } from '../../../lib/testing/conformance/delivering.cases.js';
import { eventCases } from '../../../lib/testing/conformance/event.cases.js';
import { groupingCases } from '../../../lib/testing/conformance/grouping.cases.js';
import { orderingCases } from '../../../lib/testing/conformance/ordering.cases.js';
import { publishingCases } from '../../../lib/testing/conformance/publishing.cases.js';
import { releasingCases, settlingCases } from '../../../lib/testing/conformance/settling.cases.js';
import { startingCases } from '../../../lib/testing/conformance/starting.cases.js';
import { stoppingCases } from '../../../lib/testing/conformance/stopping.cases.js';
import { watchingCases } from '../../../lib/testing/conformance/watching.cases.js';
import { HealthBoard } from '../../../lib/transport/common/health-board.js';
import { MemoryBroker } from '../../../lib/transport/memory/index.js';
import { MemoryTransport } from '../../../lib/transport/memory/memory-transport.js';
import type {
  Delivery,
  DeliverySink,
  OutgoingRecord,
  Subscription,
} from '../../../lib/transport/transport.interface.js';

const CASES = [
  ...publishingCases,
  ...deliveringCases,
  ...settlingCases,
  ...releasingCases,
  ...groupingCases,
  ...startingCases,
  ...stoppingCases,
  ...orderingCases,
  ...watchingCases,
  ...eventCases,
];

const ignore = (): void => undefined;
const SILENT = { log: ignore, warn: ignore, error: ignore, debug: ignore };

/** A transport with one fault. */
class Faulty extends MemoryTransport {
  /** What it does to a batch on its way to the sink. */
  onDeliver: (batch: readonly Delivery[], sink: DeliverySink) => void | Promise<void> = (b, sink) =>
    sink.deliver(b);
  onPublish: (records: readonly OutgoingRecord[]) => readonly OutgoingRecord[] = (records) =>
    records;
  onSubscribe: (wanted: Subscription) => Subscription = (wanted) => wanted;
  onEnd: (reason: 'until' | 'stopped' | Error, sink: DeliverySink) => void = (reason, sink) =>
    sink.end(reason);

  override async publish(records: readonly OutgoingRecord[]) {
    const outcomes = await super.publish(this.onPublish(records));
    return records.map((_, n) => outcomes[n] ?? outcomes[0]!);
  }

  override subscribe(wanted: Subscription, sink: DeliverySink) {
    return super.subscribe(this.onSubscribe(wanted), {
      deliver: (batch) => this.onDeliver(batch, sink),
      revoke: (source, deadline) => sink.revoke(source, deadline),
      notice: (notice) => sink.notice(notice),
      end: (reason) => this.onEnd(reason, sink),
    });
  }
}

async function run(
  { run }: ConformanceCase,
  fault: (transport: Faulty) => void,
  slow: number,
): Promise<void> {
  const broker = new MemoryBroker();
  const bench = new Bench({
    capabilities: {
      order: 'key',
      groups: true,
      persistent: true,
      partitions: true,
      countsDeliveries: true,
    },
    slow,
    create: () => {
      const transport = new Faulty(broker, new HealthBoard('memory', 'default', SILENT));
      fault(transport);
      return Promise.resolve({ transport, dispose: () => Promise.resolve() });
    },
  });
  try {
    await run(bench);
  } finally {
    await bench.end();
  }
}

/** Runs what leaves a rejection to nobody, unheard by the test runner. */
async function unheardByTheRunner(work: () => Promise<void>): Promise<void> {
  const ears = realProcess.listeners('unhandledRejection');
  for (const ear of ears) realProcess.off('unhandledRejection', ear);
  try {
    await work();
  } finally {
    for (const ear of ears) realProcess.on('unhandledRejection', ear);
  }
}

const like = (delivery: Delivery, changes: Partial<Delivery>): Delivery =>
  Object.create(delivery, Object.getOwnPropertyDescriptors(changes)) as Delivery;

const faults: [string, string, (transport: Faulty) => void][] = [
  [
    'loses a record',
    'publishes 100 records',
    (t) => (t.onPublish = (records) => records.slice(0, -1)),
  ],
  [
    'loses an attribute',
    'publishes 100 records',
    (t) =>
      (t.onPublish = (records) =>
        records.map((r) => ({ ...r, attributes: r.attributes.slice(1) }))),
  ],
  [
    'delivers twice',
    'gives every record to each of two groups',
    (t) => (t.onDeliver = (batch, sink) => sink.deliver([...batch, ...batch])),
  ],
  [
    'delivers in reverse',
    'keeps the order of publish within each of 16 keys',
    (t) => (t.onDeliver = (batch, sink) => sink.deliver([...batch].reverse())),
  ],
  [
    'does not wait for deliver',
    'delivers no more of a source until deliver has resolved',
    (t) => (t.onDeliver = (batch, sink) => void sink.deliver(batch)),
  ],
  [
    'forgets what was settled',
    'delivers what was settled to nobody',
    (t) =>
      (t.onDeliver = (batch, sink) =>
        sink.deliver(batch.map((d) => like(d, { settle: () => undefined })))),
  ],
  [
    'settles by itself',
    'delivers again what a consumer object had in hand',
    (t) =>
      (t.onDeliver = async (batch, sink) => {
        await sink.deliver(batch);
        for (const delivery of batch) delivery.settle();
      }),
  ],
  [
    'settles what is released',
    'delivers a released record again, and loses none',
    (t) =>
      (t.onDeliver = (batch, sink) =>
        sink.deliver(batch.map((d) => like(d, { release: () => d.settle() })))),
  ],
  [
    'takes no notice of a delay',
    'holds a released record for its delay',
    (t) =>
      (t.onDeliver = (batch, sink) =>
        sink.deliver(batch.map((d) => like(d, { release: () => d.release() })))),
  ],
  [
    'makes a new group of each subscription',
    'never moves an existing group',
    (t) => (t.onSubscribe = (wanted) => ({ ...wanted, group: `${Math.random()}` })),
  ],
  [
    'starts new groups at the end',
    'starts a new group at the earliest record',
    (t) => (t.onSubscribe = (wanted) => ({ ...wanted, start: 'latest' })),
  ],
  [
    'has no bound',
    'has never more than maxInFlight',
    (t) => (t.onSubscribe = (wanted) => ({ ...wanted, maxInFlight: 1000 })),
  ],
  [
    'reads past its end',
    'reads until the end that there was',
    (t) => (t.onSubscribe = (wanted) => ({ ...wanted, until: undefined })),
  ],
  [
    'tells the end twice',
    'tells the end `stopped` once',
    (t) =>
      (t.onEnd = (reason, sink) => {
        sink.end(reason);
        sink.end(reason);
      }),
  ],
];

it.each(faults)('finds a transport that %s', async (_, name, fault) => {
  const proof = CASES.find((c) => c.name.startsWith(name))!;
  await run(proof, () => undefined, 1);
  // What is faulty fails by its bounds: they are short.
  await expect(run(proof, fault, 0.05)).rejects.toThrow();
});

it.each<[string, string, (transport: Faulty) => void]>([
  [
    'publishing',
    'publishes 100 records',
    (t) =>
      (t.onPublish = (records) => {
        void Promise.reject(new Error('left to nobody'));
        return records;
      }),
  ],
  [
    'closing, as the last of all',
    'publishes 100 records',
    (t) => {
      const close = t.close.bind(t);
      t.close = async (deadline) => {
        await close(deadline);
        void Promise.reject(new Error('left to nobody'));
      };
    },
  ],
])('finds a transport that leaves a rejection to nobody when %s', async (_, name, fault) => {
  const proof = CASES.find((c) => c.name.startsWith(name))!;
  const before = realProcess.listenerCount('unhandledRejection');
  await unheardByTheRunner(() =>
    expect(run(proof, fault, 1)).rejects.toThrow('no unhandled rejection'),
  );
  expect(realProcess.listenerCount('unhandledRejection')).toBe(before);
});

it('names each case once', () => {
  expect(new Set(CASES.map(({ name }) => name)).size).toBe(CASES.length);
});
