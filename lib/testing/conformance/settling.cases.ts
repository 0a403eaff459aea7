import assert from 'node:assert/strict';
import type { Delivery } from '../../transport/transport.interface.js';
import { assertEachReceivedOnce, assertAllReceived, assertInOrder } from '../assertions.js';
import type { ConformanceCase } from './bench.js';
import { idOf, ids, keepIt, releaseIt } from './recording-sink.js';
import { monotonicNow } from '../../common/clocks.js';

export const settlingCases: readonly ConformanceCase[] = [
  {
    name: 'delivers what was settled to nobody of the group again',
    run: async (bench) => {
      const open = await bench.open();
      await bench.publish(open, ids(20));
      const first = await bench.read(open);
      await bench.had(first.sink, 20);
      await first.handle.flush(bench.deadline());
      await first.handle.stop(bench.deadline());
      const second = await bench.read(open);
      await bench.publish(open, ['new']);
      await bench.had(second.sink, 1);
      await bench.quiet();
      assert.equal(second.sink.ids.join(), 'new');
    },
  },
  {
    name: 'takes settle twice as once, and settle after the end as nothing',
    run: async (bench) => {
      const open = await bench.open();
      await bench.publish(open, ids(3), { record: () => ({ key: 'one' }) });
      const first = await bench.read(open, { react: keepIt });
      await bench.had(first.sink, 3);
      const [one, , three] = first.sink.deliveries;
      one!.settle();
      one!.settle();
      await first.handle.stop(bench.deadline());
      three!.settle();
      const second = await bench.read(open);
      await bench.had(second.sink, 2);
      await bench.quiet();
      assertEachReceivedOnce(['2', '3'], second.sink.ids);
    },
  },
  {
    name: 'never settles past an unsettled record',
    run: async (bench) => {
      const open = await bench.open();
      await bench.publish(open, ids(5), { record: () => ({ key: 'one' }) });
      const first = await bench.read(open, { react: keepIt });
      await bench.had(first.sink, 5);
      for (const id of ['1', '3', '4', '5']) byId(first.sink.deliveries, id).settle();
      await first.handle.flush(bench.deadline());
      await first.handle.stop(bench.deadline());
      const second = await bench.read(open);
      await bench.had(second.sink, 1);
      await bench.quiet();
      assert.equal(second.sink.ids[0], '2');
      assert.ok(!second.sink.ids.includes('1'), 'a settled record behind which nothing is open');
    },
  },
  {
    name: 'lets a record be kept alive while work on it goes on',
    run: async (bench) => {
      const open = await bench.open();
      await bench.publish(open, ['1']);
      const { sink } = await bench.read(open, { react: keepIt });
      await bench.had(sink, 1);
      for (let n = 0; n < 5; n++) {
        sink.deliveries[0]!.keepAlive();
        await bench.pass(10);
      }
      assert.ok(!sink.deliveries[0]!.signal.aborted);
      sink.deliveries[0]!.settle();
      sink.deliveries[0]!.keepAlive();
      assert.equal(sink.ids.join(), '1');
    },
  },
];

function byId(deliveries: readonly Delivery[], id: string): Delivery {
  return deliveries.find(({ record }) => idOf(record) === id)!;
}

