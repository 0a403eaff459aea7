interface Timer {
  readonly run: () => void;
  readonly everyMs: number | undefined;
  readonly number: number;
  due: number;
}

const real = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
  setImmediate: globalThis.setImmediate,
  clearImmediate: globalThis.clearImmediate,
  performance: globalThis.performance,
};
const realRandom = Math.random;

/** The time origin of `performance`: any moment will do. */
const ORIGIN = 1_700_000_000_000;

/**
 * The timers, turns of the event loop and `performance` of this file's realm, moved by hand, and `Math.random` from a
 * seed: what runs on them runs the same each time. Promises run on as they do.
 */
export class VirtualClock {
  /** ms since the start. */
  now = 0;
  private readonly timers = new Set<Timer>();
  private immediates: Timer[] = [];
  private counted = 0;

  private constructor() {}

  static install(random: () => number): VirtualClock {
    const clock = new VirtualClock();
    const cancel = (timer: unknown): void => clock.cancel(timer as Timer | undefined);
    Object.assign(globalThis, {
      setTimeout: (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) =>
        clock.add(() => run(...args), ms),
      setInterval: (run: () => void, ms = 0) => clock.add(run, ms, ms),
      setImmediate: (run: (...args: unknown[]) => void, ...args: unknown[]) =>
        clock.addImmediate(() => run(...args)),
      ...{ clearTimeout: cancel, clearInterval: cancel, clearImmediate: cancel },
    });
    const performance = { now: () => clock.now, timeOrigin: ORIGIN };
    Object.defineProperty(globalThis, 'performance', {
      value: performance,
      configurable: true,
      writable: true,
    });
    Math.random = random;
    return clock;
  }

  /** Everything is as it was. */
  uninstall(): void {
    const { performance, ...timers } = real;
    Object.assign(globalThis, timers);
    Object.defineProperty(globalThis, 'performance', {
      value: performance,
      configurable: true,
      writable: true,
    });
    Math.random = realRandom;
  }

  /** Timers and turns that are to come. */
  get pending(): number {
    return this.timers.size + this.immediates.length;
  }

  /** Time goes on, and what is due runs when it is due. */
  async advance(ms: number): Promise<void> {
    const goal = this.now + ms;
    for (;;) {
      await this.runTurns();
      const next = this.earliest();
      if (!next || next.due > goal) break;
      this.now = Math.max(this.now, next.due);
      if (next.everyMs === undefined) this.timers.delete(next);
      else next.due = this.now + Math.max(1, next.everyMs);
      next.run();
    }
    this.now = Math.max(this.now, goal);
  }

  /** Time goes on while the event loop is blocked: what is due runs late. */
  block(ms: number): void {
    this.now += ms;
  }

  private async runTurns(): Promise<void> {
    for (;;) {
      await new Promise((resolve) => real.setImmediate(resolve));
      if (this.immediates.length === 0) return;
      for (const { run } of this.immediates.splice(0)) run();
    }
  }

  private earliest(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.timers)
      if (
        !first ||
        timer.due < first.due ||
        (timer.due === first.due && timer.number < first.number)
      )
        first = timer;
    return first;
  }

  private add(run: () => void, ms: number, everyMs?: number): Timer {
    const timer = this.timer(run, this.now + Math.max(1, ms), everyMs);
    this.timers.add(timer);
    return timer;
  }

  private addImmediate(run: () => void): Timer {
    const timer = this.timer(run, this.now);
    this.immediates.push(timer);
    return timer;
  }

  private timer(run: () => void, due: number, everyMs?: number): Timer {
    const timer = { run, due, everyMs, number: ++this.counted };
    return Object.assign(timer, { ref: () => timer, unref: () => timer, hasRef: () => true });
  }

  private cancel(timer: Timer | undefined): void {
    if (!timer) return;
    this.timers.delete(timer);
    this.immediates = this.immediates.filter((one) => one !== timer);
  }
}
