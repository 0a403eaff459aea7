import { monotonicNow } from '../../common/clocks.js';
import assert from 'node:assert/strict';
import { assertAllReceived, assertEachReceivedOnce, assertInOrder } from '../assertions.js';
import type { ConformanceCase } from './bench.js';
import { idOf, ids } from './numbered-records.js';
import { keepIt, releaseIt } from './recording-sink.js';

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
