import { monotonicNow } from '../../common/clocks.js';
import { randomUUID } from 'node:crypto';
import { ConfigurationError } from '../../errors/index.js';
import { Lease } from './lease.js';
import { readerKey } from './lease-keys.js';
import type { RedisConnection } from './redis-connection.js';
import { faultOf, isForbidden, messageOf, serviceFault } from './redis-errors.js';

const LEASE_MS = 5_000;
const RENEW_MS = 1_000;
/** By our own clock the lease is given up before Redis gives it to another. */
const MARGIN_MS = 1_500;

export interface ReaderLeaseListener {
  /** The stream is ours to read. */
  gained(stream: string): void;
  /** It is no longer: another member may read it from now on. */
  lost(stream: string): void;
  /** Redis refuses to renew or to give leases. */
  failed(error: Error): void;
  healed(): void;
}

/** What Redis can check, in the step itself, of who asks. */
export interface Fence {
  readonly key: string;
  readonly token: string;
}

/**
 * Lets one member of a group read a stream: the holder of a lease, which is renewed each second and
 * passes to another member 5 s after its holder died, at once when it stopped.
 */
export class ReaderLease {
  private readonly token = randomUUID();
  private readonly leases: ReadonlyMap<string, Lease>;
  /** By the clock that nobody sets (`performance.now`), from when the renewal was sent. */
  private readonly heldUntil = new Map<string, number>();
  private listener: ReaderLeaseListener | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private isExpiring = false;

  constructor(
    private readonly connection: RedisConnection,
    group: string,
    streams: readonly string[],
  ) {
    this.leases = new Map(
      streams.map((stream) => {
        const key = readerKey(stream, group);
        return [stream, new Lease(connection, key, this.token, LEASE_MS)];
      }),
    );
  }

  /**
   * Asks for each stream once, which shows whether Redis lets us. Rejects with ConfigurationError where
   * it does not, with a service fault at the deadline.
   */
  async ask(deadline: number): Promise<void> {
    for (const stream of this.leases.keys()) await this.claim(stream, deadline).catch(refusal);
  }

  /** Tells what is ours, and goes on asking and renewing. */
  start(listener: ReaderLeaseListener): void {
    this.listener = listener;
    for (const stream of this.heldUntil.keys()) listener.gained(stream);
    this.timer = setInterval(() => this.tick(), RENEW_MS);
    this.tick();
  }

  /** Whether the stream is ours at this moment. A process that was stopped for a while hears of its loss here first. */
  holds(stream: string): boolean {
    const until = this.heldUntil.get(stream);
    if (until === undefined) return false;
    if (performance.now() < until) return true;
    if (!this.isExpiring) setImmediate(() => this.expire());
    this.isExpiring = true;
    return false;
  }

  /** With what Redis can see for itself whether the stream is ours. */
  fence(stream: string): Fence {
    return { key: this.leases.get(stream)!.key, token: this.token };
  }

  /** Redis says that the stream is not ours. */
  denied(stream: string): void {
    this.lose(stream);
  }

  /** Renews no more; what is held is given back by `release`. */
  stop(): void {
    this.stopped = true;
    clearInterval(this.timer);
  }

  /** Gives back what is held. Never rejects; ends by the deadline (by `monotonicNow`). */
  async release(deadline: number): Promise<void> {
    this.stop();
    if (!this.connection.isReady) return;
    await Promise.allSettled([...this.leases.values()].map((lease) => lease.free(deadline)));
    this.heldUntil.clear();
  }

  private tick(): void {
    this.expire();
    if (!this.connection.isReady) return;
    const deadline = monotonicNow() + RENEW_MS;
    const claims = [...this.leases.keys()].map((stream) => this.claim(stream, deadline));
    // What cannot be asked now is asked a second later.
    Promise.all(claims).then(
      () => this.listener?.healed(),
      (error: unknown) => {
        if (faultOf(error) === 'refused' && !this.stopped)
          this.listener?.failed(serviceFault(error));
      },
    );
  }

  private expire(): void {
    this.isExpiring = false;
    const now = performance.now();
    for (const [stream, until] of this.heldUntil) if (until <= now) this.lose(stream);
  }

  private async claim(stream: string, deadline: number): Promise<void> {
    const until = performance.now() + LEASE_MS - MARGIN_MS;
    const left = await this.leases.get(stream)!.take(deadline);
    if (this.stopped) return;
    if (left > 0) return this.lose(stream);
    // An answer that took so long says nothing about now.
    if (until <= performance.now()) return;
    const isNew = !this.heldUntil.has(stream);
    this.heldUntil.set(stream, until);
    if (isNew) this.listener?.gained(stream);
  }

  private lose(stream: string): void {
    if (this.heldUntil.delete(stream)) this.listener?.lost(stream);
  }
}

function refusal(error: unknown): never {
  if (!isForbidden(error)) throw error;
  const allowed = 'a user who may use the keys and commands of leases (docs/redis.md)';
  throw new ConfigurationError(
    [{ setting: 'redisTransport singleActive', found: messageOf(error), allowed }],
    { cause: error },
  );
}
