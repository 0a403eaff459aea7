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

/**
 * Tells whoever listens that handlers are no longer waited for. As an AbortSignal, for listeners that come and go with
 * each event. They are kept in an array: a Set that grows and shrinks all the time leaves tables behind which hold on
 * to listeners, and so to whole events, until the next full garbage collection.
 */
export class AbortFlag {
  private readonly listeners: (() => void)[] = [];
  private why: Error | undefined;

  /** undefined: they are waited for. */
  get reason(): Error | undefined {
    return this.why;
  }

  /** Calls every listener. The first reason counts. */
  give(reason: Error): void {
    if (this.why) return;
    this.why = reason;
    for (const listener of [...this.listeners]) listener();
  }

  on(listener: () => void): void {
    this.listeners.push(listener);
  }

  off(listener: () => void): void {
    const { listeners } = this;
    const at = listeners.lastIndexOf(listener);
    if (at < 0) return;
    const last = listeners.pop()!;
    if (at < listeners.length) listeners[at] = last;
  }
}
