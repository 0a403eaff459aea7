import { asError } from '../../../errors/thrown-values.js';
import { resolvable, endBy } from '../../../common/waiting.js';
import { monotonicNow } from '../../../common/clocks.js';
import { randomUUID } from 'node:crypto';
import {
  ClosedError,
  type EventBusErrorPlace,
  MissingPeerError,
  ServiceUnavailableError,
} from '../../../errors/index.js';
import type {
  Admission,
  DeliverySink,
  RecordPosition,
  SourceLag,
  Subscription,
  SubscriptionHandle,
} from '../../transport.interface.js';
import { errorContext, OffsetBound } from '../../common/base-transport.js';
import type { HealthBoard } from '../../common/health-board.js';
import type {
  FetchedBatch,
  KafkaDriver,
  MemberClient,
  TopicState,
} from '../kafka-driver.interface.js';
import { serviceFault } from '../kafka-errors.js';
import { admissionTo, longestAdmission } from './admission.js';
import { Committer } from './committer.js';
import { FixedStarts } from './source-opening.js';
import { sourceLags, sourceEnds } from './start-places.js';
import { ProgressWatch, Watchdog } from './watchdogs.js';
import { sourceName } from './partition-source.js';
import { SourceSet } from './source-set.js';
import { TopicWatch } from './topic-watch.js';

/** What a sink that never finishes must leave of the time for stopping: to commit and to leave. */
const HAND_OVER_MS = 1_000;
const END_MS = 5_000;

export interface SubscriptionParts {
  /** For health and logs. */
  readonly name: string;
  readonly clientId: string;
  readonly driver: KafkaDriver;
  readonly health: HealthBoard;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  /** What the group knows of its topics from earlier subscriptions of this process; it learns more. */
  readonly topicsKnown: Map<string, TopicState>;
  readonly onEnd: (ended: KafkaSubscription) => void;
}

/** One subscription: a member of its group, its sources in turn, and its way out. */
export class KafkaSubscription implements SubscriptionHandle {
  readonly joined: Promise<void>;
  private readonly tellJoined: () => void;
  private readonly group: string;
  private readonly member: MemberClient;
  private readonly starts: FixedStarts;
  private readonly committer: Committer | undefined;
  private readonly sources: SourceSet;
  private readonly bound: OffsetBound | undefined;
  private readonly watchdog: Watchdog;
  private readonly progress: ProgressWatch;
  private readonly watch: TopicWatch;
  /** Parts of health that are ours. */
  private readonly healthParts = new Set<string>();
  private inHand = { count: 0, bytes: 0 };
  private looking = false;
  private turn = 0;
  /** `open` has resolved. */
  private isOpen = false;
  private isIn = false;
  /** Ends a subscription that the group does not let in. */
  private patience: NodeJS.Timeout | undefined;
  private wasExpired = false;
  private ending: Promise<void> | undefined;
  private stopOpening: (reason: Error) => void = () => undefined;

