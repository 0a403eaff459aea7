import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { StatusBoard } from '../../observability/status-board.js';
import type { TransportLogger } from '../../transport/wire-format.interface.js';
import { loopBudget } from './loop-budget.js';

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
    private readonly logger: TransportLogger,
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
      `The event loop was blocked for ${ms} ms${handler === undefined ? '' : ` by ${handler}`}: meanwhile no heartbeat, ` +
        'lease or request is served, and a broker may give our events to another member. ' +
        'Move long computations to a worker thread, or split them with await setImmediate() of node:timers/promises.',
    );
  }
}
