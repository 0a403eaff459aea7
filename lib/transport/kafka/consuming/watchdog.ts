import { monotonicNow } from '../../../common/clocks.js';
import { ServiceFaultError } from '../../../errors/index.js';

/** Silence after which an operator is told. */
const SILENT_MS = 10_000;
const LOOK_MS = 1_000;

export interface WatchdogListener {
  silent(error: Error): void;
  heard(): void;
  /** It has been silent for so long that a new member is needed. */
  dead(error: Error): void;
  /** Whether the group may have given away what is ours. */
  isForgotten(): boolean;
}

/** Sees that a member has stopped fetching, or fetches although its group has forgotten it, whatever its client says. */
export class Watchdog {
  private lastAlive = monotonicNow();
  /** When the group last knew us. */
  private lastKnown = monotonicNow();
  private isSilent = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly sessionTimeoutMs: number,
    private readonly listener: WatchdogListener,
  ) {}

  alive(): void {
    this.lastAlive = monotonicNow();
    if (!this.listener.isForgotten()) this.heard();
  }

  start(): void {
    this.lastAlive = this.lastKnown = monotonicNow();
    this.timer = setInterval(() => this.look(), LOOK_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private heard(): void {
    this.lastKnown = monotonicNow();
    if (!this.isSilent) return;
    this.isSilent = false;
    this.listener.heard();
  }

  private look(): void {
    const now = monotonicNow();
    const isSilent = now - this.lastAlive >= SILENT_MS;
    const silence = now - (isSilent ? this.lastAlive : this.lastKnown);
    const dead = Math.max(60_000, 2 * this.sessionTimeoutMs);
    if (silence < SILENT_MS) return;
    const seconds = Math.round(silence / 1_000);
    const what = isSilent ? 'no sign of life' : 'brokers answer, but the group has not known us';
    const error = new ServiceFaultError('Kafka', `${what} for ${seconds} s`);
    if (!this.isSilent) this.listener.silent(error);
    this.isSilent = true;
    if (now - Math.min(this.lastAlive, this.lastKnown) >= dead) this.listener.dead(error);
  }
}
