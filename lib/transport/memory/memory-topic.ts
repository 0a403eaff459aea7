import { createHash } from 'node:crypto';
import type { OutgoingRecord, Position } from '../transport.interface.js';
import { MemoryPartition } from './memory-partition.js';

/** A topic: partitions, and the rule which of them takes a record. */
export class MemoryTopic {
  readonly partitions: readonly MemoryPartition[];
  private turn = 0;

  constructor(
    readonly name: string,
    partitions: number,
    maxRecords: number,
  ) {
    const limit = Math.max(1, Math.floor(maxRecords / partitions));
    this.partitions = Array.from(
      { length: partitions },
      (_, index) => new MemoryPartition(name, index, limit),
    );
  }

  append(record: OutgoingRecord): Position {
    const key = record.orderKey ?? record.key;
    const number = key === null ? this.turn++ : numberOf(key);
    return this.partitions[number % this.partitions.length]!.append(record);
  }
}

function numberOf(key: string | Uint8Array): number {
  return createHash('sha1').update(key).digest().readUInt32BE();
}
