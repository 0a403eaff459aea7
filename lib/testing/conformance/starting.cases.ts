import { systemNow } from '../../common/clocks.js';
import assert from 'node:assert/strict';
import { assertEachReceivedOnce } from '../assertions.js';
import type { Bench, OpenTransport, ConformanceCase } from './bench.js';
import { ids } from './recording-sink.js';

export const startingCases: readonly ConformanceCase[] = [
  {
    name: 'starts a new group at the earliest record, and says so before `joined` resolves',
    run: async (bench) => {
      const open = await bench.open();
      await bench.publish(open, ids(10));
      const { sink } = await bench.read(open, { start: 'earliest' });
      assert.ok(sink.noticesOf('start').length > 0, 'no notice start');
      await bench.had(sink, 10);
      assertEachReceivedOnce(ids(10), sink.ids);
    },
  },
  {
    name: 'starts a new group at the latest record: what is published after subscribe, all of it',
    run: async (bench) => {
      const open = await bench.open();
      await bench.publish(open, ids(10, 'old'));
      const { sink } = await bench.read(open, { start: 'latest' });
      assert.ok(sink.noticesOf('start').length > 0, 'no notice start');
      await bench.publish(open, ids(10, 'new'));
      await bench.had(sink, 10);
      await bench.quiet();
      assertEachReceivedOnce(ids(10, 'new'), sink.ids);
    },
  },
  {
    name: 'skips nothing that is published once subscribe has resolved, though the group lets us in later',
    run: async (bench) => {
      const open = await bench.open();
      await bench.publish(open, ids(10, 'old'));
      const readers = await Promise.all(
        [bench.group, null].map((group) =>
          bench.read(open, { start: 'latest', group, once: 'subscribed' }),
        ),
      );
      await bench.publish(open, ids(10, 'new'));
      for (const { sink } of readers) await bench.had(sink, 10);
      await bench.quiet();
      for (const { sink } of readers) assertEachReceivedOnce(ids(10, 'new'), sink.ids);
    },
  },
  {
    name: 'resolves `joined` when it was told where reading starts, and when the subscription has ended',
    run: async (bench) => {
      const open = await bench.open();
      const { sink, handle } = await bench.read(open, { once: 'subscribed' });
      await handle.joined;
      assert.ok(sink.noticesOf('start').length > 0, 'no notice start');
      const left = await bench.read(open, { once: 'subscribed' });
      await left.handle.stop(bench.deadline());
      await left.handle.joined;
      assert.equal(left.sink.ends.join(), 'stopped');
    },
  },
  {
    name: 'never moves an existing group: `latest` gives it what came while it was away',
    run: async (bench) => {
      const open = await bench.open();
      await bench.publish(open, ids(5));
      const first = await bench.read(open, { start: 'earliest' });
      await bench.had(first.sink, 5);
      await first.handle.stop(bench.deadline());
      await bench.publish(open, ids(10, 'away'));
      const second = await bench.read(open, { start: 'latest' });
      await bench.had(second.sink, 10);
      await bench.quiet();
      assertEachReceivedOnce(ids(10, 'away'), second.sink.ids);
    },
  },
  {
    name: 'never moves the group for a member that joins while there is a backlog',
    run: async (bench) => {
      const open = await bench.open();
      await bench.publish(open, ids(30));
      const slow = await bench.read(open, { maxInFlight: 1 });
      const joining = await bench.read(open, { start: 'latest' });
      const all = (): string[] => [...slow.sink.ids, ...joining.sink.ids];
      await bench.eventually(
        () => new Set(all()).size === 30,
        () => `30 records; there were ${new Set(all()).size}`,
      );
      assertEachReceivedOnce(ids(30), all());
    },
  },
  {
    name: 'starts at a time',
    run: async (bench) => {
      const open = await bench.open();
      const { first } = await twoHalves(bench, open);
      const { sink } = await bench.read(open, { group: null, start: { time: first + 1 } });
      await bench.had(sink, 5);
      await bench.quiet();
      assertEachReceivedOnce(ids(5, 'late'), sink.ids);
    },
  },
  {
    name: 'reads without a group, from the start or the end, and moves no group',
    run: async (bench) => {
      const open = await bench.open();
      await bench.publish(open, ids(10));
      const all = await bench.read(open, { group: null });
      const again = await bench.read(open, { group: null });
      const tail = await bench.read(open, { group: null, start: 'latest' });
      await bench.had(all.sink, 10);
      await bench.had(again.sink, 10);
      await bench.publish(open, ['new']);
      await bench.had(tail.sink, 1);
      assert.equal(tail.sink.ids.join(), 'new');
      const group = await bench.read(open);
      await bench.had(group.sink, 11);
      assertEachReceivedOnce([...ids(10), 'new'], group.sink.ids);
      await bench.had(all.sink, 11);
      assertEachReceivedOnce([...ids(10), 'new'], all.sink.ids);
    },
  },
  {
    name: 'reads until the end that there was at the start, settled, then tells the end once',
    run: async (bench) => {
      const open = await bench.open();
      await bench.publish(open, ids(20));
      const { sink, handle } = await bench.read(open, { group: null, until: 'end' });
      await bench.eventually(
        () => sink.ends.length > 0,
        () => 'end was told',
      );
      await bench.publish(open, ['later']);
      await bench.quiet();
      assertEachReceivedOnce(ids(20), sink.ids);
      await handle.stop(bench.deadline());
      assert.equal(sink.ends.join(), 'until');
    },
  },
  {
    name: 'reads an empty topic until its end',
    run: async (bench) => {
      const { sink } = await bench.read(await bench.open(), { group: null, until: 'end' });
      await bench.eventually(
        () => sink.ends.length > 0,
        () => 'end was told',
      );
      assert.equal(sink.ends.join(), 'until');
    },
  },
  {
    name: 'reads until positions, which are read too',
    run: async (bench) => {
      const open = await bench.open();
      await bench.publish(open, ids(10), { record: () => ({ key: 'one' }) });
      const all = await bench.read(open, { group: null });
      await bench.had(all.sink, 10);
      const positions = [all.sink.deliveries[5]!.position];
      const { sink } = await bench.read(open, { group: null, until: { positions } });
      await bench.eventually(
        () => sink.ends.length > 0,
        () => 'end was told',
      );
      assertEachReceivedOnce(ids(10).slice(0, 6), sink.ids);
    },
  },
  {
    name: 'reads until a time',
    run: async (bench) => {
      const open = await bench.open();
      const { first } = await twoHalves(bench, open);
      const { sink } = await bench.read(open, { group: null, until: { time: first + 1 } });
      await bench.eventually(
        () => sink.ends.length > 0,
        () => 'end was told',
      );
      assertEachReceivedOnce(ids(5, 'soon'), sink.ids);
    },
  },
  {
    name: 'ends a range that holds no record, though others are behind it',
    run: async (bench) => {
      const open = await bench.open();
      const { first } = await twoHalves(bench, open);
      const range = { start: { time: first + 1 }, until: { time: first + 2 } };
      const { sink } = await bench.read(open, { group: null, ...range });
      await bench.eventually(
        () => sink.ends.length > 0,
        () => 'end was told',
      );
      assert.equal(sink.ids.join(), '');
    },
  },
  {
    name: 'subscribes to a topic that nobody has published to yet',
    run: async (bench) => {
      const open = await bench.open();
      const { sink } = await bench.read(open);
      await bench.publish(open, ids(3));
      await bench.had(sink, 3);
      assertEachReceivedOnce(ids(3), sink.ids);
    },
  },
];

/** Publishes two halves; `first` is the broker's time of the last record of the first half. */
async function twoHalves(bench: Bench, open: OpenTransport): Promise<{ first: number }> {
  await bench.publish(open, ids(5, 'soon'));
  const { sink, handle } = await bench.read(open, { group: null });
  await bench.had(sink, 5);
  await handle.stop(bench.deadline());
  const first = Math.max(...sink.deliveries.map(({ record }) => record.brokerTime ?? systemNow()));
  await bench.pass(20);
  await bench.publish(open, ids(5, 'late'));
  return { first };
}
