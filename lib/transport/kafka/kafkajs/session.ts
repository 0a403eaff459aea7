import { monotonicNow } from '../../../common/clocks.js';

/**
 * Whether the group may have given away what is ours, by our own clock: judged from when we sent what the group
 * answered last, since an answer may have waited while our event loop was blocked.
 */
export class Session {
  /** All times by `monotonicNow`. */
  private lastHeard = -Infinity;
  private lastTurn = monotonicNow();
  /** The event loop was blocked for a whole session, until then. */
  private blockedUntil = -Infinity;
  private isRejoining = false;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly timeoutMs: number) {
    this.timer = setInterval(() => this.turn(), Math.max(100, timeoutMs / 10)).unref();
  }

  get isExpired(): boolean {
    const now = monotonicNow();
    // While it shares out, the group knows us as long as it has not answered; but it waits for us no longer than this.
    const alive = this.isRejoining ? Math.max(this.lastHeard, this.lastTurn) : this.lastHeard;
    return now - alive > this.timeoutMs || this.lastHeard < this.blockedUntil;
  }

  /** The group knew us when it answered what was sent at that time. */
  heard(sentAt: number): void {
    this.lastHeard = Math.max(this.lastHeard, sentAt);
  }

  rejoins(): void {
    if (!this.isExpired) this.isRejoining = true;
  }

  /** The group said that it does not know us. */
  forgotten(): void {
    this.isRejoining = false;
    this.lastHeard = -Infinity;
  }

  joined(): void {
    this.isRejoining = false;
  }

  end(): void {
    clearInterval(this.timer);
  }

  private turn(): void {
    const now = monotonicNow();
    if (now - this.lastTurn > this.timeoutMs) this.blockedUntil = now;
    this.lastTurn = now;
  }
}

/** kafkajs tries to join again within this time, or not at all. */
const ABANDONED_MS = 2_000;

/**
 * Whether kafkajs is in its group. Where the coordinator forgot the member and joining again fails for another reason, a
 * group that is being loaded for example, kafkajs goes on fetching without a membership: it sends no heartbeat any
 * more, so nothing tells it to join.
 */
export class JoinWatch {
  private isOut = false;
  private underWay = 0;
  /** By `monotonicNow`. */
  private lastStep = 0;

  get isJoining(): boolean {
    return this.isOut && !this.isAbandoned;
  }

  /** It began to join, did not come to an end, and does not try any more. */
  get isAbandoned(): boolean {
    return this.isOut && this.underWay === 0 && monotonicNow() - this.lastStep > ABANDONED_MS;
  }

  /** A step on the way into the group. */
  async step<T>(work: () => Promise<T>): Promise<T> {
    this.isOut = true;
    this.underWay++;
    try {
      return await work();
    } finally {
      this.underWay--;
      this.lastStep = monotonicNow();
    }
  }

  joined(): void {
    this.isOut = false;
  }
}
