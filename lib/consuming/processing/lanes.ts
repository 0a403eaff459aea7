import { type LoopUser, loopBudget } from './loop-budget.js';
import { RetryDelays, type WaitingPlace } from './retry-delays.js';

/** One record on its way through a lane. */
export interface LaneWork extends LoopUser {
  /** Works with the same key run one after the other, in the order they were added. */
  readonly key: string;
  /**
   * Calls `ended` once, perhaps before this returns: with undefined when it is over, with ms when it
   * must run again after them. Never throws.
   */
  run(ended: (againAfterMs: number | undefined) => void): void;
  /** Gives the work up before its end. Called while it is not running. */
  drop(): void;
}

/**
 * Works that one lane alone keeps ready. More would wait decoded to no purpose, and survive collections of garbage.
 */
const READY = 16;

/** A work, and when it came in the order of all. */
interface Arrival<Work extends LaneWork> {
  readonly work: Work;
  /** One lane alone needs none. */
  readonly key: string | undefined;
  readonly number: number;
}

/**
 * The lanes of one source: at most `concurrency` keys are being worked on at a time, each in order.
 * A work that waits to run again keeps its lane, so with one lane the source is strictly in order.
 */
export class Lanes<Work extends LaneWork = LaneWork> implements WaitingPlace {
  private readonly queue: Arrival<Work>[] = [];
  /** Those that were begun and are not over: each has a lane. */
  private readonly begun: Arrival<Work>[] = [];
  private readonly busy = new Set<string | undefined>();
  /** With what ends the delay early. */
  private readonly delayed = new Map<Arrival<Work>, () => void>();
  private readonly due: Arrival<Work>[] = [];
  private added = 0;
  private running = 0;
  private pumping = false;
  private turn: 'none' | 'asked' | 'held' = 'none';
  private begunInTurn = 0;
  private blocked = false;
  private waitsForLoop = false;
  private closed = false;
  private whenStill: (() => void)[] = [];
  private whenFree: (() => void)[] = [];

  /** `onBlocked` hears when all lanes wait to run again (true), and when one goes on (false). */
  constructor(
    private readonly concurrency: number,
    private readonly turns: SourceSemaphore,
    private readonly onBlocked: (blocked: boolean) => void,
    private readonly delays = new RetryDelays(),
  ) {
    delays.enter(this);
  }

  add(work: Work): void {
    if (this.closed) {
      work.drop();
      return;
    }
    const key = this.concurrency > 1 ? work.key : undefined;
    this.queue.push({ work, key, number: ++this.added });
    this.pump();
  }

  /**
   * Drops what has not begun and comes after all that was begun: a broker that keeps order takes what
   * is given back together with all that follows it.
   */
  dropQueued(): void {
    const last = Math.max(0, ...this.begun.map(({ number }) => number));
    const kept = this.queue.filter(({ number }) => number <= last);
    for (const { work, number } of this.queue.splice(0, Infinity, ...kept))
      if (number > last) work.drop();
    this.tellFree();
  }

  /** Begins nothing any more and drops all that is not running. Idempotent. */
  close(): void {
    this.closed = true;
    this.delays.leave(this);
    const waiting = [...this.delayed.keys(), ...this.due.splice(0)];
    for (const endEarly of this.delayed.values()) endEarly();
    this.delayed.clear();
    for (const arrival of waiting) this.freeLane(arrival);
    for (const { work } of [...waiting, ...this.queue.splice(0)]) work.drop();
    this.tellFree();
  }

  /** What is being worked on at this moment, without what waits to run again. */
  get working(): readonly Work[] {
    const waits = new Set([...this.delayed.keys(), ...this.due]);
    return this.begun.filter((arrival) => !waits.has(arrival)).map(({ work }) => work);
  }

  /** All that is here: queued, at work, or waiting to run again. */
  get works(): readonly Work[] {
    return [...this.begun, ...this.queue].map(({ work }) => work);
  }

  /** What begins next, if nothing but the loop or another source's turn holds it up. */
  get next(): { readonly work: Work; readonly waitsForTurn: boolean } | undefined {
    const arrival = this.due[0] ?? this.queue[this.nextQueued()];
    return arrival && { work: arrival.work, waitsForTurn: this.turn === 'asked' };
  }

  get isQuiet(): boolean {
    return this.running === 0 && !this.hasNext();
  }

  /**
   * While what is added would wait in memory to no purpose, because what is queued waits for a later turn of the event
   * loop, or is enough for a lane that is alone: resolves when it does no longer. What is behind works that all wait to
   * run again is taken, to be dropped.
   */
  get free(): Promise<void> | undefined {
    if (this.closed || !(this.waitsForLoop || this.isFull)) return undefined;
    return new Promise((resolve) => this.whenFree.push(resolve));
  }

  private get isFull(): boolean {
    return this.concurrency === 1 && !this.blocked && this.queue.length >= READY;
  }

  /** Resolves when nothing is running. */
  still(): Promise<void> {
    if (this.running === 0) return Promise.resolve();
    return new Promise((resolve) => this.whenStill.push(resolve));
  }

