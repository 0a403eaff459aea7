import { ConfigurationError } from '../../errors/index.js';
import type { Position, Start, Subscription } from '../transport.interface.js';
import type { MemoryPartition } from './memory-partition.js';

/** The offset at which reading begins. Throws ConfigurationError for a position that is none of ours. */
export function startOffset(partition: MemoryPartition, start: Start): number {
  if (start === 'earliest') return partition.first;
  if (start === 'latest') return partition.end;
  if ('time' in start) return partition.offsetAt(start.time);
  return offsetAfter(partition, start.after) ?? partition.first;
}

/** How far a bounded read goes: the first offset that is not read any more. */
export function endOffset(
  partition: MemoryPartition,
  until: NonNullable<Subscription['until']>,
): number {
  if (until === 'end') return partition.end;
  if ('time' in until) return partition.offsetAt(until.time);
  return offsetAfter(partition, until.positions) ?? 0;
}

/** The offset behind the position that names this partition, if one does. */
export function offsetAfter(
  partition: MemoryPartition,
  positions: readonly Position[],
): number | undefined {
  const named = positions.find(
    (p) => p.topic === partition.topic && p.partition === String(partition.index),
  );
  return named && parseOffset(named) + 1;
}

function parseOffset({ topic, partition, offset }: Position): number {
  const value = Number(offset);
  if (/^-?\d+$/.test(offset) && Number.isSafeInteger(value) && value >= -1) return value;
  const allowed = 'a whole number of at least -1';
  throw new ConfigurationError([
    { setting: `position in ${topic}/${partition}`, found: offset, allowed },
  ]);
}
