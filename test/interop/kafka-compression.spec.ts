import { randomBytes } from 'node:crypto';
import type { IncomingRecord } from '../../lib/transport/transport.interface.js';
import { KafkaWorkbench, statuses } from '../kafka/support/kafka-workbench.js';
import { storedCompressions } from '../kafka/support/stored-compressions.js';
import { createTopics } from '../services/kafka-topics.js';
import { until } from '../services/until.js';
import { kafkaBus } from './kafka-bus.js';
import { PythonDriver } from './python-driver.js';

/** A record in JSON, bytes in hex: what the Python drivers read and write. */
interface HexRecord {
  readonly headers: readonly (readonly [string, string | null])[];
  readonly key: string | null;
  readonly value: string | null;
}

const hex = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString('hex');
const bytes = (text: string | null) => (text === null ? null : Buffer.from(text, 'hex'));

/** More than a block of any compression: text, what cannot be made smaller, and nothing at all. */
const RECORDS: readonly HexRecord[] = Array.from({ length: 400 }, (_, i) => ({
  headers: [['n', hex(Buffer.from(String(i)))]],
  key: hex(Buffer.from(`key ${i % 7}`)),
  value: hex(i % 4 === 0 ? randomBytes(3_000) : Buffer.alloc(i * 3, `text of record ${i}, `)),
}));

describe.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)(
  'records on Kafka in %s',
  (compression) => {
    const bench = new KafkaWorkbench();
    afterAll(() => bench.close());

    const batches = async (topic: string) =>
      new Set(await storedCompressions(bench.brokers, topic));

    /** All that our consumer gets of a topic. */
    const read = async (topic: string): Promise<HexRecord[]> => {
      const transport = await bench.open();
      const { sink } = await bench.read(transport, { topics: [topic], group: null, until: 'end' });
      await until('the end of the topic', () => sink.ends.length > 0);
      expect(sink.ends).toEqual(['until']);
      return sink.deliveries.map(({ record }) => hexRecord(record));
    };

    const send = async (topic: string, options: Parameters<typeof bench.open>[0] = {}) => {
      const transport = await bench.open(options);
      const records = RECORDS.map(({ headers, key, value }) => ({
        ...{ topic, key: bytes(key), value: bytes(value) },
        attributes: headers.map(([name, text]) => [name, bytes(text)] as const),
      }));
      const outcomes = await transport.publish(records, Date.now() + 30_000);
      expect(new Set(statuses(outcomes).split(','))).toEqual(new Set(['sent']));
    };

    it('are so at the broker when we are told to, and the Python client reads from us what we sent', async () => {
      const topic = await bench.topic();
      await send(topic, { compression });
      expect(await batches(topic)).toEqual(new Set([compression]));
      const python = await PythonDriver.start('kafka_records.py', kafkaBus(), topic);
      const got = (await python.end()) as readonly HexRecord[];
      expect(got.map(({ headers, key, value }) => ({ headers, key, value }))).toEqual(RECORDS);
      expect(await read(topic)).toEqual(RECORDS);
    });

    it('from the Python client reach us byte for byte and in order', async () => {
      const topic = await bench.topic();
      const python = await PythonDriver.start(
        'kafka_compressed.py',
        kafkaBus(),
        topic,
        compression,
      );
      python.write(RECORDS);
      await python.end(60_000);
      expect(await batches(topic)).toEqual(new Set([compression]));
      expect(await read(topic)).toEqual(RECORDS);
    });

    it('from the Java client, by which a broker compresses for its topic, reach us byte for byte and in order', async () => {
      const topic = bench.newName('topic');
      const configEntries = [{ name: 'compression.type', value: compression }];
      await bench.admin((admin) => createTopics(admin, [{ topic, configEntries }]));
      await send(topic);
      expect(await batches(topic)).toEqual(new Set([compression]));
      expect(await read(topic)).toEqual(RECORDS);
    });
  },
);

function hexRecord({ attributes, key, value: body }: IncomingRecord): HexRecord {
  return {
    headers: attributes.map(([name, value]) => [name, hex(value)] as const),
    key: hex(key),
    value: hex(body),
  };
}
