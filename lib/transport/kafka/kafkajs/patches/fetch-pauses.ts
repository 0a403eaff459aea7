import type { PartitionPlace } from '../../kafka-driver.interface.js';

/**
 * Which partitions of a member are paused. kafkajs sleeps while all are, and cannot be woken: it is kept
 * waiting here instead.
 */
export class FetchPauses {
  private places = new Set<string>();
  private readonly paused = new Set<string>();
  /** One for each broker that is fetched from. */
  private waiting: (() => void)[] = [];

  assigned(places: readonly PartitionPlace[]): void {
    this.places = new Set(places.map(keyOf));
    for (const key of this.paused) if (!this.places.has(key)) this.paused.delete(key);
    this.interrupt();
  }

  pause(place: PartitionPlace): void {
    this.paused.add(keyOf(place));
  }

  resume(place: PartitionPlace): void {
    this.paused.delete(keyOf(place));
    this.interrupt();
  }

  /** Ends the waits that are under way. */
  interrupt(): void {
    for (const go of this.waiting.splice(0)) go();
  }

  /** Resolves once a partition is not paused, at the latest after `ms`. */
  async untilSome(ms: number): Promise<void> {
    if (this.places.size === 0 || this.paused.size < this.places.size) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => this.interrupt(), ms);
      this.waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

function keyOf({ topic, partition }: PartitionPlace): string {
  return `${topic}/${partition}`;
}
