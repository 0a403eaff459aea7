import type { Start } from '../../transport.interface.js';
import type { KafkaDriver, PartitionOffsets } from '../kafka-driver.interface.js';
import { startOffsets } from './start-places.js';

const NONE: PartitionOffsets = new Map();

export interface FixedStartsParts {
  readonly driver: Pick<KafkaDriver, 'topics' | 'offsets' | 'committed' | 'setCommitted'>;
  readonly group: string | null;
  readonly start: Start;
  readonly topics: readonly string[];
}

/**
 * Where reading of partitions begins for which the group has no position, where that moves on as time goes by: found
 * before anybody relies on it, and told to the group where it has no members, so that it is the same for all of them
 * and outlives this process. While it has members, only this one knows.
 */
export class FixedStarts {
  private readonly found = new Map<string, PartitionOffsets>();
  private readonly told = new Map<string, PartitionOffsets>();

  constructor(private readonly parts: FixedStartsParts) {}

  /** Rejects as the driver does. A topic that is not there is read from its beginning once it is. */
  async fix(): Promise<void> {
    const { driver, start, topics } = this.parts;
    if (start === 'earliest' || (typeof start === 'object' && 'after' in start)) return;
    const states = await driver.topics(topics);
    await Promise.all(
      topics.filter((topic) => states.get(topic) !== null).map((topic) => this.fixTopic(topic)),
    );
  }

  /** Undefined where it is not fixed. */
  of(topic: string): PartitionOffsets | undefined {
    return this.found.get(topic);
  }

  /** Whether the group has the position from us, because it had none. */
  isOurs(topic: string, partition: number, offset: number): boolean {
    return this.told.get(topic)?.get(partition) === offset;
  }

  /** Another topic has the name. */
  forget(topic: string): void {
    this.found.set(topic, NONE);
    this.told.delete(topic);
  }

  private async fixTopic(topic: string): Promise<void> {
    const { driver, group, start } = this.parts;
    const starts = await startOffsets(driver, topic, start);
    this.found.set(topic, starts);
    if (group === null) return;
    // After the ends: a position that another process has told the group since is not behind its own start.
    const committed = await driver.committed(group, topic);
    const missing = new Map([...starts].filter(([partition]) => !committed.has(partition)));
    if (missing.size === 0) return;
    try {
      await driver.setCommitted(group, topic, missing);
      this.told.set(topic, missing);
    } catch {
      // The group has members. Whoever is given the partition tells it.
    }
  }
}
