import { readFileSync } from 'node:fs';
import { PARTITIONERS } from '../../lib/transport/kafka/partitioner.js';

interface Recorded {
  recorded_with: Record<string, string>;
  partition_counts: number[];
  keys: { key: string; consistent_random: number[]; murmur2: number[] }[];
}

const recorded = JSON.parse(
  readFileSync(new URL('data/kafka-partitions.json', import.meta.url), 'utf8'),
) as Recorded;
const places = (name: keyof typeof PARTITIONERS, hex: string): number[] =>
  recorded.partition_counts.map((count) => PARTITIONERS[name](Buffer.from(hex, 'hex'), count));

it('the table was recorded with the confluent-kafka that the reference uses', () => {
  expect(recorded.recorded_with).toEqual({ 'confluent-kafka': '2.16.0', librdkafka: '2.16.0' });
  expect(recorded.keys.length).toBeGreaterThanOrEqual(80);
});

it.each(recorded.keys)('key $key is where confluent-kafka-python puts it (P-04)', (row) => {
  expect(places('librdkafka', row.key)).toEqual(row.consistent_random);
});

it.each(recorded.keys)('key $key is where murmur2 of librdkafka puts it', (row) => {
  expect(places('java', row.key)).toEqual(row.murmur2);
});