export const releasingCases: readonly ConformanceCase[] = [
  {
    name: 'delivers a released record again, and loses none (each of 50 released once)',
    run: async (bench) => {
      const open = await bench.open();
      await bench.publish(open, ids(50));
      const released = new Set<string>();
      const settled = new Set<string>();
      const { sink } = await bench.read(open, {
        react: (delivery) => {
          const id = idOf(delivery.record);
          if (!released.has(id)) {
            released.add(id);
            delivery.release();
          } else if (!delivery.signal.aborted) {
            settled.add(id);
            delivery.settle();
          }
        },
      });
      await bench.eventually(
        () => settled.size === 50,
        () => `50 records settled; there were ${settled.size}`,
      );
      assertAllReceived(ids(50), sink.ids);
    },
  },
  {
    name: 'holds a released record for its delay, and on an ordered source all that follows it',
    run: async (bench) => {
      const open = await bench.open();
      await bench.publish(open, ids(3), { record: () => ({ key: 'one' }) });
      let releasedAt = 0;
      const again: { id: string; at: number }[] = [];
      const { sink } = await bench.read(open, {
        react: (delivery) => {
          const id = idOf(delivery.record);
          if (releasedAt === 0 && id === '1') {
            releasedAt = monotonicNow();
            return delivery.release(200);
          }
          if (delivery.signal.aborted) return;
          again.push({ id, at: monotonicNow() - releasedAt });
          delivery.settle();
        },
      });
      await bench.eventually(
        () => again.some(({ id }) => id === '1'),
        () => 'the released record came again',
      );
      await bench.quiet();
      const first = again.find(({ id }) => id === '1')!;
      assert.ok(first.at >= 195, `it came again after ${first.at} ms`);
      if (bench.capabilities.order !== 'none')
        assert.equal(again[0], first, 'followers came first');
      await bench.eventually(
        () => again.length >= 3,
        () => 'what followed came too',
      );
      assertAllReceived(ids(3), sink.ids);
    },
  },
  {
    name: 'delivers a released record and its unsettled followers again in their order',
    run: async (bench) => {
      const open = await bench.open();
      await bench.publish(open, ids(5), { record: () => ({ key: 'one' }) });
      const { sink } = await bench.read(open, { react: keepIt });
      await bench.had(sink, 5);
      sink.deliveries[0]!.settle();
      sink.deliveries[1]!.release(10);
      await bench.had(sink, bench.capabilities.order === 'none' ? 6 : 9);
      const again = sink.deliveries.slice(5);
      if (bench.capabilities.order !== 'none') {
        assert.equal(again.map(({ record }) => idOf(record)).join(), '2,3,4,5');
        const followers = sink.deliveries.slice(2, 5);
        assert.ok(
          followers.every(({ signal }) => signal.aborted),
          'they were no longer ours',
        );
        for (const delivery of followers) delivery.settle();
      }
      for (const delivery of again) assert.ok(!delivery.signal.aborted);
    },
  },
  {
    name: 'takes settle after release as nothing',
    run: async (bench) => {
      const open = await bench.open();
      await bench.publish(open, ['1']);
      const { sink } = await bench.read(open, {
        react: (delivery, { deliveries }) => {
          if (deliveries.length === 1) delivery.release();
          delivery.settle();
          delivery.release();
        },
      });
      await bench.had(sink, 2);
      await bench.quiet();
      assert.equal(sink.ids.join(), '1,1');
    },
  },
  {
    name: 'does not let a record that is released for ever starve other topics',
    run: async (bench) => {
      const open = await bench.open();
      const [bad, good] = [bench.newTopic(), bench.newTopic()];
      await bench.publish(open, ['bad'], { topic: bad });
      const { sink } = await bench.read(open, {
        topics: [bad, good],
        react: (delivery) =>
          delivery.record.topic === bad ? delivery.release(5) : delivery.settle(),
      });
      await bench.had(sink, 3);
      await bench.publish(open, ids(20), { topic: good, record: () => ({ key: 'one' }) });
      await bench.eventually(
        () => sink.idsOf(good).length === 20,
        () => `20 good records; there were ${sink.idsOf(good).length}`,
      );
      assertEachReceivedOnce(ids(20), sink.idsOf(good));
      if (bench.capabilities.order !== 'none') assertInOrder(ids(20), sink.idsOf(good));
    },
  },
  {
    name: 'loses nothing to members that release all they get (3 members, 100 releases each)',
    run: async (bench) => {
      const open = await bench.open();
      await bench.publish(open, ids(50));
      for (let n = 0; n < 3; n++) {
        const { sink, handle } = await bench.read(open, { react: releaseIt });
        await bench.had(sink, 100);
        await handle.stop(bench.deadline());
      }
      const last = await bench.read(open);
      await bench.had(last.sink, 50);
      await bench.quiet();
      assertEachReceivedOnce(ids(50), last.sink.ids);
    },
  },
  {
    name: 'leaves the process room for other work while a record is released in a loop',
    run: async (bench) => {
      const open = await bench.open();
      await bench.publish(open, ['1']);
      let turns = 0;
      let most = 0;
      let inTurn = 0;
      const nextTurn = (): void => {
        most = Math.max(most, inTurn);
        inTurn = 0;
        if (turns++ >= 0) setImmediate(nextTurn);
      };
      nextTurn();
      const { sink } = await bench.read(open, {
        react: (delivery, recorded) => {
          inTurn++;
          return releaseIt(delivery, recorded);
        },
      });
      await bench.had(sink, 3);
      await bench.quiet();
      turns = -Infinity;
      assert.ok(most < 500, `${most} deliveries without letting anything else run`);
    },
  },
];