  /** Begins what may begin. A work that ends at once comes back here, and is seen by the loop. */
  private pump(): void {
    if (this.pumping) return;
    this.pumping = true;
    try {
      while (this.goOn());
    } finally {
      this.pumping = false;
    }
  }

  /** True when there may be more to begin. */
  private goOn(): boolean {
    if (this.turn === 'held') {
      while (this.mayBegin()) {
        if (!loopBudget.mayBegin()) {
          if (!this.hasNext()) break;
          this.waitForLoop();
          return false;
        }
        const next = this.takeNext();
        if (!next) break;
        this.begin(next);
      }
      if (this.running > 0) return false;
      this.turn = 'none';
      this.turns.end();
    }
    if (this.turn !== 'none' || !this.hasNext()) return false;
    this.turn = 'asked';
    this.turns.request(() => this.takeTurn());
    return true;
  }

  private waitForLoop(): void {
    if (this.waitsForLoop) return;
    this.waitsForLoop = true;
    loopBudget.whenFree(() => {
      this.waitsForLoop = false;
      this.pump();
      if (!this.waitsForLoop && !this.isFull) this.tellFree();
    });
  }

  private tellFree(): void {
    for (const resolve of this.whenFree.splice(0)) resolve();
  }

  private takeTurn(): void {
    this.turn = 'held';
    this.begunInTurn = 0;
    this.pump();
  }

  /** While other sources wait, a turn is as many works as there are lanes. */
  private mayBegin(): boolean {
    return this.begunInTurn < this.concurrency || !this.turns.contended;
  }

  private hasNext(): boolean {
    return this.due.length > 0 || this.nextQueued() >= 0;
  }

  private nextQueued(): number {
    if (this.closed || this.begun.length >= this.concurrency) return -1;
    if (this.begun.length === 0) return this.queue.length > 0 ? 0 : -1;
    return this.queue.findIndex(({ key }) => !this.busy.has(key));
  }

  private takeNext(): Arrival<Work> | undefined {
    const due = this.due.shift();
    if (due) {
      this.tellBlocked();
      return due;
    }
    const index = this.nextQueued();
    if (index < 0) return undefined;
    const next = index === 0 ? this.queue.shift()! : this.queue.splice(index, 1)[0]!;
    this.begun.push(next);
    if (this.queue.length === 0 && this.whenFree.length > 0 && !this.waitsForLoop) this.tellFree();
    if (next.key !== undefined) this.busy.add(next.key);
    return next;
  }

  private begin(arrival: Arrival<Work>): void {
    this.running++;
    this.begunInTurn++;
    loopBudget.begin(arrival.work);
    arrival.work.run((againAfterMs) => this.afterRun(arrival, againAfterMs));
  }

  private afterRun(arrival: Arrival<Work>, againAfterMs: number | undefined): void {
    this.running--;
    if (againAfterMs === undefined) {
      this.freeLane(arrival);
    } else if (this.closed) {
      this.freeLane(arrival);
      arrival.work.drop();
    } else {
      this.delay(arrival, againAfterMs);
    }
    if (this.running === 0) for (const resolve of this.whenStill.splice(0)) resolve();
    this.pump();
  }

  private freeLane(arrival: Arrival<Work>): void {
    const index = this.begun.indexOf(arrival);
    if (index === 0) this.begun.shift();
    else this.begun.splice(index, 1);
    if (arrival.key !== undefined) this.busy.delete(arrival.key);
  }

  private delay(arrival: Arrival<Work>, ms: number): void {
    const endEarly = this.delays.wait(ms, () => {
      this.delayed.delete(arrival);
      this.due.push(arrival);
      this.pump();
    });
    this.delayed.set(arrival, endEarly);
    this.tellBlocked();
  }

  private tellBlocked(): void {
    const blocked = this.delayed.size + this.due.length >= this.concurrency;
    if (blocked === this.blocked) return;
    this.blocked = blocked;
    if (blocked) this.tellFree();
    this.onBlocked(blocked);
  }
}

/**
 * Lets a bounded number of sources work at the same time, first come, first served. A source that
 * waits for a retry gives its turn away, so it never holds up the others.
 */
export class SourceSemaphore {
  private readonly queue: (() => void)[] = [];
  private moves = 0;

  constructor(private free: number) {}

  /** Calls `grant` when there is a turn, perhaps at once. Each grant is ended by one `end`. */
  request(grant: () => void): void {
    if (this.free > 0) {
      this.free--;
      grant();
    } else {
      this.queue.push(grant);
    }
  }

  end(): void {
    this.moves++;
    const next = this.queue.shift();
    if (next) next();
    else this.free++;
  }

  /** Turns that have ended, ever: whoever waits while these grow has only to wait. */
  get ended(): number {
    return this.moves;
  }

  /** Others are waiting: whoever has a turn should end it soon. */
  get contended(): boolean {
    return this.queue.length > 0;
  }
}
