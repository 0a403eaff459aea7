import { asError } from '../../../errors/thrown-values.js';
import { monotonicNow } from '../../../common/clocks.js';
import type {
  DeliverySink,
  RecordPosition,
  SourceLag,
  Subscription,
  SubscriptionHandle,
} from '../../transport.interface.js';
import { Acknowledger } from './acknowledger.js';
import { ClaimRenewal } from './claim-renewal.js';
import { DeliveryBudget, type RedisDelivery } from './redis-delivery.js';
import type { Entry } from './group-entry.js';
import type { HealthBoard } from '../../common/health-board.js';
import { PendingList } from './pending-list.js';
import type { ReaderLease } from '../leases/reader-lease.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import type { Reading } from '../connection/redis-deployment.js';
import type { RedisSettings } from '../settings/redis-settings.js';
import { BEFORE_FIRST } from '../group/stream-group.js';
import { readLag, streamLag } from './stream-lag.js';
import { StreamSource, type SourceOwner } from './stream-source.js';
import { SubscriptionReaders } from './subscription-readers.js';
import { endBy } from '../../../common/waiting.js';

const REPLY_MS = 5_000;
/** What a read or a sink that never finishes must leave of the time for stopping: to acknowledge and hand over. */
const HAND_OVER_MS = 1_000;

/** For so long after a take-over a read that the reader before had begun may be answered. */
const LATE_READS_MS = 10_000;

export interface SubscriptionParts {
  /** For health and logs. */
  readonly name: string;
  readonly member: string;
  readonly entry: Entry;
  readonly readings: readonly Reading[];
  readonly command: RedisConnection;
  readonly settings: RedisSettings;
  readonly health: HealthBoard;
  readonly onEnd: () => void;
}

/** One subscription: its sources in turn, and its way out. */
export class RedisSubscription implements SubscriptionHandle, SourceOwner {
  readonly budget: DeliveryBudget;
  readonly each: boolean;
  private readonly sources: readonly StreamSource[];
  private readonly acknowledger: Acknowledger | undefined;
  private readonly renewal: ClaimRenewal | undefined;
  private readonly readers: SubscriptionReaders;
  readonly readerLease: ReaderLease | undefined;
  /** Streams that we are letting go of. */
  private readonly standingBy = new Map<string, Promise<void>>();
  private looking = false;
  private turn = 0;
  private ending: Promise<void> | undefined;

  constructor(
    private readonly wanted: Subscription,
    readonly sink: DeliverySink,
    private readonly parts: SubscriptionParts,
  ) {
    const { entry, command, settings, member, name, health } = parts;
    const { group, maxInFlight, maxInFlightBytes } = wanted;
    const { bound } = entry;
    this.each = wanted.settle === 'each';
    this.budget = new DeliveryBudget(maxInFlight, maxInFlightBytes);
    this.sources = entry.points.map((point) => new StreamSource(point, this));
    const { sources } = this;
    const { claimIdleMs } = settings;
    if (group !== null) {
      this.renewal = new ClaimRenewal({ command, group, member, sources, claimIdleMs });
      const deletes = wanted.deleteSettled === true;
      this.acknowledger = new Acknowledger(
        command,
        { group, deletes },
        {
          confirmed: () => this.changed(),
          failed: (error) => health.failed(`${name}, acknowledging`, error),
          healed: () => health.healed(`${name}, acknowledging`),
          ...(sink.acknowledged && {
            asked: (stream, tookMs, error) => sink.acknowledged?.(stream, tookMs, error),
          }),
        },
      );
    }
    this.readerLease = entry.readerLease;
    for (const source of sources) source.isStandby = this.readerLease !== undefined;
    this.readers = new SubscriptionReaders(parts.readings, sources, {
      ...{ wanted, sink, member, bound, settings, health, name },
      acknowledger: this.acknowledger,
      lease: entry.lease,
      notice: (notice) => {
        if (!this.ending) sink.notice(notice);
      },
      changed: () => this.changed(),
    });
  }

  /** Begins to read. */
  run(): void {
    this.readers.run();
    this.renewal?.start();
    const part = this.leasePart;
    this.readerLease?.start({
      gained: (stream) => void this.takeOver(stream),
      lost: (stream) => this.standingBy.set(stream, this.standBy(stream)),
      failed: (error) => this.parts.health.failed(part, error),
      healed: () => this.parts.health.healed(part),
    });
    this.changed();
  }

  pause(source?: string): void {
    for (const one of this.named(source)) one.paused = true;
  }

  resume(source?: string): void {
    for (const one of this.named(source)) one.paused = false;
    this.changed();
  }

  async flush(deadline: number): Promise<void> {
    await this.acknowledger?.flush(deadline);
  }