  constructor(
    private readonly wanted: Subscription,
    private readonly sink: DeliverySink,
    private readonly parts: SubscriptionParts,
  ) {
    const { driver, clientId } = parts;
    const { group, until } = wanted;
    const topics = [...new Set(wanted.topics)];
    // Kafka has readers without a group only in name: this one commits nothing.
    this.group = group ?? `${clientId}-reader-${randomUUID()}`;
    const joined = resolvable();
    this.joined = joined.promise;
    this.tellJoined = joined.resolve;
    this.starts = new FixedStarts({ driver, group, start: wanted.start, topics });
    const options = { group: this.group, topics, clientId };
    this.member = driver.member(options, {
      assigned: (places, lost) => this.sources.assigned(places, lost),
      held: () => this.sources.all,
      fetched: (batch) => this.fetched(batch),
      outOfRange: (place) => this.sources.outOfRange(place),
      fetchFailed: (place, error) => {
        this.failed(`reading ${sourceName(place)}`, error, { topic: place.topic });
        this.sources.fetchFailed(place);
      },
      fetchRecovered: (place) => {
        this.sources.fetchRecovered(place);
        this.healed(`reading ${sourceName(place)}`);
      },
      alive: () => this.alive(),
      crashed: (error) => this.crashed(error),
    });
    if (group !== null)
      this.committer = new Committer(this.member, wanted.settle === 'each', {
        confirmed: () => this.changed(),
        failed: (error) => this.failed('committing', error),
        healed: () => this.healed('committing'),
        refused: ({ topic }, error) => {
          this.failed(`committing ${topic}`, error, { topic });
          this.watch.lookSoon();
        },
        accepted: ({ topic }) => this.healed(`committing ${topic}`),
        ...(sink.acknowledged && {
          asked: (topic, tookMs, error) => sink.acknowledged?.(topic, tookMs, error),
        }),
      });
    this.watch = new TopicWatch(driver, topics, parts.topicsKnown, {
      remade: (topic, state) => this.sources.remade(topic, state),
      grown: () => this.member.refresh(),
      missing: (topic, error) => this.failed(`looking up topic ${topic}`, error),
      found: (topic) => this.healed(`looking up topic ${topic}`),
    });
    this.sources = new SourceSet({
      ...{
        driver,
        sink,
        wanted,
        member: this.member,
        committer: this.committer,
        watch: this.watch,
        starts: this.starts,
      },
      source: {
        sink,
        each: wanted.settle === 'each',
        expired: () => this.member.isExpired,
        inHandChanged: (count, bytes) => {
          this.inHand.count += count;
          this.inHand.bytes += bytes;
        },
        changed: () => this.changed(),
        settled: (source) => this.committer?.add(source),
      },
      failed: (topic, error) => this.failed(`looking up the offsets of ${topic}`, error, { topic }),
      healed: (topic) => this.healed(`looking up the offsets of ${topic}`),
    });
    if (until)
      this.bound = new OffsetBound(
        until,
        () => sourceEnds(driver, topics, until),
        () => this.changed(),
      );
    this.watchdog = new Watchdog(parts.sessionTimeoutMs, {
      silent: (error) => this.failed('reading', error),
      heard: () => this.healed('reading'),
      dead: (error) => void this.end(error, monotonicNow()),
      isForgotten: () => this.member.isExpired,
    });
    this.progress = new ProgressWatch({
      // Where all that may be in flight is in flight, the others wait for it.
      sources: () => (this.inHand.count < wanted.maxInFlight ? this.sources.all : []),
      ends: (topic) => driver.offsets(topic, 'latest'),
      stalled: (error) => this.failed('reading new records', error),
      moves: () => this.healed('reading new records'),
      dead: (error) => void this.end(error, monotonicNow()),
    });
  }

  /**
   * Resolves when it is fixed where reading starts and ends and the group would have us; it may admit this member later.
   * Rejects as the driver does, and with ClosedError when it is stopped before.
   */
  async open(): Promise<void> {
    // A client that was told to leave may never say what became of its joining.
    const stopped = new Promise<never>((_, reject) => (this.stopOpening = reject));
    try {
      await Promise.race([this.enter(), stopped]);
    } catch (error) {
      const abandoned = this.abandon();
      this.ending ??= abandoned;
      await abandoned;
      throw error;
    }
    this.isOpen = true;
    if (this.isIn || this.ending) return;
    const { sessionTimeoutMs, rebalanceTimeoutMs } = this.parts;
    const patienceMs = 2 * longestAdmission({ sessionTimeoutMs, rebalanceTimeoutMs });
    this.patience = setTimeout(() => {
      const seconds = Math.round(patienceMs / 1_000);
      this.lost(
        new ServiceUnavailableError(
          'Kafka',
          `the group has not admitted this process for ${seconds} s`,
        ),
      );
    }, patienceMs);
  }

  private async enter(): Promise<void> {
    await this.member.connect();
    await this.starts.fix();
    await this.bound?.find();
    if (this.ending) return;
    const joining = this.join();
    await Promise.race([joining, this.member.accepted]);
    joining.catch((error: unknown) => this.lost(error));
  }

  admission(): Promise<Admission> {
    const { driver, sessionTimeoutMs, rebalanceTimeoutMs } = this.parts;
    const { group } = this;
    const { id } = this.member;
    return admissionTo({ driver, group, id, sessionTimeoutMs, rebalanceTimeoutMs });
  }

  pause(source?: string): void {
    this.sources.pause(source);
  }

  resume(source?: string): void {
    this.sources.resume(source);
  }

  async flush(deadline: number): Promise<void> {
    await this.committer?.flush(deadline);
  }

  lag(): Promise<readonly SourceLag[]> {
    return sourceLags(this.parts.driver, this.sources.all);
  }

