import type { Subscription } from '../../transport.interface.js';
import type { KafkaDriver } from '../kafka-driver.interface.js';
import { backoffDelay, pauseFor } from '../waiting.js';
import { type PartitionSource, sourceName } from './partition-source.js';
import { endOffsets } from './start-places.js';

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Where a bounded read ends. A time in the future is known only once it has come. */
export class ReadBound {
  private ends: ReadonlyMap<string, number> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly driver: KafkaDriver,
    private readonly topics: readonly string[],
    private readonly until: NonNullable<Subscription['until']>,
    private readonly known: () => void,
  ) {}

  /** Resolves when the end is known, at once where it is a time in the future. Rejects for bad positions. */
  async find(): Promise<void> {
    const { until } = this;
    const wait = typeof until === 'object' && 'time' in until ? until.time - Date.now() : 0;
    if (wait <= 0) return this.look();
    this.timer = setTimeout(
      () => void this.lookPatiently(wait > LONGEST_TIMER_MS),
      Math.min(wait, LONGEST_TIMER_MS),
    );
  }

  /** Offset before which reading of the source ends. */
  before({ source }: PartitionSource): number {
    return this.ends ? (this.ends.get(source) ?? 0) : Infinity;
  }

  /** Everything before the bound is settled, in all sources. */
  reached(sources: readonly PartitionSource[]): boolean {
    if (!this.ends || sources.length === 0) return false;
    return sources.every((source) => source.isStarted && source.settledTo >= this.before(source));
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private async lookPatiently(tooEarly: boolean): Promise<void> {
    for (let failures = 1; !this.closed; failures++) {
      try {
        await (tooEarly ? this.find() : this.look());
        return;
      } catch {
        await pauseFor(backoffDelay(failures, 500));
      }
    }
  }

  private async look(): Promise<void> {
    const perTopic = await Promise.all(
      this.topics.map(async (topic) =>
        [...(await endOffsets(this.driver, topic, this.until))].map(
          ([partition, end]) => [sourceName({ topic, partition }), end] as const,
        ),
      ),
    );
    this.ends = new Map(perTopic.flat());
    this.known();
  }
}