  lag(): Promise<readonly SourceLag[]> {
    const { command } = this.parts;
    const { group } = this.wanted;
    const deadline = monotonicNow() + REPLY_MS;
    const lags = this.sources.map(({ stream, settledTo }) => {
      const lag =
        group === null
          ? readLag(command, { stream, settledTo }, deadline)
          : streamLag(command, { stream, group }, deadline);
      return lag.catch(() => ({ source: stream, events: null, oldest: null }));
    });
    return Promise.all(lags);
  }

  idle(): readonly RecordPosition[] {
    return this.sources.map(({ idle }) => idle).filter((position) => position !== undefined);
  }

  stop(deadline: number): Promise<void> {
    return this.end('stopped', deadline);
  }

  settled(stream: string, id: string, stays: boolean): void {
    this.acknowledger?.add(stream, id, stays);
  }

  isConfirmed(stream: string): boolean {
    return this.acknowledger?.isConfirmed(stream) ?? true;
  }

  keepAlive(source: StreamSource, delivery: RedisDelivery): void {
    this.renewal?.add(source, [delivery.entry.id]);
  }

  changed(): void {
    if (this.looking || this.ending) return;
    this.looking = true;
    // Never within the turn: a record that is released again and again must let others live.
    setImmediate(() => {
      this.looking = false;
      if (!this.ending) this.look();
    });
  }

  sinkFailed(error: unknown): void {
    void this.end(asError(error), monotonicNow());
  }

  private named(source: string | undefined): readonly StreamSource[] {
    if (source === undefined) return this.sources;
    return this.sources.filter(({ stream }) => stream === source);
  }

  private look(): void {
    const { bound } = this.parts.entry;
    if (bound && this.sources.every((source) => source.isEmpty && bound.isPassed(source))) {
      void this.end('until', monotonicNow() + REPLY_MS);
      return;
    }
    const first = this.turn++;
    for (let i = 0; i < this.sources.length; i++)
      this.sources[(first + i) % this.sources.length]!.pump();
    this.readers.wake();
  }

  private end(reason: 'until' | 'stopped' | Error, deadline: number): Promise<void> {
    return (this.ending ??= this.leave(reason, deadline));
  }

  private async leave(reason: 'until' | 'stopped' | Error, deadline: number): Promise<void> {
    for (const source of this.sources) source.paused = true;
    const left = Math.max(0, deadline - monotonicNow());
    const revokeBy = deadline - Math.min(HAND_OVER_MS, left / 4);
    await this.readers.stop(revokeBy);
    if (reason === 'stopped')
      await Promise.all(
        this.sources.map(({ stream }) => endBy(revokeBy, this.revoke(stream, revokeBy))),
      );
    this.renewal?.stop();
    for (const source of this.sources) source.close();
    await this.acknowledger?.flush(deadline);
    this.acknowledger?.stop();
    await endBy(deadline, this.leaveGroup(deadline));
    const { health, name, onEnd } = this.parts;
    health.forget(`${name}, acknowledging`);
    health.forget(this.leasePart);
    onEnd();
    this.sink.end(reason);
  }

  /** With Redis away, what is pending stays under our name. */
  private async leaveGroup(deadline: number): Promise<void> {
    const { entry, command, member } = this.parts;
    const { group } = this.wanted;
    if (group !== null && command.isReady) {
      const pending = new PendingList(command, group, member);
      const leaving = this.sources.map(({ stream }) => pending.leaveBehind(stream, deadline));
      await Promise.allSettled(leaving);
    }
    await this.readerLease?.release(deadline);
    await entry.lease?.release(deadline);
  }

  private get leasePart(): string {
    return `${this.parts.name}, renewing the lease for reading (singleActive)`;
  }

  /** What was in flight when the lease was lost must be given up first. */
  private async takeOver(stream: string): Promise<void> {
    await this.standingBy.get(stream);
    if (this.ending || !this.readerLease?.holds(stream)) return;
    for (const source of this.named(stream)) {
      source.isStandby = false;
      source.takesOver = true;
      source.lateUntil = monotonicNow() + LATE_READS_MS;
      source.recover(BEFORE_FIRST);
    }
    this.changed();
  }

  /** What is in flight goes to whoever reads the stream now. */
  private async standBy(stream: string): Promise<void> {
    for (const source of this.named(stream)) source.isStandby = true;
    this.changed();
    const deadline = monotonicNow() + HAND_OVER_MS;
    await endBy(deadline, this.revoke(stream, deadline));
    if (this.ending) return;
    for (const source of this.named(stream)) source.drop();
  }

  private async revoke(stream: string, deadline: number): Promise<void> {
    await this.sink.revoke(stream, deadline);
  }
}
