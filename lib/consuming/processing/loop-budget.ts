/** How long handlers may begin in one turn of the event loop before everything else gets its turn. */
const BUDGET_MS = 10;
/** Handlers of one turn that took longer than this together were too many. */
const LONG_TURN_MS = 30;
const MOST_BEGINS = 1 << 20;

/** What begins in a turn of the loop, for whoever must say what held the loop up. */
export interface LoopUser {
  readonly name: string;
}

/** Hears how long a handler held the event loop without a break. */
export type BlockedListener = (name: string, ms: number) => void;

/**
 * Shares the event loop between handlers and the rest of the process: heartbeats, leases, HTTP. Handlers that never
 * wait for anything, or only for promises that are resolved already, would run back to back until the backlog is
 * handled.
 *
 * In one turn of the loop handlers begin for `BUDGET_MS` at most. What a handler does behind an `await` cannot be
 * foreseen, so the number that may begin in a turn follows from how long the handlers of the turns before it took: it
 * doubles after a short time and is 1 after a long one. What else makes turns long, requests or a busy machine, does not
 * hold handlers back: with those that wait for a turn it is measured when nothing but them has run.
 */
export class LoopBudget {
  private inTurn = false;
  private turnBegan = 0;
  private begun = 0;
  /** All that was begun in this turn is measured. */
  private isMeasured = false;
  private allowed = 1;
  private now = 0;
  private last: LoopUser | undefined;
  private lastBegan = 0;
  private readonly waiting: (() => void)[] = [];
  private readonly listeners = new Map<BlockedListener, number>();
  private leastMs = Infinity;
  private readonly onNextTurn = (): void => this.nextTurn();
  private readonly onHandlersDone = (): void => this.handlersDone();

  /** Whether a handler may begin in this turn: then `begin` is to be called. Else `whenFree` says when to ask again. */
  mayBegin(): boolean {
    this.now = performance.now();
    if (this.waiting.length > 0) return false;
    return !this.inTurn || (this.begun < this.allowed && this.now - this.turnBegan < BUDGET_MS);
  }

  /** Called behind `mayBegin`, directly before `user` runs. */
  begin(user: LoopUser): void {
    if (!this.inTurn) this.openTurn();
    else if (this.last) this.measure(this.last);
    this.begun++;
    this.isMeasured = false;
    this.last = user;
    this.lastBegan = this.now;
  }

  /** Calls `go` in a later turn of the loop, in which a handler may begin. First come, first served. */
  whenFree(go: () => void): void {
    this.waiting.push(go);
    if (!this.inTurn) this.openTurn();
  }

  /** `listener` hears of handlers that held the loop for at least `leastMs`. Returns what ends that. */
  onBlocked(leastMs: number, listener: BlockedListener): () => void {
    const setLeast = () => (this.leastMs = Math.min(...this.listeners.values()));
    this.listeners.set(listener, leastMs);
    setLeast();
    return () => {
      this.listeners.delete(listener);
      setLeast();
    };
  }

  private openTurn(): void {
    this.inTurn = true;
    this.turnBegan = this.now;
    this.begun = 0;
    this.isMeasured = false;
    setImmediate(this.onNextTurn);
    // Runs directly behind the one before and the promises that it resolves.
    setImmediate(this.onHandlersDone);
  }

  private nextTurn(): void {
    this.measureAll();
    this.inTurn = false;
    if (this.waiting.length === 0) return;
    this.openTurn();
    const asked = this.waiting.splice(0);
    let next = 0;
    do asked[next++]!();
    while (next < asked.length && this.mayBegin());
    this.waiting.unshift(...asked.slice(next));
  }

  /** What began in this turn so far is done, or waits for something. */
  private handlersDone(): void {
    if (this.begun > 0) this.measureAll();
  }

  private measureAll(): void {
    this.now = performance.now();
    if (this.isMeasured) return;
    this.isMeasured = true;
    if (this.last) this.measure(this.last);
    this.last = undefined;
    const ms = this.now - this.turnBegan;
    if (ms > LONG_TURN_MS) this.allowed = 1;
    else if (ms < BUDGET_MS) this.allowed = Math.min(this.allowed * 2, MOST_BEGINS);
  }

  private measure(user: LoopUser): void {
    const ms = this.now - this.lastBegan;
    if (ms < this.leastMs) return;
    for (const [listener, leastMs] of this.listeners) if (ms >= leastMs) listener(user.name, ms);
  }
}

/** The one of the process: all buses and groups share its event loop. */
export const loopBudget = new LoopBudget();
