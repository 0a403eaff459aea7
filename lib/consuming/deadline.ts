import { resolvable, timerMs } from '../common/waiting.js';
import { monotonicNow } from '../common/clocks.js';

/** A moment after which nobody waits any longer. It may be brought forward, never put off. */
export class Deadline {
  private readonly passing = resolvable();
  readonly passed = this.passing.promise;
  private timer: NodeJS.Timeout | undefined;

  /** `at` is by `monotonicNow`. */
  constructor(private at: number) {
    this.arm();
  }

  get epochMs(): number {
    return this.at;
  }

  bringForward(at: number): void {
    if (at >= this.at) return;
    this.at = at;
    this.arm();
  }

  /** Ends the timer; for when the work was done in time. */
  clear(): void {
    clearTimeout(this.timer);
  }

  private arm(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.passing.resolve, timerMs(this.at - monotonicNow()));
  }
}
