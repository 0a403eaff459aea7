import { BoundedMap } from '../../../../common/bounded-map.js';
import { zigzagSize } from '../../../../common/varint.js';
import type { OutgoingRecord } from '../../../transport.interface.js';
import type { Codec } from '../compression/decompress.js';
import { HEAD, LENGTH_FROM, MAGIC } from './read-message.js';
import { ByteWriter, crc32c } from './byte-writer.js';
import type { PartitionBatch } from '../../kafka-driver.interface.js';

const CHECKED_FROM = 21;

export interface BatchOptions {
  readonly producerId: number;
  readonly producerEpoch: number;
  /** The number that the broker expects of the first record. */
  readonly firstSequence: number;
  /** Epoch ms: the time of every record. */
  readonly time: number;
  /** None: not compressed. */
  readonly compression: { readonly number: number; readonly codec: Codec } | undefined;
}

/** One batch of records, as a broker stores it: its head and its body. */
export async function encodeBatch(
  records: readonly OutgoingRecord[],
  { producerId, producerEpoch, firstSequence, time, compression }: BatchOptions,
): Promise<readonly [Buffer, Buffer]> {
  const plain = encodeRecords(records);
  const body = compression ? await compression.codec.compress({ buffer: plain }) : plain;
  const head = new ByteWriter(HEAD);
  head.int64(0);
  head.int32(HEAD + body.length - LENGTH_FROM);
  head.int32(0);
  head.int8(MAGIC);
  head.int32(0);
  head.int16(compression?.number ?? 0);
  head.int32(records.length - 1);
  head.int64(time);
  head.int64(time);
  head.int64(producerId);
  head.int16(producerEpoch);
  head.int32(firstSequence);
  head.int32(records.length);
  const checksum = crc32c(head.bytes.subarray(CHECKED_FROM), body);
  head.bytes.writeUInt32BE(checksum, CHECKED_FROM - 4);
  return [head.bytes, body];
}

function encodeRecords(records: readonly OutgoingRecord[]): Buffer {
  const sizes = records.map(sizeOf);
  const whole = sizes.reduce((sum, size, i) => {
    const length = size + zigzagSize(i);
    return sum + zigzagSize(length) + length;
  }, 0);
  const writer = new ByteWriter(whole);
  records.forEach((record, i) => {
    writer.varint(sizes[i]! + zigzagSize(i));
    writeRecord(writer, record, i);
  });
  return writer.bytes;
}

function writeRecord(writer: ByteWriter, record: OutgoingRecord, offsetDelta: number): void {
  writer.int8(0);
  // All have the time of the batch.
  writer.varint(0);
  writer.varint(offsetDelta);
  writer.varBytes(record.key);
  writer.varBytes(record.value);
  writer.varint(record.attributes.length);
  for (const [name, value] of record.attributes) {
    writer.varBytes(bytesOf(name));
    writer.varBytes(value);
  }
}

/** All but the delta of the offset. */
function sizeOf({ key, value, attributes }: OutgoingRecord): number {
  let size = 2 + varSize(key) + varSize(value) + zigzagSize(attributes.length);
  for (const [name, bytes] of attributes) size += varSize(bytesOf(name)) + varSize(bytes);
  return size;
}

function varSize(bytes: Uint8Array | null): number {
  return bytes === null ? 1 : zigzagSize(bytes.length) + bytes.length;
}

/** Attributes of applications may have any names; those of events are few. */
const names = new BoundedMap<string, Buffer>({ entries: 1_000 });

function bytesOf(name: string): Buffer {
  let bytes = names.get(name);
  if (bytes === undefined) {
    bytes = Buffer.from(name);
    names.set(name, bytes);
  }
  return bytes;
}

/** The versions of Produce that have this form. */
export const PRODUCE_VERSIONS: ReadonlySet<number> = new Set([3, 4, 5, 6, 7]);

export interface ProduceRequest extends Pick<BatchOptions, 'time' | 'compression'> {
  readonly acks: number;
  readonly timeout: number;
  /** At most one for each partition. */
  readonly batches: readonly PartitionBatch[];
}

/** The body of a Produce request without a transaction. */
export async function encodeProduce({
  acks,
  timeout,
  batches,
  ...options
}: ProduceRequest): Promise<Buffer> {
  const topics = new Map<string, PartitionBatch[]>();
  for (const batch of batches) {
    const same = topics.get(batch.topic);
    if (same) same.push(batch);
    else topics.set(batch.topic, [batch]);
  }
  const parts: Buffer[] = [];
  const start = new ByteWriter(12);
  start.string(null);
  start.int16(acks);
  start.int32(timeout);
  start.int32(topics.size);
  parts.push(start.bytes);
  for (const [topic, partitions] of topics) {
    const opening = new ByteWriter(6 + Buffer.byteLength(topic));
    opening.string(topic);
    opening.int32(partitions.length);
    parts.push(opening.bytes);
    for (const { partition, sequence, producer, records } of partitions) {
      const [head, body] = await encodeBatch(records, {
        ...options,
        ...{ firstSequence: sequence, producerId: producer.id, producerEpoch: producer.epoch },
      });
      const place = new ByteWriter(8);
      place.int32(partition);
      place.int32(head.length + body.length);
      parts.push(place.bytes, head, body);
    }
  }
  return Buffer.concat(parts);
}
