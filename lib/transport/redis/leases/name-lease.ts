import { monotonicNow } from '../../../common/clocks.js';
import { randomUUID } from 'node:crypto';
import { ConfigurationError } from '../../../errors/index.js';
import { Lease, leaseKey, ownNameKey } from './lease.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import { isForbidden } from '../client/redis-errors.js';

const LEASE_MS = 3_000;
const RENEW_MS = 1_000;
const DAY_MS = 24 * 3_600_000;
const OURS_MS = 30 * DAY_MS;

export interface NameLeaseListener {
  /** Another live process has our name. */
  lost(stream: string): void;
  /** Redis does not let us have leases; told once. A second process of our name is then not noticed. */
  forbidden(stream: string, error: unknown): void;
}

/**
 * Says at Redis that a live process uses a consumer name, so that a second one is noticed: both would
 * share one pending list, and each would take the other's events in flight for its own.
 */
export class NameLease {
  private readonly leases: ReadonlyMap<string, Lease>;
  private readonly markKeys: readonly string[];
  private readonly lost = new Set<string>();
  /** Since when, as `performance.now()`, the name is somebody's who may be dead. */
  private readonly missing = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private markedAt = Infinity;
  private isForbidden = false;

  /** Whether Redis lets us have leases, as far as we know. */
  get isAllowed(): boolean {
    return !this.isForbidden;
  }

  constructor(
    private readonly connection: RedisConnection,
    streams: readonly string[],
    group: string,
    private readonly consumer: string,
    private readonly listener: NameLeaseListener,
  ) {
    const token = randomUUID();
    this.leases = new Map(
      streams.map((stream) => {
        const key = leaseKey(stream, group, consumer);
        return [stream, new Lease(connection, key, token, { ms: LEASE_MS, keyMs: LEASE_MS })];
      }),
    );
    this.markKeys = streams.map((stream) => ownNameKey(stream, group, consumer));
  }

  /**
   * One try: resolves to undefined when the name is ours, or Redis does not let us have a lease, else to the stream on
   * which another process has it, who may have died: then it is ours within 3 s. Rejects with a service fault at the
   * deadline.
   */
  async acquire(deadline: number): Promise<string | undefined> {
    const taken: Lease[] = [];
    try {
      for (const [stream, lease] of this.leases) {
        // All or none: of two that wait for the same names each might have one of them for ever.
        if (!(await this.take(stream, lease, deadline))) {
          await free(taken);
          return stream;
        }
        taken.push(lease);
      }
    } catch (error) {
      await free(taken);
      throw error;
    }
    this.timer = setInterval(() => void this.renew(), RENEW_MS);
    return undefined;
  }

  /** Another live process has the name. */
  inUse(stream: string): ConfigurationError {
    const problem = {
      setting: 'consumerName',
      found: `${this.consumer}, which another running process uses on ${stream}`,
      allowed: 'a name that no other running process of this group uses',
    };
    return new ConfigurationError([problem]);
  }

  /**
   * Joined: from now on the name counts as ours, and 30 days longer than it is held; where there can be
   * no lease it does not. Rejects with a service fault at the deadline.
   */
  async mark(deadline: number): Promise<void> {
    if (this.isForbidden) return;
    const marks = this.markKeys.map((key) =>
      this.connection.request('SET', [key, 1, 'PX', OURS_MS], deadline).catch(unlessForbidden),
    );
    await Promise.all(marks);
    this.markedAt = performance.now();
  }

  /** Gives the name back. Never rejects; ends by the deadline. */
  async release(deadline: number): Promise<void> {
    clearInterval(this.timer);
    if (!this.connection.isReady) return;
    await Promise.allSettled([...this.leases.values()].map((lease) => lease.free(deadline)));
  }

  private async take(stream: string, lease: Lease, deadline: number): Promise<boolean> {
    try {
      return (await lease.take(deadline)).isOurs;
    } catch (error) {
      this.noteForbidden(stream, error);
      return true;
    }
  }

  private async renew(): Promise<void> {
    const deadline = monotonicNow() + LEASE_MS;
    const renewals = [...this.leases].map(async ([stream, lease]) => {
      if (!this.connection.isReady) return;
      try {
        const taken = await lease.take(deadline);
        if (taken.isOurs) this.missing.delete(stream);
        else if (this.isLost(stream, taken.isLive)) this.listener.lost(stream);
      } catch (error) {
        this.noteForbidden(stream, error);
      }
    });
    // A lease that cannot be renewed now is renewed or taken again a second later.
    await Promise.allSettled(renewals);
    if (performance.now() - this.markedAt > DAY_MS)
      await this.mark(deadline).catch(() => undefined);
  }

  /** True once, when the other is seen to live: it renews its lease, or has it for longer than a dead one could. */
  private isLost(stream: string, isLive: boolean): boolean {
    const since = this.missing.get(stream) ?? performance.now();
    this.missing.set(stream, since);
    const lives = isLive || performance.now() - since > LEASE_MS;
    if (!lives || this.lost.has(stream)) return false;
    this.lost.add(stream);
    return true;
  }

  /** Throws what is another error. */
  private noteForbidden(stream: string, error: unknown): void {
    unlessForbidden(error);
    if (this.isForbidden) return;
    this.isForbidden = true;
    // Who has no lease must not look like one who died.
    for (const key of this.markKeys)
      this.connection.request('DEL', [key], monotonicNow() + LEASE_MS).catch(() => undefined);
    this.listener.forbidden(stream, error);
  }
}

async function free(leases: readonly Lease[]): Promise<void> {
  await Promise.allSettled(leases.map((lease) => lease.free(monotonicNow() + LEASE_MS)));
}

function unlessForbidden(error: unknown): void {
  if (!isForbidden(error)) throw error;
}
