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
}

/** Sees that a member has stopped fetching, whatever its client says of itself. */
export class Watchdog {
  private lastAlive = monotonicNow();
  private isSilent = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly sessionTimeoutMs: number,
    private readonly listener: WatchdogListener,
  ) {}

  alive(): void {
    this.lastAlive = monotonicNow();
    if (!this.isSilent) return;
    this.isSilent = false;
    this.listener.heard();
  }

  start(): void {
    this.lastAlive = monotonicNow();
    this.timer = setInterval(() => this.look(), LOOK_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const silence = monotonicNow() - this.lastAlive;
    const dead = Math.max(60_000, 2 * this.sessionTimeoutMs);
    if (silence < SILENT_MS) return;
    const seconds = Math.round(silence / 1_000);
    const error = new ServiceFaultError('Kafka', `no sign of life for ${seconds} s`);
    if (!this.isSilent) this.listener.silent(error);
    this.isSilent = true;
    if (silence >= dead) this.listener.dead(error);
  }
}
