import { systemNow } from '../../common/clocks.js';
import type { Subscription } from '../transport.interface.js';
import { backoffDelay, LONGEST_TIMER_MS, pauseFor } from '../../common/waiting.js';

interface BoundedSource {
  readonly source: string;
  /** Everything below this offset is settled. */
  readonly settledTo: number;
  /** False: `settledTo` is not known yet. */
  readonly isStarted?: boolean;
}

/** Where a bounded read of numbered records ends. A time in the future is known only once it has come. */
export class OffsetBound {
  private ends: ReadonlyMap<string, number> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  /** `look` gives the first offset of each source that is not read any more; `known` is called after it. */
  constructor(
    private readonly until: NonNullable<Subscription['until']>,
    private readonly look: () => Promise<ReadonlyMap<string, number>>,
    private readonly known: () => void,
  ) {}

  /** Resolves when the end is known, at once where it is a time in the future. Rejects as `look` does. */
  async find(): Promise<void> {
    const { until } = this;
    const wait = typeof until === 'object' && 'time' in until ? until.time - systemNow() : 0;
    if (wait > 0)
      this.timer = setTimeout(() => void this.findPatiently(), Math.min(wait, LONGEST_TIMER_MS));
    else await this.lookNow();
  }

  /** Offset before which reading of the source ends. */
  before(source: string): number {
    return this.ends ? (this.ends.get(source) ?? 0) : Infinity;
  }

  /** Everything before the bound is settled, in all of the sources, of which there must be one. */
  reached(sources: readonly BoundedSource[]): boolean {
    if (!this.ends || sources.length === 0) return false;
    return sources.every(
      ({ source, settledTo, isStarted }) => isStarted !== false && settledTo >= this.before(source),
    );
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private async findPatiently(): Promise<void> {
    for (let failures = 1; !this.closed; failures++) {
      try {
        return await this.find();
      } catch {
        await pauseFor(backoffDelay(failures, 500));
      }
    }
  }

  private async lookNow(): Promise<void> {
    this.ends = await this.look();
    if (!this.closed) this.known();
  }
}
