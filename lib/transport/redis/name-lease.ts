import { randomUUID } from 'node:crypto';
import { ConfigurationError } from '../../errors/index.js';
import { pauseFor } from '../common/waiting.js';
import { slotPrefix } from './key-slot.js';
import type { RedisConnection } from './redis-connection.js';
import { text } from './redis-reply.js';

const LEASE_MS = 3_000;
const RENEW_MS = 1_000;
const LOOK_MS = 200;
const DAY_MS = 24 * 3_600_000;
const OURS_MS = 30 * DAY_MS;

/** Who holds a consumer name of a group on a stream. */
export function leaseKey(stream: string, group: string, consumer: string): string {
  return `openedx-event-bus:lease:${slotPrefix(stream)}:${group}:${consumer}`;
}

/** There while a consumer name counts as ours: without a lease it is then not alive. */
export function ownNameKey(lease: string): string {
  return `${lease}:ours`;
}

/**
 * Says at Redis that a live process uses a consumer name, so that a second one is noticed: both would
 * share one pending list, and each would take the other's events in hand for its own.
 */
export class NameLease {
  private readonly token = randomUUID();
  private readonly lost = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private markedAt = Infinity;

  constructor(
    private readonly connection: RedisConnection,
    private readonly keys: ReadonlyMap<string, string>,
    private readonly consumer: string,
    private readonly onLost: (stream: string) => void,
  ) {}

  /**
   * Resolves when the name is ours. A lease that is not renewed, of a process that died, is waited
   * for (3 s); a live one rejects with ConfigurationError. Rejects with a service fault at the deadline.
   */
  async acquire(deadline: number): Promise<void> {
    const taken: string[] = [];
    try {
      for (const [stream, key] of this.keys) {
        await this.take(stream, key, deadline);
        taken.push(key);
      }
    } catch (error) {
      await Promise.allSettled(taken.map((key) => this.free(key, Date.now() + LEASE_MS)));
      throw error;
    }
    this.timer = setInterval(() => void this.renew(), RENEW_MS);
  }

  /**
   * Joined: from now on the name counts as ours, and 30 days longer than it is held. Rejects with a
   * service fault at the deadline.
   */
  async mark(deadline: number): Promise<void> {
    const marks = [...this.keys.values()].map((key) =>
      this.connection.request('SET', [ownNameKey(key), 1, 'PX', OURS_MS], deadline),
    );
    await Promise.all(marks);
    this.markedAt = Date.now();
  }

  /** Gives the name back. Never rejects; ends by the deadline. */
  async release(deadline: number): Promise<void> {
    clearInterval(this.timer);
    if (!this.connection.isReady) return;
    await Promise.allSettled([...this.keys.values()].map((key) => this.free(key, deadline)));
  }

  private async take(stream: string, key: string, deadline: number): Promise<void> {
    let left = Infinity;
    while (!(await this.set(key, deadline))) {
      const now = Number(await this.connection.request('PTTL', [key], deadline));
      if (now > left) throw this.inUse(stream);
      left = now;
      await pauseFor(LOOK_MS);
    }
  }

  private async set(key: string, deadline: number): Promise<boolean> {
    const args = [key, this.token, 'NX', 'PX', LEASE_MS];
    return (await this.connection.request('SET', args, deadline)) !== null;
  }

  private async renew(): Promise<void> {
    const deadline = Date.now() + LEASE_MS;
    const renewals = [...this.keys].map(async ([stream, key]) => {
      if (!this.connection.isReady) return;
      const holder = await this.connection.request('GET', [key], deadline);
      if (holder === null) await this.set(key, deadline);
      else if (text(holder) === this.token)
        await this.connection.request('PEXPIRE', [key, LEASE_MS], deadline);
      else if (!this.lost.has(stream)) {
        this.lost.add(stream);
        this.onLost(stream);
      }
    });
    // A lease that cannot be renewed now is renewed or taken again a second later.
    await Promise.allSettled(renewals);
    if (Date.now() - this.markedAt > DAY_MS) await this.mark(deadline).catch(() => undefined);
  }

  private async free(key: string, deadline: number): Promise<void> {
    const holder = await this.connection.request('GET', [key], deadline);
    if (text(holder) === this.token) await this.connection.request('DEL', [key], deadline);
  }

  private inUse(stream: string): ConfigurationError {
    const problem = {
      setting: 'consumerName',
      found: `${this.consumer}, which a live consumer uses on ${stream}`,
      allowed: 'a name that no other live process has in this group',
    };
    return new ConfigurationError([problem]);
  }
}
