/** So much is on its way at first, at the least and at the most. */
const FIRST_BYTES = 64_000;
const LEAST_BYTES = 16_000;
const MOST_BYTES = 8_000_000;
/** What is on its way is answered so much later than a little would be: more is too much. */
const QUICK_MS = 500;
const SLOW_MS = 1_500;

/**
 * How many bytes may be on their way to Redis and not answered yet. It grows while answers come as quickly as they can, and
 * shrinks on a slow way: what cannot be written in time waits here, where it can still be given up.
 */
export class SendWindow {
  private size = FIRST_BYTES;
  private flying = 0;
  private quickestMs = Infinity;

  /** Whether more may be sent behind so much that is about to be: one record always may, when nothing is on its way. */
  hasRoom(behind = 0): boolean {
    const bytes = this.flying + behind;
    return bytes === 0 || bytes < this.size;
  }

  sent(bytes: number): void {
    this.flying += bytes;
  }

  /** All of it was answered, `ms` after it was sent. */
  answered(bytes: number, ms: number): void {
    const wasFull = this.flying * 2 >= this.size;
    this.flying -= bytes;
    this.quickestMs = Math.min(this.quickestMs, ms);
    const waited = ms - this.quickestMs;
    if (waited > SLOW_MS) this.size = Math.max(LEAST_BYTES, this.size / 2);
    else if (wasFull && waited < QUICK_MS) this.size = Math.min(MOST_BYTES, this.size * 2);
  }

  /** Nothing will be heard of it. */
  lost(bytes: number): void {
    this.flying -= bytes;
    this.size = FIRST_BYTES;
    this.quickestMs = Infinity;
  }
}
