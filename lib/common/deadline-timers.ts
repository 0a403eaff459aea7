import { monotonicNow } from './clocks.js';
import { timerMs } from './waiting.js';
import { clearTimeout, setTimeout } from 'node:timers';

/** Something that is due once. */
export interface Deadlined {
  /** By `monotonicNow`; set by the timers. */
  deadline: number;
}

/** Rings for each item at its deadline. Items of the same millisecond share a timer. */
export class DeadlineTimers<T extends Deadlined> {
  private readonly moments = new Map<number, Moment<T>>();

  constructor(private readonly ring: (item: T) => void) {}

  /** Rings for `item` at `deadline` (by `monotonicNow`), or soon where that has passed. */
  set(deadline: number, item: T): void {
    item.deadline = deadline;
    let moment = this.moments.get(deadline);
    if (!moment) {
      const timer = setTimeout(() => this.isDue(deadline), timerMs(deadline - monotonicNow()));
      this.moments.set(deadline, (moment = { timer, items: new Set() }));
    }
    moment.items.add(item);
  }

  /** It will not ring for `item` any more. Idempotent, also after it rang. */
  cancel(item: T): void {
    const moment = this.moments.get(item.deadline);
    if (!moment?.items.delete(item) || moment.items.size > 0) return;
    clearTimeout(moment.timer);
    this.moments.delete(item.deadline);
  }

  /** Those for which it has not rung yet. */
  *waiting(): Iterable<T> {
    for (const { items } of this.moments.values()) yield* items;
  }

  private isDue(deadline: number): void {
    const due = this.moments.get(deadline)?.items ?? [];
    this.moments.delete(deadline);
    for (const item of due) this.ring(item);
  }
}

interface Moment<T> {
  readonly timer: NodeJS.Timeout;
  readonly items: Set<T>;
}

/**
 * Resolves when `work` has settled, however, at the latest at `deadline` (by `monotonicNow`). As `endBy`, by the timers that
 * alarms have: fake timers in a test of the application do not hold up the end of its sends.
 */
export async function settledBy(deadline: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timerMs(deadline - monotonicNow()));
  });
  await Promise.race([work.catch(() => undefined), late]);
  clearTimeout(timer);
}
