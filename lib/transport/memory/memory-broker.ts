import { systemNow } from '../../common/clocks.js';
import { ConfigurationError } from '../../errors/index.js';
import { MemoryGroup } from './memory-group.js';
import { MemoryLetters } from './memory-letters.js';
import { MemoryTopic } from './memory-topic.js';

/** How a MemoryBroker keeps its records. Every option may be left out. */
export interface MemoryBrokerOptions {
  /** Partitions of every topic: an integer >= 1. Default 1: all records of a topic are in one order. */
  readonly partitions?: number;
  /**
   * Records that a topic keeps, in equal parts in its partitions: an integer >= 1. Default 10,000. Older ones
   * are dropped; where a group had not read them, the log has their number.
   */
  readonly maxRecords?: number;
}

/**
 * The broker of the in-memory transport: topics, records and groups in the memory of this process.
 *
 * It lives as long as the object does. Several buses or applications that are given the same broker exchange
 * events, and a later application goes on where an earlier one stopped.
 */
export class MemoryBroker {
  private readonly partitions: number;
  private readonly maxRecords: number;
  private readonly topics = new Map<string, MemoryTopic>();
  private readonly groups = new Map<string, MemoryGroup>();
  private skippedMs = 0;
  private stoppedAt: number | undefined;
  private readonly letterBooks = new Map<string, MemoryLetters>();

  /** Throws ConfigurationError for an option that is not an integer >= 1. */
  constructor({ partitions = 1, maxRecords = 10_000 }: MemoryBrokerOptions = {}) {
    const problems = Object.entries({ partitions, maxRecords })
      .filter(([, value]) => !Number.isSafeInteger(value) || value < 1)
      .map(([setting, value]) => ({
        setting: `memoryTransport ${setting}`,
        found: String(value),
        allowed: 'an integer >= 1',
      }));
    if (problems.length > 0) throw new ConfigurationError(problems);
    this.partitions = partitions;
    this.maxRecords = maxRecords;
  }

  /**
   * The time that records are stamped with, in ms since the epoch.
   *
   * @internal
   */
  now(): number {
    return (this.stoppedAt ?? systemNow()) + this.skippedMs;
  }

  /**
   * Lets that time stand still but for `skip`, for a test that moves it on itself.
   *
   * @internal
   */
  stopClock(): void {
    this.stoppedAt ??= systemNow();
  }

  /**
   * Moves that time on, for a test that lets delays pass at once.
   *
   * @internal
   */
  skip(ms: number): void {
    this.skippedMs += ms;
  }

  /**
   * The topic, made at its first use.
   *
   * @internal
   */
  topic(name: string): MemoryTopic {
    return getOrMake(
      this.topics,
      name,
      () => new MemoryTopic(name, this.partitions, this.maxRecords, () => this.now()),
    );
  }

  /**
   * Every topic that was used, in the order of first use.
   *
   * @internal
   */
  allTopics(): readonly MemoryTopic[] {
    return [...this.topics.values()];
  }

  /**
   * What became of the dead letters of a topic.
   *
   * @internal
   */
  letters(topic: string): MemoryLetters {
    return getOrMake(this.letterBooks, topic, () => new MemoryLetters(this.topic(topic)));
  }

  /**
   * Whether the topic was used.
   *
   * @internal
   */
  has(topic: string): boolean {
    return this.topics.has(topic);
  }

  /**
   * The group, made at its first use.
   *
   * @internal
   */
  group(name: string): MemoryGroup {
    return getOrMake(this.groups, name, () => new MemoryGroup());
  }
}

function getOrMake<T>(map: Map<string, T>, name: string, make: () => T): T {
  const known = map.get(name);
  if (known) return known;
  const made = make();
  map.set(name, made);
  return made;
}
