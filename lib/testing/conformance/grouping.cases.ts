import assert from 'node:assert/strict';
import { assertAllReceived, assertEachReceivedOnce } from '../assertions.js';
import type { Bench, OpenTransport, Reader, ConformanceCase } from './bench.js';
import { ids, keepIt } from './recording-sink.js';

export const groupingCases: readonly ConformanceCase[] = [
  {
    name: 'gives every record to each of two groups',
    run: async (bench) => {
      const open = await bench.open();
      const a = await bench.read(open, { group: `${bench.group}-a` });
      const b = await bench.read(open, { group: `${bench.group}-b` });
      await bench.publish(open, ids(100));
      await bench.had(a.sink, 100);
      await bench.had(b.sink, 100);
      await bench.quiet();
      assertEachReceivedOnce(ids(100), a.sink.ids);
      assertEachReceivedOnce(ids(100), b.sink.ids);
    },
  },
  {
    name: 'gives every record of a group to one of its members (1,000 records, 10 members)',
    run: async (bench) => {
      const readers = await members(bench, 10, [bench.topic]);
      const publisher = await bench.open();
      for (let n = 0; n < 10; n++) await bench.publish(publisher, ids(100, `${n}-`));
      const wanted = Array.from({ length: 10 }, (_, n) => ids(100, `${n}-`)).flat();
      await allHad(bench, readers, wanted.length);
      await bench.quiet();
      assertEachReceivedOnce(wanted, idsOfAll(readers));
    },
  },
  {
    name: 'reads many topics at once, each to its end (20 topics, 50 records each)',
    run: async (bench) => {
      const topics = Array.from({ length: 20 }, () => bench.newTopic());
      const open = await bench.open();
      const { sink } = await bench.read(open, { topics, maxInFlight: 20 });
      await Promise.all(topics.map((topic) => bench.publish(open, ids(50), { topic })));
      await bench.had(sink, 1000);
      for (const topic of topics) assertEachReceivedOnce(ids(50), sink.idsOf(topic));
    },
  },
  {
    name: 'gives what a leaving member had in hand to a member that stays, and loses none',
    run: async (bench) => {
      const open = await bench.open();
      const leaving = await bench.read(open, { react: keepIt, maxInFlight: 10 });
      await bench.publish(open, ids(40));
      await bench.had(leaving.sink, 1);
      const staying = await bench.read(open);
      await leaving.handle.stop(bench.deadline());
      await bench.eventually(
        () => new Set(staying.sink.ids).size === 40,
        () => `40 records at the member that stays; there were ${staying.sink.ids.length}`,
      );
      assertAllReceived(ids(40), staying.sink.ids);
    },
  },
  {
    name: 'loses nothing while members come and go, one at a time (read in batches)',
    run: async (bench) => {
      const open = await bench.open();
      await bench.publish(open, ids(200));
      const seen: string[] = [];
      while (seen.length < 200) {
        const { sink, handle } = await bench.read(open, {
          maxInFlight: 7,
          react: (delivery, { deliveries }) => {
            if (deliveries.length <= 23) delivery.settle();
          },
        });
        const wanted = Math.min(23, 200 - seen.length);
        await bench.had(sink, wanted);
        await handle.stop(bench.deadline());
        seen.push(...sink.ids.slice(0, wanted));
      }
      assertEachReceivedOnce(ids(200), seen);
    },
  },
  {
    name: 'loses nothing when ten members open and close at once',
    run: async (bench) => {
      const open = await bench.open();
      const publishing = bench.publish(open, ids(100));
      const kept: string[] = [];
      const comeAndGo = async (): Promise<void> => {
        const { sink, handle } = await bench.read(open, { maxInFlight: 3 });
        await bench.pass(5);
        await handle.stop(bench.deadline());
        kept.push(...sink.ids);
      };
      await Promise.all(Array.from({ length: 10 }, comeAndGo));
      await publishing;
      const last = await bench.read(open);
      await bench.eventually(
        () => new Set([...kept, ...last.sink.ids]).size === 100,
        () => `100 records; there were ${new Set([...kept, ...last.sink.ids]).size}`,
      );
      assertAllReceived(ids(100), [...kept, ...last.sink.ids]);
    },
  },
  {
    name: 'hands a source over only after revoke has resolved, and aborts what was not finished',
    when: ({ order }) => order === 'key',
    run: async (bench) => {
      const open = await bench.open();
      const records = ids(60);
      const first = await bench.read(open, { react: keepIt });
      await bench.publish(open, records, { record: (id) => ({ key: id }) });
      await bench.had(first.sink, 60);
      const second = await bench.read(open);
      await bench.quiet();
      for (const source of first.sink.revoked) {
        const mine = first.sink.deliveries.filter((delivery) => delivery.source === source);
        assert.ok(
          mine.every(({ signal }) => signal.aborted),
          'of a source that went away',
        );
      }
      for (const delivery of first.sink.deliveries) delivery.settle();
      const moved = first.sink.deliveries.filter(({ signal }) => signal.aborted).length;
      await bench.had(second.sink, moved);
      await bench.quiet();
      assert.equal(second.sink.deliveries.length, moved);
    },
  },
];

async function members(bench: Bench, count: number, topics: readonly string[]): Promise<Reader[]> {
  const readers: Reader[] = [];
  const open: OpenTransport[] = [await bench.open(), await bench.open()];
  for (let n = 0; n < count; n++) {
    readers.push(await bench.read(open[n % 2]!, { topics, maxInFlight: 20 }));
  }
  return readers;
}

function idsOfAll(readers: readonly Reader[]): string[] {
  return readers.flatMap(({ sink }) => sink.ids);
}

async function allHad(bench: Bench, readers: readonly Reader[], count: number): Promise<void> {
  await bench.eventually(
    () => new Set(idsOfAll(readers)).size >= count,
    () => `${count} records; there were ${new Set(idsOfAll(readers)).size}`,
  );
}
