import type { Position, TransportCapabilities } from '../transport/transport.interface.js';

type Partitions = Pick<TransportCapabilities, 'partitions'>;

/** A position as answers and options write it: `PARTITION:OFFSET`, or the id of the entry. */
export function positionText({ partitions }: Partitions): (position: Position) => string {
  return partitions ? ({ partition, offset }) => `${partition}:${offset}` : ({ offset }) => offset;
}

/**
 * Where a group is, as answers tell it: the offset that comes next in each partition, or the id of the
 * last entry read. null: nowhere.
 */
export function groupPlace({ partitions }: Partitions): (at: readonly Position[]) => unknown {
  return (at) => {
    if (at.length === 0) return null;
    return partitions ? Object.fromEntries(nextOffsets(at)) : at[0]!.offset;
  };
}

/** Of positions in partitions: the offset behind each, by partition. */
export function nextOffsets(at: readonly Position[]): ReadonlyMap<number, number> {
  const next = at.map(({ partition, offset }) => [Number(partition), Number(offset) + 1] as const);
  return new Map(next.sort(([a], [b]) => a - b));
}

/** The positions behind which the offsets are the next ones. */
export function positionsBefore(topic: string, next: ReadonlyMap<number, number>): Position[] {
  return [...next].map(([partition, offset]) => ({
    topic,
    partition: String(partition),
    offset: String(offset - 1),
  }));
}
