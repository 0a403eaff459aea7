import { systemNow } from '../../common/clocks.js';
import assert from 'node:assert/strict';
import type { Delivery } from '../../transport/transport.interface.js';
import { assertAllReceived, assertEachReceivedOnce } from '../assertions.js';
import type { ConformanceCase } from './bench.js';
import { idOf, ids, keepIt } from './recording-sink.js';

export const deliveringCases: readonly ConformanceCase[] = [
  {
    name: 'delivers no more of a source until deliver has resolved',
    run: async (bench) => {
      const open = await bench.open();
      const slowly = async (delivery: Delivery): Promise<void> => {
        if (idOf(delivery.record).endsWith('1')) await bench.pass(50);
        delivery.settle();
      };
      const { sink } = await bench.read(open, { react: slowly });
      for (const [n, id] of ids(50).entries()) {
        await bench.publish(open, [id]);
        if (n % 10 === 0) await bench.had(sink, n + 1);
      }
      await bench.had(sink, 50);
      assertEachReceivedOnce(ids(50), sink.ids);
    },
  },
  {
    name: 'goes on with other sources while deliver of one has not resolved',
    run: async (bench) => {
      const open = await bench.open();
      const [stuck, free] = [bench.newTopic(), bench.newTopic()];
      let unblock = (): void => undefined;
      const blocked = new Promise<void>((resolve) => (unblock = resolve));
      await bench.publish(open, ids(1), { topic: stuck });
      const { sink } = await bench.read(open, {
        topics: [stuck, free],
        react: async (delivery) => {
          if (delivery.record.topic === stuck) await blocked;
          delivery.settle();
        },
      });
      await bench.had(sink, 1);
      await bench.publish(open, ids(10), { topic: free });
      try {
        await bench.eventually(
          () => sink.idsOf(free).length === 10,
          () => `10 records of the free topic; there were ${sink.idsOf(free).length}`,
        );
      } finally {
        unblock();
      }
    },
  },
  {
    name: 'names the position of each record, so that reading goes on behind it',
    run: async (bench) => {
      const open = await bench.open();
      await bench.publish(open, ids(10), { record: () => ({ key: 'one' }) });
      const { sink } = await bench.read(open);
      await bench.had(sink, 10);
      const fourth = sink.deliveries[3]!;
      const rest = await bench.read(open, { group: null, start: { after: [fourth.position] } });
      await bench.had(rest.sink, 6);
      await bench.quiet();
      assertEachReceivedOnce(ids(10).slice(4), rest.sink.ids);
    },
  },
  {
    name: 'tells when the broker stored a record, where it knows',
    run: async (bench) => {
      const open = await bench.open();
      await bench.publish(open, ['1']);
      const { sink } = await bench.read(open);
      await bench.had(sink, 1);
      const { brokerTime } = sink.deliveries[0]!.record;
      if (brokerTime !== undefined) assert.ok(Math.abs(brokerTime - systemNow()) < 60_000);
    },
  },
  {
    name: 'has never more than maxInFlight records unsettled, all sources together',
    run: async (bench) => {
      const open = await bench.open();
      const topics = [bench.newTopic(), bench.newTopic(), bench.newTopic()];
      for (const topic of topics) await bench.publish(open, ids(20, topic), { topic });
      const unsettled = new Set<Delivery>();
      let most = 0;
      const { sink } = await bench.read(open, {
        topics,
        maxInFlight: 5,
        react: (delivery) => {
          unsettled.add(delivery);
          most = Math.max(most, unsettled.size);
          setTimeout(() => {
            unsettled.delete(delivery);
            delivery.settle();
          }, 2);
        },
      });
      await bench.had(sink, 60);
      assertEachReceivedOnce(
        topics.flatMap((topic) => ids(20, topic)),
        sink.ids,
      );
      assert.ok(most <= 5, `${most} were in flight`);
    },
  },
  {
    name: 'withholds the next record until the one in flight is settled (maxInFlight 1)',
    run: async (bench) => {
      const open = await bench.open();
      await bench.publish(open, ids(3));
      const { sink } = await bench.read(open, { maxInFlight: 1, react: keepIt });
      for (let n = 1; n <= 3; n++) {
        await bench.had(sink, n);
        await bench.quiet();
        assert.equal(sink.deliveries.length, n, 'the next one came before the last was settled');
        sink.deliveries[n - 1]!.settle();
      }
    },
  },
  {
    name: 'keeps to maxInFlightBytes, and still delivers a record that is larger',
    run: async (bench) => {
      const open = await bench.open();
      await bench.publish(open, ids(6), { record: () => ({ size: 1000, key: 'one' }) });
      const { sink } = await bench.read(open, { maxInFlightBytes: 2600, react: keepIt });
      await bench.had(sink, 1);
      await bench.quiet();
      const first = sink.deliveries.length;
      assert.ok(first < 6, 'everything was delivered at once');
      for (let n = 0; n < 6; n++) {
        await bench.had(sink, n + 1);
        sink.deliveries[n]!.settle();
      }
      const small = await bench.read(open, { group: null, maxInFlightBytes: 10 });
      await bench.had(small.sink, 6);
      assertAllReceived(ids(6), small.sink.ids);
    },
  },
  {
    name: 'settles each record at the broker before the next of its source, with settle: each',
    run: async (bench) => {
      const open = await bench.open();
      await bench.publish(open, ids(5), { record: () => ({ key: 'one' }) });
      const { sink } = await bench.read(open, { settle: 'each', react: keepIt });
      for (let n = 1; n <= 5; n++) {
        await bench.had(sink, n);
        await bench.quiet();
        assert.equal(sink.deliveries.length, n);
        sink.deliveries[n - 1]!.settle();
      }
      assert.equal(sink.ids.join(), ids(5).join());
    },
  },
  {
    name: 'pauses and resumes one source, or all, and stays a member',
    run: async (bench) => {
      const open = await bench.open();
      const [a, b] = [bench.newTopic(), bench.newTopic()];
      await bench.publish(open, ['a0'], { topic: a, record: () => ({ key: 'a0' }) });
      await bench.publish(open, ['b0'], { topic: b });
      const { sink, handle } = await bench.read(open, { topics: [a, b] });
      await bench.had(sink, 2);
      const sourceOfA = sink.deliveries.find(({ record }) => record.topic === a)!.source;
      handle.pause(sourceOfA);
      // A fetch that was under way may still bring one record.
      await bench.publish(open, ['a-fetched'], { topic: a, record: () => ({ key: 'a0' }) });
      await bench.quiet();
      await bench.publish(open, ids(5, 'a'), { topic: a, record: () => ({ key: 'a0' }) });
      await bench.publish(open, ids(5, 'b'), { topic: b });
      await bench.eventually(
        () => sink.idsOf(b).length === 6,
        () => 'the source that was not paused went on',
      );
      await bench.quiet();
      const came = sink.deliveries.filter(({ source }) => source === sourceOfA).length;
      assert.ok(came <= 2, `${came - 1} records of a paused source came`);
      handle.pause();
      await bench.publish(open, ['b9'], { topic: b });
      handle.resume(sourceOfA);
      handle.resume();
      await bench.eventually(
        () => sink.deliveries.length === 14,
        () => `14 deliveries after resume; there were ${sink.deliveries.length}`,
      );
      assertEachReceivedOnce(['a0', 'a-fetched', ...ids(5, 'a')], sink.idsOf(a));
      assertEachReceivedOnce(['b0', 'b9', ...ids(5, 'b')], sink.idsOf(b));
    },
  },
  {
    name: 'fetches nothing while all is paused',
    run: async (bench) => {
      const open = await bench.open();
      const { sink, handle } = await bench.read(open);
      handle.pause();
      await bench.publish(open, ['fetched']);
      await bench.quiet();
      await bench.publish(open, ids(3));
      await bench.quiet();
      assert.ok(sink.deliveries.length <= 1, 'more came than a fetch under way could bring');
      handle.resume();
      await bench.had(sink, 4);
      assertEachReceivedOnce(['fetched', ...ids(3)], sink.ids);
    },
  },
  {
    name: 'counts deliveries where it says so',
    run: async (bench) => {
      const open = await bench.open();
      await bench.publish(open, ['1']);
      const { sink } = await bench.read(open, {
        react: (delivery, { deliveries }) =>
          deliveries.length < 3 ? delivery.release() : delivery.settle(),
      });
      await bench.had(sink, 3);
      const counts = sink.deliveries.map((d) => d.deliveryCount ?? 'none').join();
      assert.equal(counts, bench.capabilities.countsDeliveries ? '1,2,3' : 'none,none,none');
      assert.equal(idOf(sink.deliveries[2]!.record), '1');
    },
  },
];
