import type { LogFields } from '../../common/log-fields.js';
import { endBy, resolvable } from '../../common/waiting.js';
import { monotonicNow } from '../../common/clocks.js';
import { codeOf } from '../../errors/error-code.js';
import { messageOf } from '../../errors/foreign-error.js';
import { fullTopic } from '../../transport/topic-prefix.js';
import type {
  Admission,
  Delivery,
  DeliverySink,
  SourceLag,
  SourceNotice,
  Subscription,
  SubscriptionHandle,
} from '../../transport/transport.interface.js';
import type { ProcessingContext } from '../processing/processing-context.js';
import { Deadline } from '../deadline.js';
import type { Source } from '../processing/source-records.js';
import { SourceWorker } from './source-worker.js';
import { type IdleRecord, StalledRecords } from './stalled-records.js';
import { reportNotice } from './source-notices.js';

export type RunEnd = 'until' | 'stopped' | Error;

/** Works on the records of one source. */
export type Worker = Pick<
  SourceWorker,
  'inHand' | 'take' | 'keepAlive' | 'watch' | 'idle' | 'close'
>;

/** What a group reads, and how. */
export interface GroupReading {
  /** At the broker. */
  readonly group: string;
  /** Without the environment prefix. */
  readonly topics: readonly string[];
  /** Read without the group at the broker, whose position stays. */
  readonly range?: Pick<Subscription, 'start' | 'until'>;
  /** Where a group that is new at the broker starts. Default: as the settings say. */
  readonly start?: Subscription['start'];
  readonly deleteSettled?: boolean;
  /** Nobody waits for it: the bus runs before the group has admitted this member. */
  readonly isAside?: boolean;
  /** Default: a SourceWorker for the handlers of the group. */
  readonly workerFor?: (
    source: Omit<Source, 'group'>,
    topic: string,
    isCrowded: () => boolean,
  ) => Worker;
}

/** One subscription of a group, from joining to leaving: the sink that its transport delivers to. */
export class GroupSubscription implements DeliverySink {
  private readonly ending = resolvable<RunEnd>();
  private readonly admitting = resolvable<boolean>();
  private readonly serving = resolvable();
  /** Resolves when the transport ended the subscription. */
  readonly ended = this.ending.promise;
  /** Resolves when the group has admitted this member (true), or the subscription ended or closes (false). */
  readonly admitted = this.admitting.promise;
  /** Resolves when the transport first delivered something. */
  readonly served = this.serving.promise;
  private readonly sources = new Map<string, Worker>();
  private readonly paused = new Set<string>();
  private readonly stalled: StalledRecords;
  private handle: SubscriptionHandle | undefined;
  private isIn = false;
  private keepAlive: NodeJS.Timeout | undefined;
  private closing = false;

  constructor(
    private readonly parts: ProcessingContext,
    private readonly reading: GroupReading,
  ) {
    this.stalled = new StalledRecords(parts, reading.group);
  }

  private get group(): string {
    return this.reading.group;
  }

  /** Full topics. */
  private get topics(): readonly string[] {
    const { topicPrefix } = this.parts.settings;
    return this.reading.topics.map((topic) => fullTopic(topicPrefix, topic));
  }

  /** Subscribes; the group may admit this member later (`admitted`). Rejects as the transport does. To be called once. */
  async open(): Promise<void> {
    const { transport, settings, member, timing } = this.parts;
    const { group, range, start = this.parts.start, deleteSettled } = this.reading;
    const handle = await transport.subscribe(
      {
        topics: this.topics,
        group: range ? null : group,
        ...(member === undefined ? {} : { member }),
        start,
        ...range,
        maxInFlight: settings.maxInFlight,
        maxInFlightBytes: settings.maxInFlightBytes,
        settle: settings.settle,
        ...(deleteSettled && { deleteSettled }),
      },
      this,
    );
    this.handle = handle;
    // Where it ended before, that was told first.
    if (handle.joined) void handle.joined.then(() => this.admit());
    else this.admit();
    if (this.closing) {
      await handle.stop(monotonicNow() + timing.leaveMs);
      return;
    }
    for (const source of this.paused) handle.pause(source);
    this.keepAlive = setInterval(() => {
      for (const source of this.sources.values()) {
        source.keepAlive();
        source.watch();
      }
      this.lookForStalled(handle);
    }, timing.keepAliveMs);
  }

  /** Whether `admitted` has resolved to true. */
  get isAdmitted(): boolean {
    return this.isIn;
  }

  /** As `SubscriptionHandle.admission`. */
  async admission(): Promise<Admission> {
    const admission = await this.handle?.admission?.();
    if (admission) return admission;
    throw new Error('the transport gives no reason');
  }

