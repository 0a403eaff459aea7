import { randomUUID } from 'node:crypto';
import { slotPrefix } from './key-slot.js';
import type { RedisConnection } from './redis-connection.js';
import { text } from './redis-reply.js';

const LEASE_MS = 5_000;
const RENEW_MS = 1_000;
/** By our own clock the lease is given up before Redis gives it to another. */
const MARGIN_MS = 1_500;

/** Who alone reads a stream for a group. */
export function readerKey(stream: string, group: string): string {
  return `openedx-event-bus:reader:${slotPrefix(stream)}:${group}`;
}

export interface ReaderLeaseListener {
  /** The stream is ours to read. */
  gained(stream: string): void;
  /** It is no longer: another member may read it from now on. */
  lost(stream: string): void;
}

/**
 * Lets one member of a group read a stream: the holder of a lease, which is renewed each second and
 * passes to another member 5 s after its holder died, at once when it stopped.
 */
export class ReaderLease {
  private readonly token = randomUUID();
  private readonly heldUntil = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    private readonly connection: RedisConnection,
    private readonly group: string,
    private readonly streams: readonly string[],
    private readonly listener: ReaderLeaseListener,
  ) {}

  start(): void {
    this.timer = setInterval(() => this.tick(), RENEW_MS);
    this.tick();
  }

  /** Renews no more; what is held is given back by `release`. */
  stop(): void {
    this.stopped = true;
    clearInterval(this.timer);
  }

  /** Gives back what is held. Never rejects; ends by the deadline (epoch ms). */
  async release(deadline: number): Promise<void> {
    this.stop();
    if (!this.connection.isReady) return;
    const freeing = [...this.heldUntil.keys()].map(async (stream) => {
      const key = readerKey(stream, this.group);
      const holder = await this.connection.request('GET', [key], deadline);
      if (text(holder) === this.token) await this.connection.request('DEL', [key], deadline);
    });
    await Promise.allSettled(freeing);
    this.heldUntil.clear();
  }

  private tick(): void {
    const now = Date.now();
    for (const [stream, until] of this.heldUntil) if (until <= now) this.lose(stream);
    if (!this.connection.isReady) return;
    // What cannot be asked now is asked a second later.
    for (const stream of this.streams) this.claim(stream).catch(() => undefined);
  }

  private async claim(stream: string): Promise<void> {
    const key = readerKey(stream, this.group);
    const begun = Date.now();
    const deadline = begun + RENEW_MS;
    const args = [key, this.token, 'NX', 'PX', LEASE_MS];
    let isOurs = (await this.connection.request('SET', args, deadline)) !== null;
    if (!isOurs && text(await this.connection.request('GET', [key], deadline)) === this.token)
      isOurs = Number(await this.connection.request('PEXPIRE', [key, LEASE_MS], deadline)) === 1;
    if (this.stopped) return;
    if (!isOurs) return this.lose(stream);
    const isNew = !this.heldUntil.has(stream);
    this.heldUntil.set(stream, begun + LEASE_MS - MARGIN_MS);
    if (isNew) this.listener.gained(stream);
  }

  private lose(stream: string): void {
    if (this.heldUntil.delete(stream)) this.listener.lost(stream);
  }
}
