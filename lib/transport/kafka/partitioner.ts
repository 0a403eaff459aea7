import { crc32 } from 'node:zlib';

const M = 0x5bd1e995;
const SEED = 0x9747b28c;

/** The 32-bit hash (signed) by which Kafka's Java clients spread keys. */
export function murmur2(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.length & ~3;
  let hash = SEED ^ bytes.length;
  for (let at = 0; at < whole; at += 4) {
    let word = Math.imul(view.getInt32(at, true), M);
    word = Math.imul(word ^ (word >>> 24), M);
    hash = Math.imul(hash, M) ^ word;
  }
  const rest = bytes.length - whole;
  if (rest > 0) {
    for (let i = rest - 1; i >= 0; i--) hash ^= bytes[whole + i]! << (8 * i);
    hash = Math.imul(hash, M);
  }
  hash = Math.imul(hash ^ (hash >>> 13), M);
  return hash ^ (hash >>> 15);
}

/**
 * Which partition a key gets. `librdkafka`: as confluent-kafka-python, and so as the Python services of Open edX (its
 * default, `consistent_random`). `java`: as Kafka's Java clients, and as kafkajs by its own default.
 */
export type KafkaPartitioner = 'librdkafka' | 'java';

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

export const PARTITIONERS: Readonly<Record<KafkaPartitioner, Partitioner>> = {
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
