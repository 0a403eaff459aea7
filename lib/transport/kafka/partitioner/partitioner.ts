import { crc32 } from 'node:zlib';
import { murmur2 } from './murmur2.js';

/**
 * `librdkafka`: as confluent-kafka-python, and so as the Python services of Open edX (its default,
 * `consistent_random`). `java`: as Kafka's Java clients, and as kafkajs by its own default.
 */
export type PartitionerName = 'librdkafka' | 'java';

/**
 * The partition of a key on a topic of `count` partitions (1 or more). The same key always gets the
 * same one, whichever partitions can be written at the moment. Without a key it is one of
 * `available` at random, or of all where none is named.
 */
export type Partitioner = (
  key: Uint8Array | null,
  count: number,
  available?: readonly number[],
) => number;

export const PARTITIONERS: Readonly<Record<PartitionerName, Partitioner>> = {
  // librdkafka takes a key without bytes for no key, the Java clients do not.
  librdkafka: (key, count, available) =>
    key === null || key.length === 0 ? anyOf(count, available) : crc32(key) % count,
  java: (key, count, available) =>
    key === null ? anyOf(count, available) : (murmur2(key) & 0x7fffffff) % count,
};

function anyOf(count: number, available: readonly number[] = []): number {
  if (available.length === 0) return Math.floor(Math.random() * count);
  return available[Math.floor(Math.random() * available.length)]!;
}