  /** As `SubscriptionHandle.lag`; none before it is subscribed. */
  async lag(): Promise<readonly SourceLag[]> {
    return (await this.handle?.lag()) ?? [];
  }

  deliver(batch: readonly Delivery[]): void | Promise<void> {
    const first = batch[0];
    if (!first) return;
    this.admit();
    this.serving.resolve();
    this.parts.observer.received(this.group, batch);
    if (this.closing) {
      for (const delivery of batch) delivery.release();
      return;
    }
    return this.source(first).take(batch);
  }

  async revoke(source: string, deadline: number): Promise<void> {
    const consumer = this.sources.get(source);
    if (!consumer) return;
    const limit = new Deadline(deadline);
    await consumer.close(limit);
    limit.clear();
    this.sources.delete(source);
    // Given back; should it return to us, it starts anew, unpaused.
    if (!this.closing) this.resume(source);
  }

  acknowledged(topic: string, tookMs: number, error?: Error): void {
    this.parts.observer.acknowledged({ topic, group: this.group, ms: tookMs, error });
  }

  notice(notice: SourceNotice): void {
    reportNotice(this.parts, this.group, notice, placeOf(notice.source, this.topics));
  }

  end(reason: RunEnd): void {
    clearInterval(this.keepAlive);
    this.stalled.end();
    this.admitting.resolve(false);
    this.ending.resolve(reason);
  }

  /**
   * Stops fetching, finishes or releases what is in flight, flushes and leaves. Never rejects; at the
   * latest `leaveMs` after the deadline it is over, whatever the transport does.
   */
  async close(deadline: Deadline): Promise<void> {
    this.closing = true;
    this.admitting.resolve(false);
    this.handle?.pause();
    await Promise.all([...this.sources.values()].map((source) => source.close(deadline)));
    clearInterval(this.keepAlive);
    const { leaveMs } = this.parts.timing;
    const leaveBy = Math.max(deadline.epochMs, monotonicNow() + leaveMs);
    const left = this.handle?.stop(leaveBy) ?? Promise.resolve();
    const late = deadline.passed.then(() => endBy(monotonicNow() + leaveMs, left));
    await Promise.race([left.catch((error: unknown) => this.failedToLeave(error)), late]);
  }

  private pause(source: string): void {
    this.paused.add(source);
    this.handle?.pause(source);
  }

  private resume(source: string): void {
    if (this.paused.delete(source)) this.handle?.resume(source);
  }

  /** Whether more than half of what may be in flight is in flight. */
  private isCrowded(): boolean {
    const { maxInFlight, maxInFlightBytes } = this.parts.settings;
    let [count, bytes] = [0, 0];
    for (const { inHand } of this.sources.values()) {
      count += inHand.size;
      for (const { record } of inHand) bytes += record.value?.length ?? 0;
    }
    return count * 2 > maxInFlight || bytes * 2 > maxInFlightBytes;
  }

  private admit(): void {
    this.isIn = true;
    this.admitting.resolve(true);
  }

  private source({ source: name, record: { topic } }: Delivery): Worker {
    let worker = this.sources.get(name);
    if (!worker) {
      const pause = (): void => this.pause(name);
      const resume = (): void => this.resume(name);
      const isCrowded = (): boolean => this.isCrowded();
      const { workerFor, group } = this.reading;
      worker =
        workerFor?.({ name, pause, resume }, topic, isCrowded) ??
        new SourceWorker(this.parts, { group, name, pause, resume }, isCrowded);
      this.sources.set(name, worker);
    }
    return worker;
  }

  private lookForStalled(handle: SubscriptionHandle): void {
    const fetched = handle.idle?.() ?? [];
    this.stalled.look([
      ...fetched.map((position): IdleRecord => ({ position, place: 'transport' })),
      ...[...this.sources.values()].flatMap((source) => source.idle()),
    ]);
  }

  private failedToLeave(error: unknown): void {
    this.parts.logger.warn(
      `Group ${this.group} could not unsubscribe cleanly; records that were not acknowledged are redelivered: ${messageOf(error)}`,
      { group: this.group, code: codeOf(error) },
    );
  }
}

/** What a source is named after: a stream by its topic, a partition as `topic/3`. */
function placeOf(source: string, topics: readonly string[]): LogFields {
  if (topics.includes(source)) return { topic: source, partition: '0' };
  const [name, partition] = /\/(\d+)$/.exec(source) ?? [];
  const topic = name && source.slice(0, -name.length);
  return topic !== undefined && topics.includes(topic) ? { topic, partition } : {};
}
