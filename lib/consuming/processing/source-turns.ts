/**
 * Lets a bounded number of sources work at the same time, first come, first served. A source that
 * waits for a retry gives its turn away, so it never holds up the others.
 */
export class SourceTurns {
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
