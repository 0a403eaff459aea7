import { ConfigurationError } from '../../errors/index.js';
import type { Position, Start, TransportAdmin } from '../transport.interface.js';
import type { KafkaDriver, PartitionOffsets } from './kafka-driver.interface.js';
import { serviceFault } from './kafka-errors.js';
import { offsetsAfter, startOffsets } from './consuming/start-places.js';

/** Looks at and moves groups. Each method rejects with ServiceFaultError when the broker says no. */
export class KafkaAdmin implements TransportAdmin {
  constructor(private readonly driver: KafkaDriver) {}

  async resolve(topic: string, at: Start): Promise<readonly Position[]> {
    return typed(topic, async () => positions(topic, await startOffsets(this.driver, topic, at)));
  }

  async positions(group: string, topic: string): Promise<readonly Position[]> {
    return typed(topic, async () => positions(topic, await this.driver.committed(group, topic)));
  }

  /** Rejects while the group has members: they would go on where they are. */
  async reset(group: string, to: readonly Position[]): Promise<void> {
    const topics = [...new Set(to.map(({ topic }) => topic))];
    for (const topic of topics)
      await typed(topic, () =>
        this.driver.setCommitted(group, topic, new Map(offsetsAfter(topic, to))),
      );
  }

  async members(group: string): Promise<readonly string[]> {
    return typed(undefined, () => this.driver.members(group));
  }

  /** Throws ConfigurationError for a position that is none of ours. */
  before(position: Position): Position {
    const [[, next]] = offsetsAfter(position.topic, [position]) as [readonly [number, number]];
    return { ...position, offset: String(next - 2) };
  }
}

function positions(topic: string, offsets: PartitionOffsets): Position[] {
  return [...offsets].map(([partition, next]) => ({
    topic,
    partition: String(partition),
    offset: String(next - 1),
  }));
}

async function typed<T>(topic: string | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    throw serviceFault(error, topic === undefined ? {} : { topic });
  }
}
