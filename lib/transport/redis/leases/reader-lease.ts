import { monotonicNow } from '../../../common/clocks.js';
import { randomUUID } from 'node:crypto';
import { seePage } from '../../../errors/documentation.js';
import { ConfigurationError } from '../../../errors/index.js';
import { Lease, type Taken, readerKey } from './lease.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import { faultOf, isForbidden, messageOf, serviceFault } from '../client/redis-errors.js';

const LEASE_MS = 5_000;
/** So long that a clock of Redis that is set ahead a little ends no lease. */
const KEY_MS = 3 * LEASE_MS;
const RENEW_MS = 1_000;
/** By our own clock the lease is given up before another takes it. */
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

/** A lease that is ours, and from when it may be used. */
interface Tenure {
  readonly since: string;
  /** As `performance.now()`. */
  readonly usableFrom: number;
}

/**
 * Lets one member of a group read a stream: the holder of a lease, which is renewed each second and
 * passes to another member at once when its holder stopped, and 5 s after it died. One that nobody handed over (deleted,
 * evicted, expired) is used 5 s after it was taken, for its holder before may not know yet that it is gone.
 */
export class ReaderLease {
  private readonly token = randomUUID();
  private readonly leases: ReadonlyMap<string, Lease>;
  /** By the clock that nobody sets (`performance.now`), from when the renewal was sent. */
  private readonly heldUntil = new Map<string, number>();
  private readonly tenures = new Map<string, Tenure>();
  private usable: NodeJS.Timeout | undefined;
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
        const terms = { ms: LEASE_MS, keyMs: KEY_MS };
        return [stream, new Lease(connection, key, this.token, terms)];
      }),
    );
  }

  /**
   * Asks for each stream once, which shows whether Redis lets us. What nobody has of the `unread`, which no other
   * member ever read, is used at once. Rejects with ConfigurationError where Redis does not let us, with a service
   * fault at the deadline.
   */
  async ask(unread: ReadonlySet<string>, deadline: number): Promise<void> {
    for (const stream of this.leases.keys())
      await this.claim(stream, deadline, unread.has(stream)).catch(refusal);
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
    this.tenures.delete(stream);
    this.lose(stream);
  }

  /** Renews no more; what is held is given back by `release`. */
  stop(): void {
    this.stopped = true;
    clearInterval(this.timer);
    clearTimeout(this.usable);
  }

  /** Gives back what is held. Never rejects; ends by the deadline (by `monotonicNow`). */
  async release(deadline: number): Promise<void> {
    this.stop();
    if (!this.connection.isReady) return;
    const given = [...this.leases].map(([stream, lease]) =>
      lease.free(deadline, { handOver: this.holds(stream) }),
    );
    await Promise.allSettled(given);
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

  private async claim(stream: string, deadline: number, isUnread = false): Promise<void> {
    const sent = performance.now();
    const taken = await this.leases.get(stream)!.take(deadline);
    if (this.stopped) return;
    if (!taken.isOurs) return this.denied(stream);
    const isHeld = this.holds(stream);
    if (!isHeld) this.lose(stream);
    const { usableFrom } = this.tenure(stream, taken, isHeld || isUnread);
    const until = sent + LEASE_MS - MARGIN_MS;
    // An answer that took so long says nothing about now.
    if (until <= performance.now() || sent < usableFrom) return;
    this.heldUntil.set(stream, until);
    if (!isHeld) this.listener?.gained(stream);
  }

  /** `isSole`: nobody else can be using it. */
  private tenure(
    stream: string,
    { since, isUnused }: Extract<Taken, { isOurs: true }>,
    isSole: boolean,
  ): Tenure {
    const known = this.tenures.get(stream);
    if (known?.since === since) return known;
    const wait = isSole || isUnused ? 0 : LEASE_MS;
    const tenure = { since, usableFrom: wait > 0 ? performance.now() + wait : 0 };
    this.tenures.set(stream, tenure);
    if (wait > 0) this.usable = setTimeout(() => this.tick(), wait + 1);
    return tenure;
  }

  private lose(stream: string): void {
    if (this.heldUntil.delete(stream)) this.listener?.lost(stream);
  }
}

function refusal(error: unknown): never {
  if (!isForbidden(error)) throw error;
  const allowed = `a Redis user with permission for the keys and commands of leases${seePage('redis.md')}`;
  throw new ConfigurationError(
    [{ setting: 'redisTransport singleActive', found: messageOf(error), allowed }],
    { cause: error },
  );
}
