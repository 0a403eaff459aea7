import type { RetryDelays } from '../consuming/processing/retry-delays.js';

/**
 * How handlers wait for their next attempt in a test. `system`: as long as the settings say. `instant`: not at all.
 * `manual`: until `EventBusTestKit.clock` is moved on.
 */
export type TestClockMode = 'system' | 'instant' | 'manual';

// Kept from before a test's fake timers could replace them.
const { setImmediate: later, clearImmediate: notLater } = globalThis;

/** A record passes from the broker to its handlers within fewer turns of the event loop. */
const QUIET_TURNS = 10;

/** Lets every delay that begins from now on be over in the next turn of the event loop. */
export function skipDelays(delays: RetryDelays, passed: (ms: number) => void): void {
  delays.lookAgainMs = Infinity;
  delays.wait = (ms, run) => {
    passed(ms);
    const turn = later(run);
    return () => notLater(turn);
  };
}

interface Waiting {
  readonly due: number;
  readonly run: () => void;
}

/**
 * The clock by which handlers wait for their next attempt, with `clock: 'manual'`: it stands still until a test moves it on.
 * Timers of your own, of other packages and of the event bus apart from these delays go on as always.
 */
export class TestClock {
  private now = 0;
  private readonly delayed = new Set<Waiting>();

  /** @internal `isHandling`: an event is on its way to handlers, or with them. */
  constructor(
    private readonly delays: RetryDelays,
    private readonly isHandling: () => boolean,
    private readonly passed: (ms: number) => void,
  ) {
    delays.lookAgainMs = Infinity;
    delays.wait = (ms, run) => {
      const waiting = { due: this.now + ms, run };
      this.delayed.add(waiting);
      return () => this.delayed.delete(waiting);
    };
  }

  /** In how many ms the next attempts are due, the first one first. */
  get waiting(): readonly number[] {
    return [...this.delayed].map(({ due }) => due - this.now).sort((a, b) => a - b);
  }

  /**
   * Moves the clock on, and runs the attempts that are due until then, each at its time. Resolves when these attempts, and
   * those that ran already, have ended: with 0, when what was emitted is handled or waits for its next attempt.
   */
  async advance(ms: number): Promise<void> {
    const goal = this.now + ms;
    for (;;) {
      await this.quiet();
      const next = this.first();
      if (next === undefined || next.due > goal) break;
      this.moveTo(next.due);
      this.delayed.delete(next);
      next.run();
    }
    this.moveTo(goal);
  }

  private moveTo(time: number): void {
    const by = Math.max(0, time - this.now);
    this.now += by;
    this.passed(by);
  }

  private first(): Waiting | undefined {
    let first: Waiting | undefined;
    for (const waiting of this.delayed) if (!first || waiting.due < first.due) first = waiting;
    return first;
  }

  private async quiet(): Promise<void> {
    for (let turns = 0; turns < QUIET_TURNS; turns++) {
      await new Promise((resolve) => later(resolve));
      const waits = this.delayed.size > 0 || !this.isHandling();
      if (!waits || !this.delays.areQuiet) turns = -1;
    }
  }
}
