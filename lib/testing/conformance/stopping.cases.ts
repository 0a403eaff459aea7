import { monotonicNow } from '../../common/clocks.js';
import assert from 'node:assert/strict';
import type { Delivery, TransportStatus } from '../../transport/transport.interface.js';
import { assertAllReceived, assertEachReceivedOnce, assertInOrder } from '../assertions.js';
import type { ConformanceCase } from './bench.js';
import { idOf, ids, keepIt } from './recording-sink.js';

export const stoppingCases: readonly ConformanceCase[] = [
  {
    name: 'delivers nothing after stop, and what was not settled comes again, in order, first',
    run: async (bench) => {
      const open = await bench.open();
      await bench.publish(open, ids(10), { record: () => ({ key: 'one' }) });
      const first = await bench.read(open, { react: keepIt, maxInFlight: 4 });
      await bench.had(first.sink, 4);
      await first.handle.stop(bench.deadline());
      const had = first.sink.deliveries.length;
      assert.ok(
        first.sink.deliveries.every(({ signal }) => signal.aborted),
        'no longer ours',
      );
      await bench.publish(open, ['new']);
      const second = await bench.read(open, { maxInFlight: 1 });
      await bench.had(second.sink, 11);
      assert.equal(first.sink.deliveries.length, had);
      assertEachReceivedOnce([...ids(10), 'new'], second.sink.ids);
      if (bench.capabilities.order !== 'none') assertInOrder(ids(10), second.sink.ids.slice(0, 10));
    },
  },
  {
    name: 'does not abort what is ours',
    run: async (bench) => {
      const open = await bench.open();
      await bench.publish(open, ids(3));
      const { sink } = await bench.read(open, { react: keepIt });
      await bench.had(sink, 3);
      await bench.quiet();
      assert.ok(sink.deliveries.every(({ signal }) => !signal.aborted));
    },
  },
  {
    name: 'tells the end `stopped` once, however often stop is called',
    run: async (bench) => {
      const { sink, handle } = await bench.read(await bench.open());
      await Promise.all([handle.stop(bench.deadline()), handle.stop(bench.deadline())]);
      await handle.stop(bench.deadline());
      assert.equal(sink.ends.join(), 'stopped');
    },
  },
  {
    name: 'waits in stop for a slow handler through revoke, and then delivers nothing again',
    run: async (bench) => {
      const open = await bench.open();
      await bench.publish(open, ['slow']);
      let done = (): void => undefined;
      const finished = new Promise<void>((resolve) => (done = resolve));
      const { sink, handle } = await bench.read(open, {
        react: (delivery) => {
          setTimeout(() => {
            delivery.settle();
            done();
          }, 100);
        },
      });
      sink.onRevoke = () => finished;
      await bench.had(sink, 1);
      await handle.stop(bench.deadline());
      assert.ok(sink.revoked.includes(sink.deliveries[0]!.source), 'revoke was not called');
      await bench.publish(open, ['next']);
      const second = await bench.read(open);
      await bench.had(second.sink, 1);
      await bench.quiet();
      assert.equal(second.sink.ids.join(), 'next');
    },
  },
  {
    name: 'ends stop by its deadline though the sink never finishes; the record comes again',
    run: async (bench) => {
      const open = await bench.open();
      await bench.publish(open, ['1']);
      const first = await bench.read(open, { react: keepIt });
      first.sink.onRevoke = () => new Promise(() => undefined);
      await bench.had(first.sink, 1);
      const deadline = bench.deadline(3000);
      await first.handle.stop(deadline);
      const late = monotonicNow() - deadline;
      assert.ok(
        late < bench.deadline(2000) - monotonicNow(),
        `stop ended ${late} ms after its deadline`,
      );
      const second = await bench.read(open);
      await bench.had(second.sink, 1);
      assert.equal(second.sink.ids.join(), '1');
    },
  },
  {
    name: 'stops every subscription on close, twice as once, and completes status$ after closed',
    run: async (bench) => {
      const open = await bench.open();
      const states: TransportStatus['state'][] = [];
      let completed = false;
      open.transport.status$.subscribe({
        next: ({ state }) => states.push(state),
        complete: () => (completed = true),
      });
      assert.equal(states.join(), 'ready', 'the present state comes first');
      const a = await bench.read(open, { group: `${bench.group}-a` });
      const b = await bench.read(open, { group: null });
      await Promise.all([
        open.transport.close(bench.deadline()),
        open.transport.close(bench.deadline()),
      ]);
      assert.equal([...a.sink.ends, ...b.sink.ends].join(), 'stopped,stopped');
      assert.equal(states.at(-1), 'closed');
      assert.ok(completed, 'status$ completed');
      await assert.rejects(bench.read(open), (error: { code?: string }) => error.code === 'CLOSED');
    },
  },
  {
    name: 'connects twice as once',
    run: async (bench) => {
      const open = await bench.open();
      await open.transport.connect(bench.deadline());
      await bench.publish(open, ['1']);
    },
  },
  {
    name: 'delivers again what a consumer object had in hand when it went away, in order, first',
    run: async (bench) => {
      const publisher = await bench.open();
      const gone = await bench.open();
      await bench.publish(publisher, ids(6), { record: () => ({ key: 'one' }) });
      const first = await bench.read(gone, { react: keepIt, maxInFlight: 6, member: 'worker' });
      await bench.had(first.sink, 6);
      byId(first.sink.deliveries, '1').settle();
      await gone.transport.close(monotonicNow());
      await bench.publish(publisher, ids(2, 'new'), { record: () => ({ key: 'one' }) });
      const second = await bench.read(await bench.open(), { member: 'worker', maxInFlight: 1 });
      const wanted = [...ids(6).slice(1), ...ids(2, 'new')];
      await bench.eventually(
        () => wanted.every((id) => second.sink.ids.includes(id)),
        () => `${wanted.join()}; there were ${second.sink.ids.join()}`,
      );
      const again = second.sink.ids.filter((id) => id !== '1');
      assertAllReceived(wanted, again);
      assertInOrder(wanted, again);
      if (bench.capabilities.countsDeliveries) {
        assert.equal(byId(second.sink.deliveries, '2').deliveryCount, 2);
      }
    },
  },
  {
    name: 'keeps records and positions through a restart of the broker',
    when: ({ persistent }, { restart }) => persistent && restart,
    run: async (bench) => {
      const before = await bench.open();
      await bench.publish(before, ids(20));
      const first = await bench.read(before, {
        react: (delivery) => (Number(idOf(delivery.record)) <= 5 ? delivery.settle() : undefined),
      });
      await bench.had(first.sink, 20);
      await first.handle.stop(bench.deadline());
      await bench.close(before);
      await bench.restart!();
      const second = await bench.read(await bench.open());
      await bench.had(second.sink, 15);
      await bench.quiet();
      assertEachReceivedOnce(ids(20).slice(5), second.sink.ids);
    },
  },
];

function byId(deliveries: readonly Delivery[], id: string): Delivery {
  return deliveries.find(({ record }) => idOf(record) === id)!;
}
