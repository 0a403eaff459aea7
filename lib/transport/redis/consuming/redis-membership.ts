import { resolvable, endBy, pauseFor } from '../../../common/waiting.js';
import { monotonicNow } from '../../../common/clocks.js';
import { ConfigurationError } from '../../../errors/index.js';
import { asError } from '../../../errors/thrown-values.js';
import type {
  Admission,
  DeliverySink,
  RecordPosition,
  SourceLag,
  Subscription,
  SubscriptionHandle,
} from '../../transport.interface.js';
import { type Approach, approachStreams, type Entry, untilDeadline } from './group-entry.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import type { RedisSubscription } from './redis-subscription.js';

/** How long entering tries to reach Redis. */
const ENTER_MS = 10_000;
/** So often is looked whether a name is free. */
const LOOK_MS = 200;
/** What else a start may take once the name is free. */
const LATE_MS = 5_000;

export interface MembershipParts {
  readonly member: string;
  readonly singleActive: boolean;
  /** How long another live process may have our name. */
  readonly nameTimeoutMs: number;
  readonly command: RedisConnection;
  readonly failed: (error: Error) => void;
  readonly healed: () => void;
  /** Begins to read. */
  readonly read: (entry: Entry) => RedisSubscription;
  /** It ended before it began to read. */
  readonly onEnd: (ended: RedisMembership) => void;
}

/** A subscription from the wait for its consumer name, which the process before it may still use, to its end. */
export class RedisMembership implements SubscriptionHandle {
  readonly joined: Promise<void>;
  private readonly tellJoined: () => void;
  private readonly stopping = new AbortController();
  private readonly paused = new Set<string | undefined>();
  private subscription: RedisSubscription | undefined;
  /** The stream on which another process has our name. */
  private takenOn: string | undefined;
  private waiting: Promise<void> | undefined;
  private ending: Promise<void> | undefined;

  constructor(
    private readonly wanted: Subscription,
    private readonly sink: DeliverySink,
    private readonly parts: MembershipParts,
  ) {
    const joined = resolvable();
    this.joined = joined.promise;
    this.tellJoined = joined.resolve;
  }

  /**
   * Resolves when reading has begun, or when another process has our name: it begins once that one has given it back
   * or died. Rejects as `approachStreams`.
   */
  async enter(): Promise<void> {
    const { command, member, singleActive } = this.parts;
    const deadline = monotonicNow() + ENTER_MS;
    const joining = { member, singleActive };
    const approach = await approachStreams(command, this.wanted, joining, this.sink, deadline);
    if (await this.take(approach, deadline)) await this.begin(approach, deadline);
    else this.waiting = this.wait(approach);
  }

  admission(): Promise<Admission> {
    const { member, nameTimeoutMs } = this.parts;
    const seconds = Math.round(nameTimeoutMs / 1_000);
    const reason =
      `another process uses the consumer name ${member} on ${this.takenOn}. The name becomes free when that process ` +
      `stops, or 3 s after it died. If it still runs after ${seconds} s (consumerNameTimeout), this process stops consuming`;
    return Promise.resolve({ reason, withinMs: nameTimeoutMs + LATE_MS });
  }

  pause(source?: string): void {
    this.paused.add(source);
    this.subscription?.pause(source);
  }

  resume(source?: string): void {
    if (source === undefined) this.paused.clear();
    else this.paused.delete(source);
    this.subscription?.resume(source);
  }

  async flush(deadline: number): Promise<void> {
    await this.subscription?.flush(deadline);
  }

  async lag(): Promise<readonly SourceLag[]> {
    if (this.subscription) return this.subscription.lag();
    return this.wanted.topics.map((source) => ({ source, events: null, oldest: null }));
  }

  idle(): readonly RecordPosition[] {
    return this.subscription?.idle() ?? [];
  }

  stop(deadline: number): Promise<void> {
    return (this.ending ??= this.leave(deadline));
  }

  private async take({ lease }: Approach, deadline: number): Promise<boolean> {
    this.takenOn = lease && (await untilDeadline(() => lease.acquire(deadline), deadline));
    return this.takenOn === undefined;
  }

  private async begin(approach: Approach, deadline: number): Promise<void> {
    const entry = await approach.enter(deadline);
    if (this.stopping.signal.aborted) {
      await entry.readerLease?.release(deadline);
      await entry.lease?.release(deadline);
      return;
    }
    const subscription = (this.subscription = this.parts.read(entry));
    for (const source of this.paused) subscription.pause(source);
    this.tellJoined();
  }

  private async wait(approach: Approach): Promise<void> {
    const { nameTimeoutMs, failed, healed } = this.parts;
    const { signal } = this.stopping;
    const giveUpAt = monotonicNow() + nameTimeoutMs;
    for (;;) {
      await pauseFor(LOOK_MS, signal);
      if (signal.aborted) return;
      const deadline = monotonicNow() + ENTER_MS;
      try {
        const isOurs = await this.take(approach, deadline);
        if (isOurs && signal.aborted) return await approach.lease?.release(deadline);
        if (isOurs) return await this.begin(approach, deadline);
        healed();
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof ConfigurationError) return this.end(error);
        failed(asError(error));
        continue;
      }
      if (monotonicNow() >= giveUpAt) return this.end(approach.lease!.inUse(this.takenOn!));
    }
  }

  private async leave(deadline: number): Promise<void> {
    this.stopping.abort();
    if (this.waiting) await endBy(deadline, this.waiting);
    if (this.subscription) await this.subscription.stop(deadline);
    else this.end('stopped');
  }

  private end(reason: 'stopped' | Error): void {
    this.ending ??= Promise.resolve();
    this.parts.onEnd(this);
    this.sink.end(reason);
    this.tellJoined();
  }
}
