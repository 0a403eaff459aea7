import type { OutgoingRecord } from '../../../transport.interface.js';
import { ByteWriter } from './byte-writer.js';
import { type BatchOptions, encodeBatch } from './record-batch.js';

/** The versions of Produce that have this form. */
export const PRODUCE_VERSIONS: ReadonlySet<number> = new Set([3, 4, 5, 6, 7]);

export interface ProduceRequest extends Omit<BatchOptions, 'firstSequence'> {
  readonly acks: number;
  readonly timeout: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly firstSequence: number;
      readonly records: readonly OutgoingRecord[];
    }[];
  }[];
}

/** The body of a Produce request without a transaction, the records of each partition in one batch. */
export async function encodeProduce({
  acks,
  timeout,
  topics,
  ...options
}: ProduceRequest): Promise<Buffer> {
  const parts: Buffer[] = [];
  const start = new ByteWriter(12);
  start.string(null);
  start.int16(acks);
  start.int32(timeout);
  start.int32(topics.length);
  parts.push(start.bytes);
  for (const { topic, partitions } of topics) {
    const opening = new ByteWriter(6 + Buffer.byteLength(topic));
    opening.string(topic);
    opening.int32(partitions.length);
    parts.push(opening.bytes);
    for (const { partition, firstSequence, records } of partitions) {
      const [head, body] = await encodeBatch(records, { ...options, firstSequence });
      const place = new ByteWriter(8);
      place.int32(partition);
      place.int32(head.length + body.length);
      parts.push(place.bytes, head, body);
    }
  }
  return Buffer.concat(parts);
}
