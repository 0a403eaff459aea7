import type { SourceTurns } from './source-turns.js';

/** One record on its way through a lane. */
export interface LaneWork {
  /** Works with the same key run one after the other, in the order they were added. */
  readonly key: string;
  /** Resolves with undefined when it is over, with ms when it must run again after them. Never rejects. */
  run(): Promise<number | undefined>;
  /** Gives the work up before its end. Called while it is not running. */
  drop(): void;
}

/**
 * The lanes of one source: at most `concurrency` keys are being worked on at a time, each in order.
 * A work that waits to run again keeps its lane, so with one lane the source is strictly in order.
 */
export class Lanes {
  private readonly queue: LaneWork[] = [];
  private readonly busy = new Set<string>();
  private readonly delayed = new Map<LaneWork, NodeJS.Timeout>();
  private readonly due: LaneWork[] = [];
  private readonly arrivals = new Map<LaneWork, number>();
  private added = 0;
  private turn: 'none' | 'asked' | 'held' = 'none';
  private readonly running = new Set<LaneWork>();
  private begunInTurn = 0;
  private blocked = false;
  private closed = false;
  private whenStill: (() => void)[] = [];

  /** `onBlocked` hears when all lanes wait to run again (true), and when one goes on (false). */
  constructor(
    private readonly concurrency: number,
    private readonly turns: SourceTurns,
    private readonly onBlocked: (blocked: boolean) => void,
  ) {}

  add(work: LaneWork): void {
    if (this.closed) {
      work.drop();
      return;
    }
    this.arrivals.set(work, ++this.added);
    this.queue.push(work);
    this.pump();
  }

  /**
   * Drops what has not begun and comes after all that was begun: a broker that keeps order takes what
   * is given back together with all that follows it.
   */
  dropQueued(): void {
    const begun = [...this.running, ...this.delayed.keys(), ...this.due];
    const last = Math.max(0, ...begun.map((work) => this.arrivals.get(work) ?? 0));
    const behind = (work: LaneWork): boolean => (this.arrivals.get(work) ?? 0) > last;
    const kept = this.queue.filter((work) => !behind(work));
    for (const work of this.queue.splice(0, Infinity, ...kept)) if (behind(work)) this.drop(work);
  }

  /** Begins nothing any more and drops all that is not running. Idempotent. */
  close(): void {
    this.closed = true;
    const waiting = [...this.delayed.keys(), ...this.due.splice(0)];
    for (const timer of this.delayed.values()) clearTimeout(timer);
    this.delayed.clear();
    for (const work of [...waiting, ...this.queue.splice(0)]) this.drop(work);
  }

  /** Resolves when nothing is running. */
  still(): Promise<void> {
    if (this.running.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.whenStill.push(resolve));
  }

  private pump(): void {
    if (this.turn === 'held') {
      while (this.mayBegin()) {
        const next = this.takeNext();
        if (!next) break;
        this.begin(next);
      }
      if (this.running.size > 0) return;
      this.turn = 'none';
      this.turns.end();
    }
    // Ending a turn may hand it to others, whose work may have come back here.
    if (this.turn === 'none' && this.hasNext()) {
      this.turn = 'asked';
      this.turns.request(() => {
        this.turn = 'held';
        this.begunInTurn = 0;
        this.pump();
      });
    }
  }

  /** While other sources wait, a turn is as many works as there are lanes. */
  private mayBegin(): boolean {
    return this.begunInTurn < this.concurrency || !this.turns.contended;
  }

  private hasNext(): boolean {
    return this.due.length > 0 || this.nextQueued() >= 0;
  }

  private nextQueued(): number {
    if (this.closed || this.busy.size >= this.concurrency) return -1;
    return this.queue.findIndex((work) => !this.busy.has(work.key));
  }

  private takeNext(): LaneWork | undefined {
    const due = this.due.shift();
    if (due) {
      this.tellBlocked();
      return due;
    }
    const index = this.nextQueued();
    return index < 0 ? undefined : this.queue.splice(index, 1)[0];
  }

  private begin(work: LaneWork): void {
    this.busy.add(work.key);
    this.running.add(work);
    this.begunInTurn++;
    void work.run().then((againAfterMs) => this.afterRun(work, againAfterMs));
  }

  private afterRun(work: LaneWork, againAfterMs: number | undefined): void {
    this.running.delete(work);
    if (againAfterMs === undefined) {
      this.arrivals.delete(work);
      this.busy.delete(work.key);
    } else if (this.closed) {
      this.busy.delete(work.key);
      this.drop(work);
    } else {
      this.delay(work, againAfterMs);
    }
    if (this.running.size === 0) for (const resolve of this.whenStill.splice(0)) resolve();
    this.pump();
  }

  private drop(work: LaneWork): void {
    this.arrivals.delete(work);
    work.drop();
  }

  private delay(work: LaneWork, ms: number): void {
    const timer = setTimeout(() => {
      this.delayed.delete(work);
      this.due.push(work);
      this.pump();
    }, ms);
    this.delayed.set(work, timer);
    this.tellBlocked();
  }

  private tellBlocked(): void {
    const blocked = this.delayed.size + this.due.length >= this.concurrency;
    if (blocked === this.blocked) return;
    this.blocked = blocked;
    this.onBlocked(blocked);
  }
}
