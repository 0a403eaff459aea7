import type { PartitionBatch } from '../../kafka-driver.interface.js';
import { ByteWriter } from './byte-writer.js';
import { type BatchOptions, encodeBatch } from './record-batch.js';

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
