import { monotonicNow } from '../../../common/clocks.js';

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
