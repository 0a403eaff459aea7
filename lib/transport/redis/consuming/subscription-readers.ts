import type { HealthBoard } from '../../common/health-board.js';
import type { DeliverySink, Subscription } from '../../transport.interface.js';
import type { Acknowledger } from './acknowledger.js';
import { GroupKeeper, GroupWatch } from './group-watch.js';
import type { NameLease } from '../leases/name-lease.js';
import type { ReadBound } from './read-bound.js';
import type { Reading } from '../connection/redis-deployment.js';
import type { RedisSettings } from '../settings/redis-settings.js';
import { StreamReader } from './stream-reader.js';
import type { StreamSource } from './stream-source.js';

const WATCH_MS = 5_000;
/** A read that a lease allows ends before the lease does. */
const LEASED_BLOCK_MS = 1_000;
/** A bounded read looks for its end more often than an endless one. */
const BOUNDED_BLOCK_MS = 500;

export interface SubscriptionReadersParts {
  readonly wanted: Subscription;
  readonly sink: DeliverySink;
  readonly member: string;
  readonly bound: ReadBound | undefined;
  readonly settings: RedisSettings;
  readonly health: HealthBoard;
  /** Of the subscription, for health and logs. */
  readonly name: string;
  readonly acknowledger: Acknowledger | undefined;
  readonly lease: NameLease | undefined;
  /** Called for what the watch of a group sees. */
  readonly notice: DeliverySink['notice'];
  readonly changed: () => void;
}

/** The readers of one subscription: one for all its streams, on a cluster one for those of each slot. */
export class SubscriptionReaders {
  private readonly readers: readonly StreamReader[];
  private readonly parts: readonly string[];

  constructor(
    readings: readonly Reading[],
    sources: readonly StreamSource[],
    private readonly of: SubscriptionReadersParts,
  ) {
    this.parts = readings.map((_, i) => `${of.name}, reading${i > 0 ? ` ${i + 1}` : ''}`);
    this.readers = readings.map((reading, i) => {
      const own = sources.filter(({ stream }) => reading.streams.includes(stream));
      return this.makeReader(reading, own, this.parts[i]!);
    });
  }

  /** Begins to read; goes on until stopped. */
  run(): void {
    for (const reader of this.readers) reader.run();
  }

  /** As StreamReader.wake. */
  wake(): void {
    for (const reader of this.readers) reader.wake();
  }

  /** As StreamReader.stop. */
  async stop(deadline: number): Promise<void> {
    await Promise.all(this.readers.map((reader) => reader.stop(deadline)));
    for (const part of this.parts) this.of.health.forget(part);
  }

  private makeReader(
    { read, beside }: Reading,
    sources: readonly StreamSource[],
    part: string,
  ): StreamReader {
    const { wanted, sink, member, bound, settings, health, acknowledger, changed } = this.of;
    const { group, maxInFlight } = wanted;
    const { failureSleepMs, claimIdleMs, readCount, singleActive } = settings;
    const keeper = new GroupKeeper({
      ...{ read, group, sink, bound, sources, acknowledger, changed },
      watch: group === null ? undefined : this.makeWatch({ read, group }),
      failed: (error) => health.failed(part, error),
      healed: () => health.healed(part),
    });
    const isLeased = group !== null && singleActive;
    const blockMs = Math.min(settings.blockMs, isLeased ? LEASED_BLOCK_MS : Infinity);
    const plan = {
      ...{ group, member, maxInFlight, failureSleepMs, claimIdleMs, bound },
      count: Math.min(readCount, maxInFlight),
      blockMs: bound ? Math.min(blockMs, BOUNDED_BLOCK_MS) : blockMs,
    };
    return new StreamReader(read, beside, sources, plan, keeper);
  }

  private makeWatch({ read, group }: { read: Reading['read']; group: string }): GroupWatch {
    const { settings, member, notice, lease } = this.of;
    return new GroupWatch({
      ...{ read, group, member, notice },
      hasLeases: () => lease?.isAllowed ?? false,
      streamMaxLen: settings.streamMaxLen,
      removeDeadMembersMs: settings.removeDeadMembersMs,
      everyMs: Math.min(WATCH_MS, settings.claimIdleMs),
    });
  }
}
