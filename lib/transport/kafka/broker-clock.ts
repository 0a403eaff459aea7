import { monotonicNow, systemNow } from '../../common/clocks.js';

/** An older answer counts no longer: clocks are corrected. */
const GOOD_FOR_MS = 60_000;

/** The time of the brokers, as far as they tell it: with each record that they stamp. */
export class BrokerClock {
  private aheadMs: number | undefined;
  private learntAt = -Infinity;

  /** Whether a broker has told its time. */
  get isSet(): boolean {
    return this.aheadMs !== undefined;
  }

  /** A record was stamped with this time, in ms since the epoch, before now. */
  stamped(time: number): void {
    const now = monotonicNow();
    const aheadMs = time - now;
    // It was on its way for some time: the answer that was quickest is the nearest.
    if (this.aheadMs !== undefined && now - this.learntAt < GOOD_FOR_MS && aheadMs < this.aheadMs)
      return;
    this.aheadMs = aheadMs;
    this.learntAt = now;
  }

  /** Never ahead of the broker that stamped last; by the clock of this process where none did. */
  now(): number {
    return this.aheadMs === undefined ? systemNow() : monotonicNow() + this.aheadMs;
  }
}
