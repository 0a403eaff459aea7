import type { Socket } from 'node:net';

/** What a network does to each direction of a connection. */
export interface Slowness {
  /** Each piece of data arrives so many ms later; others may be on their way meanwhile. */
  readonly delayMs: number;
  readonly bytesPerSecond: number;
}

/** On its way at a time; who sends more waits, as with a full TCP window. */
const WINDOW_BYTES = 262_144;

/** One direction of a connection: what goes in comes out in order, some time later. */
export class SlowLink {
  private readonly onTheWay: Buffer[] = [];
  private bytes = 0;
  /** When the last piece has been sent, and when it arrives (by `performance.now`). */
  private sentAt = 0;
  private arrivesAt = 0;

  constructor(
    private readonly from: Socket,
    private readonly to: Socket,
  ) {}

  /** Something has not arrived yet: what comes now must go behind it. */
  get isBusy(): boolean {
    return this.onTheWay.length > 0;
  }

  pass(bytes: Buffer, { delayMs, bytesPerSecond }: Slowness): void {
    const now = performance.now();
    this.sentAt = Math.max(now, this.sentAt) + (bytes.length / bytesPerSecond) * 1_000;
    this.arrivesAt = Math.max(this.arrivesAt, this.sentAt + delayMs);
    this.onTheWay.push(bytes);
    this.bytes += bytes.length;
    if (this.bytes > WINDOW_BYTES) this.from.pause();
    setTimeout(() => this.arrive(), this.arrivesAt - now);
  }

  private arrive(): void {
    const bytes = this.onTheWay.shift()!;
    this.bytes -= bytes.length;
    if (this.to.destroyed) return;
    this.to.write(bytes);
    if (this.bytes <= WINDOW_BYTES) this.from.resume();
  }
}
