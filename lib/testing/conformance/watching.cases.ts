import assert from 'node:assert/strict';
import { assertEachReceivedOnce, assertAllReceived } from '../assertions.js';
import type { ConformanceCase, Bench, OpenTransport } from './bench.js';
import { ids, numberedRecord, keepIt } from './recording-sink.js';

export const watchingCases: readonly ConformanceCase[] = [
  {
    name: 'tells the lag of each source: what is not yet settled, none when all is',
    run: async (bench) => {
      const open = await bench.open();
      await bench.publish(open, ids(10));
      const { sink, handle } = await bench.read(open, { react: keepIt, maxInFlight: 4 });
      await bench.had(sink, 4);
      const lag = await handle.lag();
      const sources = new Set(lag.map(({ source }) => source));
      assert.ok(sink.deliveries.every(({ source }) => sources.has(source)));
      const open_ = lag.reduce((n, { events }) => n + (events ?? 10), 0);
      assert.ok(open_ >= 10, `${open_} unsettled of 10`);
      const done = await bench.read(open, { group: `${bench.group}-2` });
      await bench.had(done.sink, 10);
      await done.handle.flush(bench.deadline());
      await bench.eventually(
        async () => (await done.handle.lag()).every(({ events }) => !events),
        () => 'no lag when all is settled',
      );
    },
  },
  {
    name: 'gives the client underneath',
    run: async (bench) => {
      const { transport } = await bench.open();
      assert.ok(transport.unwrap<unknown>());
    },
  },
  {
    name: 'says by its capabilities what the suite was told',
    run: async (bench) => {
      const { transport } = await bench.open();
      const names = ['order', 'groups', 'partitions', 'persistent', 'countsDeliveries'] as const;
      for (const name of names)
        assert.equal(transport.capabilities[name], bench.capabilities[name], name);
    },
  },
  {
    name: 'admin: resolves a start to positions behind which reading goes on',
    run: async (bench) => {
      const open = await bench.open();
      const { admin } = open.transport;
      if (!admin) return;
      await bench.publish(open, ids(5, 'old'));
      const latest = await admin.resolve(bench.topic, 'latest');
      const earliest = await admin.resolve(bench.topic, 'earliest');
      await bench.publish(open, ids(5, 'new'));
      const rest = await bench.read(open, { group: null, start: { after: latest } });
      const all = await bench.read(open, { group: null, start: { after: earliest } });
      await bench.had(rest.sink, 5);
      await bench.had(all.sink, 10);
      await bench.quiet();
      assertEachReceivedOnce(ids(5, 'new'), rest.sink.ids);
      assertEachReceivedOnce([...ids(5, 'old'), ...ids(5, 'new')], all.sink.ids);
    },
  },
  {
    name: "admin: tells and resets a group's positions, and names its members",
    run: async (bench) => {
      const open = await bench.open();
      const { admin } = open.transport;
      if (!admin) return;
      await bench.publish(open, ids(10));
      const first = await bench.read(open);
      await bench.had(first.sink, 10);
      await first.handle.flush(bench.deadline());
      assert.equal((await admin.members(bench.group)).join(), first.member);
      const at = await admin.positions(bench.group, bench.topic);
      await first.handle.stop(bench.deadline());
      const latest = await admin.resolve(bench.topic, 'latest');
      assert.equal(sorted(at), sorted(latest));
      await admin.reset(bench.group, await admin.resolve(bench.topic, 'earliest'));
      const second = await bench.read(open);
      await bench.had(second.sink, 10);
      assertEachReceivedOnce(ids(10), second.sink.ids);
    },
  },
  {
    name: 'admin: moves a group under its members, which read on from there',
    run: async (bench) => {
      const open = await bench.open();
      const { admin } = open.transport;
      if (!admin) return;
      await bench.publish(open, ids(10, 'old'));
      const { sink, handle } = await bench.read(open);
      await bench.had(sink, 10);
      await handle.flush(bench.deadline());
      await admin.reset(bench.group, await admin.resolve(bench.topic, 'earliest'));
      await bench.had(sink, 20);
      await bench.publish(open, ids(1, 'new'));
      await bench.had(sink, 21);
      await bench.quiet();
      assertEachReceivedOnce([...ids(10, 'old'), ...ids(1, 'new')], [...new Set(sink.ids)]);
      assert.equal(sink.ids.length, 21);
    },
  },
];

function sorted(positions: readonly { partition: string; offset: string }[]): string {
  return positions
    .map(({ partition, offset }) => `${partition}:${offset}`)
    .sort()
    .join();
}

const RECORDS = 10_000;
const PUBLISHERS = 100;
const TRIES = 50;

export const reconnectingCases: readonly ConformanceCase[] = [
  {
    name: 'loses nothing when the broker is restarted twice under 100 publishers and a reader',
    when: ({ persistent }, { restart }) => persistent && restart,
    run: async (bench) => {
      const [sender, reader] = [await bench.open(), await bench.open()];
      const { sink } = await bench.read(reader);
      const all = ids(RECORDS);
      let sent = 0;
      const restarts = [RECORDS / 3, RECORDS / 2].map(async (at) => {
        await bench.eventually(
          () => sent >= at,
          () => `${at} records sent; there were ${sent}`,
        );
        await bench.restart!();
      });
      const publishers = Array.from({ length: PUBLISHERS }, async (_, n) => {
        for (let i = n; i < RECORDS; i += PUBLISHERS) {
          await publishAtLast(bench, sender, all[i]!);
          sent++;
        }
      });
      await Promise.all([...publishers, ...restarts]);
      await bench.had(sink, RECORDS);
      await bench.eventually(
        () => new Set(sink.ids).size === RECORDS,
        () => `every record; there were ${new Set(sink.ids).size}`,
      );
      assertAllReceived(all, sink.ids);
    },
  },
];

/** Again and again until the broker has it: what is unknown may be there twice. */
async function publishAtLast(
  bench: Bench,
  { transport, wire }: OpenTransport,
  id: string,
): Promise<void> {
  const record = await numberedRecord(wire, id, bench.topic, bench.deadline());
  let failure: Error | undefined;
  for (let tries = 0; tries < TRIES; tries++) {
    const [outcome] = await transport.publish([record], bench.deadline(5_000));
    if (outcome!.status === 'sent') return;
    failure = outcome!.error;
    await bench.pass(100);
  }
  throw failure ?? new Error(`${id} was not sent`);
}
