import { monotonicNow } from '../../common/clocks.js';
import type { IdempotencyStore } from '../idempotency-store.interface.js';

interface Entry {
  /** Who has the lock; undefined: the key is marked. */
  readonly owner: string | undefined;
  /** By `monotonicNow`. */
  readonly until: number;
}

/** Expired entries are looked for each time that so many were written. */
const SWEEP_EVERY = 10_000;

/**
 * Marks in the memory of this process, for tests and for a single process: they are lost when it ends. Buses that are given
 * the same store share its marks.
 */
export function memoryIdempotencyStore(): IdempotencyStore {
  return new MemoryIdempotencyStore();
}

class MemoryIdempotencyStore implements IdempotencyStore {
  private readonly entries = new Map<string, Entry>();
  private written = 0;

  claim(key: string, owner: string, lockMs: number): Promise<'claimed' | 'done' | 'busy'> {
    const entry = this.find(key);
    if (entry && entry.owner !== owner)
      return Promise.resolve(entry.owner === undefined ? 'done' : 'busy');
    this.put(key, owner, lockMs);
    return Promise.resolve('claimed');
  }

  renew(key: string, owner: string, lockMs: number): Promise<boolean> {
    const entry = this.find(key);
    if (entry && entry.owner !== owner) return Promise.resolve(false);
    this.put(key, owner, lockMs);
    return Promise.resolve(true);
  }

  complete(key: string, owner: string, ttlMs: number): Promise<boolean> {
    const entry = this.find(key);
    this.put(key, undefined, ttlMs);
    return Promise.resolve(!entry || entry.owner === owner);
  }

  release(key: string, owner: string): Promise<void> {
    if (this.find(key)?.owner === owner) this.entries.delete(key);
    return Promise.resolve();
  }

  forget(key: string): Promise<void> {
    const entry = this.find(key);
    if (entry && entry.owner === undefined) this.entries.delete(key);
    return Promise.resolve();
  }

  private find(key: string): Entry | undefined {
    const entry = this.entries.get(key);
    return entry && entry.until > monotonicNow() ? entry : undefined;
  }

  private put(key: string, owner: string | undefined, ms: number): void {
    const now = monotonicNow();
    this.entries.set(key, { owner, until: now + ms });
    if (++this.written % SWEEP_EVERY !== 0) return;
    for (const [old, { until }] of this.entries) if (until <= now) this.entries.delete(old);
  }
}
