import assert from 'node:assert/strict';
import { assertAllReceived, assertEachReceivedOnce } from '../assertions.js';
import { type ConformanceCase, hexOf } from './bench.js';
import { idOf, ids, numberedRecord } from './recording-sink.js';

export const publishingCases: readonly ConformanceCase[] = [
  {
    name: 'publishes 100 records: ids, key, attributes in order and bytes arrive as sent',
    run: async (bench) => {
      const open = await bench.open();
      const sent = await Promise.all(
        ids(100).map((id) =>
          numberedRecord(open.wire, id, bench.topic, bench.deadline(), { key: `key-${id}` }),
        ),
      );
      const outcomes = await open.transport.publish(sent, bench.deadline());
      assert.equal(outcomes.map(({ status }) => status).join(), sent.map(() => 'sent').join());
      const { sink } = await bench.read(open);
      await bench.had(sink, 100);
      assertEachReceivedOnce(sent.map(idOf), sink.ids);
      for (const { record } of sink.deliveries) {
        assert.equal(hexOf(record), hexOf(sent.find((r) => idOf(r) === idOf(record))!));
      }
    },
  },
  {
    name: 'keeps every byte of a body, and of an attribute that is repeated',
    run: async (bench) => {
      const open = await bench.open();
      const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      const made = await numberedRecord(open.wire, '1', bench.topic, bench.deadline());
      const withBytes = [...made.attributes, ['all', all], ['all', Buffer.of(0, 0x80, 0xff)]];
      const record = { ...made, attributes: withBytes as typeof made.attributes };
      await open.transport.publish([record], bench.deadline());
      const { sink } = await bench.read(open);
      await bench.had(sink, 1);
      assert.equal(hexOf(sink.deliveries[0]!.record), hexOf(record));
    },
  },
  {
    name: 'gives one outcome each, in the order given, whose position is where the record is',
    run: async (bench) => {
      const open = await bench.open();
      const sent = ids(20);
      const outcomes = await bench.publish(open, sent, { record: (id) => ({ key: `k${id}` }) });
      const { sink } = await bench.read(open);
      await bench.had(sink, 20);
      outcomes.forEach((outcome, i) => {
        const delivery = sink.deliveries.find(({ record }) => idOf(record) === sent[i])!;
        const position = outcome.status === 'sent' ? outcome.receipt.position : undefined;
        if (position === null) return;
        assert.equal(JSON.stringify(position), JSON.stringify(delivery.position));
      });
    },
  },
  {
    name: 'takes an empty list of records',
    run: async (bench) => {
      const { transport } = await bench.open();
      assert.equal((await transport.publish([], bench.deadline())).length, 0);
    },
  },
  {
    name: 'keeps topics apart',
    run: async (bench) => {
      const open = await bench.open();
      const [a, b] = [bench.newTopic(), bench.newTopic()];
      await bench.publish(open, ids(10, 'a'), { topic: a });
      await bench.publish(open, ids(10, 'b'), { topic: b });
      const readA = await bench.read(open, { topics: [a] });
      const both = await bench.read(open, { topics: [a, b], group: `${bench.group}-2` });
      await bench.had(readA.sink, 10);
      await bench.had(both.sink, 20);
      await bench.quiet();
      assertEachReceivedOnce(ids(10, 'a'), readA.sink.ids);
      assertEachReceivedOnce(ids(10, 'a'), both.sink.idsOf(a));
      assertEachReceivedOnce(ids(10, 'b'), both.sink.idsOf(b));
    },
  },
  {
    name: 'has stored what it called sent, though the publisher is closed at once (5,000 records)',
    run: async (bench) => {
      const publisher = await bench.open();
      const sent = ids(5000);
      await bench.publish(publisher, sent);
      await bench.close(publisher);
      const { sink } = await bench.read(await bench.open());
      await bench.had(sink, sent.length);
      assertEachReceivedOnce(sent, sink.ids);
    },
  },
  {
    name: 'ends each publish that was begun before close with an outcome',
    run: async (bench) => {
      const open = await bench.open();
      const sent = ids(200);
      const records = await Promise.all(
        sent.map((id) => numberedRecord(open.wire, id, bench.topic, bench.deadline())),
      );
      const publishing = records.map((r) => open.transport.publish([r], bench.deadline()));
      await bench.close(open);
      const outcomes = (await Promise.all(publishing)).flat();
      const stored = sent.filter((_, i) => outcomes[i]!.status === 'sent');
      const maybe = sent.filter((_, i) => outcomes[i]!.status !== 'notSent');
      const { sink } = await bench.read(await bench.open());
      await bench.had(sink, stored.length);
      await bench.quiet();
      assertAllReceived(
        stored,
        sink.ids.filter((id) => stored.includes(id)),
      );
      assertAllReceived(
        sink.ids,
        sink.ids.filter((id) => maybe.includes(id)),
      );
    },
  },
  {
    name: 'answers publish after close with notSent and a ClosedError, without rejecting',
    run: async (bench) => {
      const open = await bench.open();
      const record = await numberedRecord(open.wire, '1', bench.topic, bench.deadline());
      await bench.close(open);
      const outcomes = await open.transport.publish([record, record], bench.deadline());
      assert.equal(outcomes.length, 2);
      for (const outcome of outcomes) {
        assert.equal(outcome.status, 'notSent');
        assert.equal('error' in outcome && (outcome.error as { code?: string }).code, 'CLOSED');
      }
    },
  },
];
