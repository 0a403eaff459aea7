import assert from 'node:assert/strict';
import type { Delivery } from '../../transport/transport.interface.js';
import { assertEachReceivedOnce } from '../assertions.js';
import type { ConformanceCase } from './bench.js';
import { idOf, ids } from './numbered-records.js';
import { keepIt } from './recording-sink.js';

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
