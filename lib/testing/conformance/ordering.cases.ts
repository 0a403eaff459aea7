import assert from 'node:assert/strict';
import { assertAllReceived, assertInOrder } from '../assertions.js';
import type { Bench, OpenTransport, ConformanceCase } from './bench.js';
import { idOf, ids } from './recording-sink.js';

const KEYS = Array.from({ length: 16 }, (_, n) => `key-${n}`);
const keyOf = (id: string): string => id.split(':')[0]!;
const keyed = (perKey: number): string[] =>
  ids(perKey).flatMap((n) => KEYS.map((key) => `${key}:${n}`));

export const orderingCases: readonly ConformanceCase[] = [
  {
    name: 'keeps the order of publish within each of 16 keys while one member reads',
    when: ({ order }) => order !== 'none',
    run: async (bench) => {
      const open = await bench.open();
      const sent = keyed(20);
      await publishKeyed(bench, open, sent);
      const { sink } = await bench.read(open);
      await bench.had(sink, sent.length);
      assertAllReceived(sent, sink.ids);
      assertInOrder(sent, sink.ids, keyOf);
    },
  },
  {
    name: 'keeps the order within each key while several members read and settle slowly',
    when: ({ order }) => order === 'key',
    run: async (bench) => {
      const open = await bench.open();
      const sent = keyed(10);
      const handled: string[] = [];
      for (let n = 0; n < 3; n++) {
        await bench.read(open, {
          maxInFlight: 8,
          react: async (delivery) => {
            await bench.pass(Number(n));
            if (delivery.signal.aborted) return;
            handled.push(idOf(delivery.record));
            delivery.settle();
          },
        });
      }
      await publishKeyed(bench, open, sent);
      await bench.eventually(
        () => new Set(handled).size === sent.length,
        () => `${sent.length} records; there were ${new Set(handled).size}`,
      );
      assertInOrder(sent, handled, keyOf);
    },
  },
  {
    name: 'gives every record to the members all the same where it promises no order to several',
    when: ({ order }) => order === 'singleReader',
    run: async (bench) => {
      const open = await bench.open();
      const a = await bench.read(open, { maxInFlight: 4 });
      const b = await bench.read(open, { maxInFlight: 4 });
      const sent = keyed(10);
      await publishKeyed(bench, open, sent);
      await bench.eventually(
        () => new Set([...a.sink.ids, ...b.sink.ids]).size === sent.length,
        () => `${sent.length} records; there were ${a.sink.ids.length} + ${b.sink.ids.length}`,
      );
      assertAllReceived(sent, [...a.sink.ids, ...b.sink.ids]);
    },
  },
  {
    name: 'keeps the order of publish calls that are under way at once',
    when: ({ order }) => order !== 'none',
    run: async (bench) => {
      const open = await bench.open();
      const sent = ids(200);
      await Promise.all(
        sent.map((id) => bench.publish(open, [id], { record: () => ({ key: 'one' }) })),
      );
      const { sink } = await bench.read(open);
      await bench.had(sink, 200);
      assertInOrder(sent, sink.ids);
    },
  },
  {
    name: 'keeps the order within a key through releases',
    when: ({ order }) => order !== 'none',
    run: async (bench) => {
      const open = await bench.open();
      const sent = ids(60);
      await bench.publish(open, sent, { record: () => ({ key: 'one' }) });
      const settled: string[] = [];
      const failures = new Map<string, number>();
      await bench.read(open, {
        maxInFlight: 9,
        react: (delivery) => {
          if (delivery.signal.aborted) return;
          const id = idOf(delivery.record);
          const failed = failures.get(id) ?? 0;
          if (Number(id) % 7 === 0 && failed < 2) {
            failures.set(id, failed + 1);
            return delivery.release(failed * 5);
          }
          settled.push(id);
          delivery.settle();
        },
      });
      await bench.eventually(
        () => new Set(settled).size === 60,
        () => `60 records settled; there were ${new Set(settled).size}`,
      );
      assertInOrder(sent, settled);
      assert.equal(failures.size, 8);
    },
  },
];

async function publishKeyed(
  bench: Bench,
  open: OpenTransport,
  sent: readonly string[],
): Promise<void> {
  for (let at = 0; at < sent.length; at += 50) {
    const some = sent.slice(at, at + 50);
    await bench.publish(open, some, { record: (id) => ({ key: keyOf(id) }) });
  }
}