  idle(): readonly RecordPosition[] {
    const { count, bytes } = this.room;
    if (count < 1 || bytes < 1) return [];
    return this.sources.all.map(({ idle }) => idle).filter((position) => position !== undefined);
  }

  stop(deadline: number): Promise<void> {
    return this.end('stopped', deadline);
  }

  /** Resolves when the group has admitted this member and every partition that is ours was opened. */
  private async join(): Promise<void> {
    await this.member.join();
    await this.sources.opened();
    clearTimeout(this.patience);
    // Stopped meanwhile: whatever begins here would never end.
    if (this.ending) return;
    this.isIn = true;
    this.watchdog.start();
    this.watch.start();
    this.progress.start();
    this.tellJoined();
    this.changed();
  }

  private alive(): void {
    this.watchdog.alive();
    // What could not be delivered meanwhile may be ours still.
    if (this.wasExpired && !this.member.isExpired) this.changed();
  }

  private fetched(batch: FetchedBatch): void {
    this.watchdog.alive();
    this.sources.take(batch);
  }

  private failed(part: string, error: unknown, place?: EventBusErrorPlace): void {
    this.healthParts.add(part);
    this.parts.health.failed(`${this.parts.name}, ${part}`, serviceFault(error, place));
  }

  private healed(part: string): void {
    this.parts.health.healed(`${this.parts.name}, ${part}`);
  }

  /** Also between the admission and the opening of the first partitions, which would never end without a client. */
  private crashed(error: Error): void {
    if (this.isOpen) this.lost(error);
    else this.stopOpening(error);
  }

  private lost(error: unknown): void {
    const isForGood = error instanceof MissingPeerError;
    void this.end(
      isForGood ? error : serviceFault(error, errorContext(this.wanted)),
      monotonicNow(),
    );
  }

  private changed(): void {
    if (this.looking || this.ending || !this.isIn) return;
    this.looking = true;
    // Never within the turn: a record that is released again and again must let others live.
    setImmediate(() => {
      this.looking = false;
      if (!this.ending) this.look();
    });
  }

  private look(): void {
    const sources = this.sources.all;
    this.wasExpired = this.member.isExpired;
    if (this.bound) {
      for (const source of sources) source.before = this.bound.before(source.source);
      if (this.bound.reached(sources)) {
        void this.end('until', monotonicNow() + END_MS);
        return;
      }
    }
    const first = this.turn++;
    for (let i = 0; i < sources.length; i++) {
      const source = sources[(first + i) % sources.length]!;
      const { count, bytes } = this.room;
      if (count < 1 || bytes < 1) break;
      if (!source.canDeliver) continue;
      source.deliver({ count, bytes }).catch((error: unknown) => {
        void this.end(asError(error), monotonicNow());
      });
    }
    this.sources.steerFetching();
  }

  /** How much more may be in flight. */
  private get room(): { readonly count: number; readonly bytes: number } {
    const { maxInFlight, maxInFlightBytes = Infinity } = this.wanted;
    const commits = this.committer?.room ?? Infinity;
    return {
      count: Math.min(maxInFlight - this.inHand.count, commits),
      bytes: maxInFlightBytes - this.inHand.bytes,
    };
  }

  private end(reason: 'until' | 'stopped' | Error, deadline: number): Promise<void> {
    const closed = (): Error => new ClosedError('The Kafka transport', errorContext(this.wanted));
    this.stopOpening(reason instanceof Error ? reason : closed());
    return (this.ending ??= this.leave(reason, deadline));
  }

  private async leave(reason: 'until' | 'stopped' | Error, deadline: number): Promise<void> {
    const left = Math.max(0, deadline - monotonicNow());
    const revokeBy = deadline - Math.min(HAND_OVER_MS, left / 4);
    if (reason === 'stopped') await this.sources.revokeAll(revokeBy);
    await this.committer?.flush(deadline);
    await this.abandon(deadline);
    this.sink.end(reason);
    this.tellJoined();
  }

  private async abandon(deadline = monotonicNow()): Promise<void> {
    clearTimeout(this.patience);
    this.watchdog.stop();
    this.watch.stop();
    this.progress.stop();
    this.bound?.close();
    this.committer?.stop();
    this.sources.close();
    const leaving = this.member.leave(deadline);
    await endBy(Math.max(deadline, monotonicNow() + HAND_OVER_MS), leaving);
    const { health, name, onEnd } = this.parts;
    for (const part of this.healthParts) health.forget(`${name}, ${part}`);
    onEnd(this);
  }
}
