import { ConfigurationError } from '../../errors/index.js';
import type { Position, Start, TransportAdmin } from '../transport.interface.js';
import type { MemoryBroker } from './memory-broker.js';
import { offsetAfter, startOffset } from './start-offset.js';

export class MemoryAdmin implements TransportAdmin {
  constructor(private readonly broker: MemoryBroker) {}

  // eslint-disable-next-line @typescript-eslint/require-await -- what it throws must be a rejection
  async resolve(topic: string, at: Start): Promise<readonly Position[]> {
    return this.broker
      .topic(topic)
      .partitions.map((partition) => partition.position(startOffset(partition, at) - 1));
  }

  positions(group: string, topic: string): Promise<readonly Position[]> {
    const { cursors } = this.broker.group(group);
    const positions = this.broker.topic(topic).partitions.flatMap((partition) => {
      const cursor = cursors.get(partition.source);
      return cursor ? [partition.position(cursor.settledTo - 1)] : [];
    });
    return Promise.resolve(positions);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- what it throws must be a rejection
  async reset(group: string, to: readonly Position[]): Promise<void> {
    const { broker } = this;
    const moves = to.flatMap(({ topic }) =>
      broker.topic(topic).partitions.flatMap((partition) => {
        const offset = offsetAfter(partition, to);
        return offset === undefined ? [] : [{ partition, offset }];
      }),
    );
    const moved = broker.group(group);
    for (const { partition, offset } of moves) {
      if (moved.cursor(partition, () => offset).isNew) continue;
      moved.moveTo(partition.source, offset);
    }
  }

  members(group: string): Promise<readonly string[]> {
    return Promise.resolve([...this.broker.group(group).members].map(({ name }) => name));
  }

  before(position: Position): Position {
    const { topic, offset } = position;
    if (!/^\d{1,15}$/.test(offset))
      throw new ConfigurationError([
        { setting: `position in ${topic}`, found: offset, allowed: 'a whole number' },
      ]);
    return { ...position, offset: String(Number(offset) - 1) };
  }
}
