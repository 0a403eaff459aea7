import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { StatusBoard } from '../../observability/status-board.js';
import type { EventBusLogger } from '../../transport/wire-format.interface.js';

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

/** A handler that holds the event loop for this long is named in a warning. */
const BLOCKED_MS = 500;
const SAMPLE_EVERY_MS = 20;
const LOOK_EVERY_MS = 5_000;
const WARN_EVERY_MS = 60_000;
/** Looks that the status remembers: one minute. */
const REMEMBERED = 12;

/** Measures how long the event loop is blocked: shown in the status, and warned of with the handler's name. */
export class LoopWatch {
  private delays: IntervalHistogram | undefined;
  private timer: NodeJS.Timeout | undefined;
  private endListening: (() => void) | undefined;
  private longest: number[] = [];
  private blockedBy: { readonly handler: string; readonly ms: number } | undefined;
  private lastWarning = -Infinity;

  constructor(
    private readonly status: StatusBoard,
    private readonly logger: EventBusLogger,
  ) {}

  /** Idempotent. */
  start(): void {
    if (this.timer) return;
    this.delays = monitorEventLoopDelay({ resolution: SAMPLE_EVERY_MS });
    this.delays.enable();
    this.endListening = loopBudget.onBlocked(BLOCKED_MS, (handler, ms) => {
      if (ms > (this.blockedBy?.ms ?? 0)) this.blockedBy = { handler, ms };
    });
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS).unref();
  }

  /** Idempotent. */
  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.delays?.disable();
    this.endListening?.();
  }

  private look(): void {
    const measured = Math.max(0, (this.delays?.max ?? 0) / 1e6 - SAMPLE_EVERY_MS);
    this.delays?.reset();
    const { blockedBy } = this;
    this.blockedBy = undefined;
    const ms = Math.round(Math.max(measured, blockedBy?.ms ?? 0));
    this.longest = [...this.longest, ms].slice(-REMEMBERED);
    this.status.eventLoop({
      longestDelayMs: Math.max(...this.longest),
      ...(blockedBy && { blockedBy: blockedBy.handler }),
    });
    if (ms >= BLOCKED_MS) this.warn(ms, blockedBy?.handler);
  }

  private warn(ms: number, handler: string | undefined): void {
    const now = performance.now();
    if (now - this.lastWarning < WARN_EVERY_MS) return;
    this.lastWarning = now;
    this.logger.warn(
      `The event loop was blocked for ${ms} ms${handler === undefined ? '' : ` by ${handler}`}. During that time no heartbeat was sent, ` +
        'no lease was renewed and no request was answered, so the broker may have given the events of this process to another process. ' +
        'Move long computations to a worker thread, or split them with await setImmediate() from node:timers/promises.',
      { handler },
    );
  }
}
