import assert from 'node:assert/strict';
import { fullTopic } from '../../transport/topic-prefix.js';
import type { IncomingRecord, OutgoingRecord } from '../../transport/transport.interface.js';
import type { ReceivedEvent, WireFormat } from '../../transport/wire-format.interface.js';
import type { ConformanceCase } from './bench.js';
import { idOf, ids, numberedEvent, numberedRecord } from './recording-sink.js';

export const eventCases: readonly ConformanceCase[] = [
  {
    name: 'carries metadata and body unchanged, time to the microsecond',
    run: async (bench) => {
      const open = await bench.open();
      const times = ['2024-05-07T08:09:10.000001+00:00', '2024-05-07T08:09:10+00:00'];
      for (const time of times) await bench.publish(open, [time], { record: () => ({ time }) });
      const { sink } = await bench.read(open);
      await bench.had(sink, 2);
      for (const { record, position } of sink.deliveries) {
        const event = await open.wire.fromRecord(record, position);
        const sent = numberedEvent(idOf(record), bench.topic, { time: idOf(record) });
        assert.equal(sortedJson(event.metadata), sortedJson(sent.metadata));
        assert.equal(event.type, sent.type);
        assert.equal(hex(event.body), hex(sent.body));
        assert.equal(event.warnings.join(), '');
      }
    },
  },
  {
    name: 'carries an event on the topic with the environment prefix',
    run: async (bench) => {
      const open = await bench.open();
      const full = fullTopic('dev', bench.topic);
      const event = numberedEvent('1', bench.topic);
      const made = await open.wire.toRecord(event, full, bench.deadline());
      assert.equal(made.topic, full);
      await open.transport.publish([made], bench.deadline());
      const { sink } = await bench.read(open, { topics: [full] });
      await bench.had(sink, 1);
      const { record, position } = sink.deliveries[0]!;
      assert.equal(`${record.topic} ${position.topic}`, `${full} ${full}`);
    },
  },
  {
    name: 'takes a default for a missing optional attribute, and warns',
    run: async (bench) => {
      const open = await bench.open();
      const made = await numberedRecord(open.wire, '1', bench.topic, bench.deadline());
      const sent = without(made, /^sourcehost$/);
      await open.transport.publish([sent], bench.deadline());
      const { sink } = await bench.read(open);
      await bench.had(sink, 1);
      const { record, position } = sink.deliveries[0]!;
      const event = await open.wire.fromRecord(record, position);
      assert.ok(event.metadata.sourcehost.length > 0);
      assert.equal(event.warnings.length, 1);
    },
  },
  {
    name: 'never takes a repeated attribute in silence: a warning, or the record is unusable',
    run: async (bench) => {
      const open = await bench.open();
      const made = await numberedRecord(open.wire, '1', bench.topic, bench.deadline());
      const again = ['sourcehost', Buffer.from('again.example.org')] as const;
      const sent = { ...made, attributes: [...made.attributes, again] };
      await open.transport.publish([sent], bench.deadline());
      const { sink } = await bench.read(open);
      await bench.had(sink, 1);
      const { record, position } = sink.deliveries[0]!;
      const event = await readOrCode(open.wire, record, position);
      if (typeof event === 'string') assert.equal(event, 'UNUSABLE_RECORD');
      else assert.equal(event.warnings.length, 1);
    },
  },
  {
    name: 'finds an unusable record; once it is settled the stream goes on',
    run: async (bench) => {
      const open = await bench.open();
      const made = await Promise.all(
        ids(5).map((id) =>
          numberedRecord(open.wire, id, bench.topic, bench.deadline(), { key: 'one' }),
        ),
      );
      const bad = new Set(['1', '3', '5']);
      const sent = made.map((record) =>
        bad.has(idOf(record)) ? without(record, /^(ce_)?type$/) : record,
      );
      await open.transport.publish(sent, bench.deadline());
      const outcomes: string[] = [];
      await bench.read(open, {
        maxInFlight: 1,
        react: async (delivery) => {
          const event = await readOrCode(open.wire, delivery.record, delivery.position);
          outcomes.push(typeof event === 'string' ? event : 'event');
          delivery.settle();
        },
      });
      await bench.eventually(
        () => outcomes.length === 5,
        () => `5 outcomes; there were ${outcomes.join()}`,
      );
      const unusable = 'UNUSABLE_RECORD';
      assert.equal(outcomes.join(), [unusable, 'event', unusable, 'event', unusable].join());
    },
  },
];

function without(record: OutgoingRecord, name: RegExp): OutgoingRecord {
  return { ...record, attributes: record.attributes.filter(([n]) => !name.test(n)) };
}

async function readOrCode(
  wire: WireFormat,
  record: IncomingRecord,
  position: Parameters<WireFormat['fromRecord']>[1],
): Promise<ReceivedEvent | string> {
  try {
    return await wire.fromRecord(record, position);
  } catch (error) {
    return String((error as { code?: unknown }).code);
  }
}

function sortedJson(value: object): string {
  return JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
