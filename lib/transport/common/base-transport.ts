import { monotonicNow, systemNow } from '../../common/clocks.js';
import {
  holdingProcess,
  holdProcess,
  tryUntil,
  backoffDelay,
  pauseFor,
  timerMs,
} from '../../common/waiting.js';
import type { Observable } from 'rxjs';
import { messageOf } from '../../errors/foreign-error.js';
import { ClosedError, ConnectError, ConfigurationError } from '../../errors/index.js';
import type {
  DeliverySink,
  EventTransport,
  OutcomeListener,
  OutgoingRecord,
  PublishOutcome,
  Subscription,
  SubscriptionHandle,
  TransportAdmin,
  TransportCapabilities,
  TransportStatus,
} from '../transport.interface.js';
import type { HealthBoard } from './health-board.js';

/**
 * What every transport does alike: one status, tries at start, a list of subscriptions, one way to close. Subscriptions
 * keep the process alive, connections alone do not.
 */
export abstract class BaseTransport<S extends SubscriptionHandle> implements EventTransport {
  abstract readonly capabilities: TransportCapabilities;
  abstract readonly admin: TransportAdmin;
  /** Each with what ends its hold of the process. */
  private readonly subscriptions = new Map<S, () => void>();
  private subscribed = 0;
  private closing: Promise<void> | undefined;

  protected constructor(
    private readonly technology: string,
    protected readonly health: HealthBoard,
  ) {}

  get status$(): Observable<TransportStatus> {
    return this.health.status$;
  }

  async connect(deadline: number): Promise<void> {
    if (this.closing) throw new ClosedError(this.title);
    this.health.connecting();
    const reach = (): Promise<void> => this.reach(deadline);
    try {
      await tryUntil(
        deadline,
        reach,
        (failure) => this.isClosing || this.isFinal?.(failure) === true,
      );
    } catch (failure) {
      const reason = this.reasonOf(failure);
      throw new ConnectError(`Cannot connect to ${this.technology}: ${reason}`, failure);
    }
    this.health.healed('connecting');
  }

  abstract publish(
    records: readonly OutgoingRecord[],
    deadline: number,
    told?: OutcomeListener,
  ): Promise<readonly PublishOutcome[]>;

  async subscribe(wanted: Subscription, sink: DeliverySink): Promise<SubscriptionHandle> {
    if (this.closing) throw new ClosedError(this.title, errorContext(wanted));
    checkSubscription(wanted);
    this.health.connecting();
    const reader = wanted.group === null ? 'a reader without a group' : `group ${wanted.group}`;
    const name = `${reader} (subscription ${++this.subscribed})`;
    const subscription = await holdingProcess(() => this.enter(wanted, sink, name));
    // Closed while it joined: nothing may be left behind.
    if (this.closing) await subscription.stop(monotonicNow());
    return subscription;
  }

  close(deadline: number): Promise<void> {
    return (this.closing ??= this.end(deadline));
  }

  abstract unwrap<T>(): T;

  protected get isClosing(): boolean {
    return this.closing !== undefined;
  }

  /** One try to get an answer of the broker. */
  protected abstract reach(deadline: number): Promise<void>;

  /** Joins, with the name for health and logs. `close` stops what was given to `hold`, until `drop`. */
  protected abstract enter(wanted: Subscription, sink: DeliverySink, name: string): Promise<S>;

  /** Resolves when what is being published was answered or given up. */
  protected endPublishing?(deadline: number): Promise<unknown>;

  /** Ends the connections, where there are some. */
  protected disconnect?(): void;

  /** No further try can succeed before somebody changes something. */
  protected isFinal?(failure: unknown): boolean;

  protected reasonOf(failure: unknown): string {
    return messageOf(failure);
  }

  protected hold(subscription: S): void {
    this.subscriptions.set(subscription, holdProcess());
  }

  protected drop(subscription: S): void {
    this.subscriptions.get(subscription)?.();
    this.subscriptions.delete(subscription);
  }

  private get title(): string {
    return `The ${this.technology} transport`;
  }

  private async end(deadline: number): Promise<void> {
    await Promise.all([
      this.endPublishing?.(deadline),
      ...[...this.subscriptions.keys()].map((subscription) => subscription.stop(deadline)),
    ]);
    this.disconnect?.();
    this.health.closed();
  }
}

/** Throws ConfigurationError for a subscription that could never deliver anything. */
function checkSubscription(wanted: Subscription): void {
  const { topics, maxInFlight, maxInFlightBytes = 1 } = wanted;
  const counts = { topics: topics.length, maxInFlight, maxInFlightBytes };
  const problems = Object.entries(counts)
    .filter(([, found]) => !(found >= 1))
    .map(([setting, found]) => ({
      setting: `subscription ${setting}`,
      found: String(found),
      allowed: 'a number >= 1',
    }));
  if (problems.length > 0) throw new ConfigurationError(problems);
}

/** What an error says about where it happened. */
export function errorContext({ topics, group }: Subscription): { topic: string; group?: string } {
  return { topic: topics.join(', '), ...(group === null ? {} : { group }) };
}

interface BoundedSource {
  readonly source: string;
  /** Everything below this offset is settled. */
  readonly settledTo: number;
  /** False: `settledTo` is not known yet. */
  readonly isStarted?: boolean;
}

/** Where a bounded read of numbered records ends. A time in the future is known only once it has come. */
export class OffsetBound {
  private ends: ReadonlyMap<string, number> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  /** `look` gives the first offset of each source that is not read any more; `known` is called after it. */
  constructor(
    private readonly until: NonNullable<Subscription['until']>,
    private readonly look: () => Promise<ReadonlyMap<string, number>>,
    private readonly known: () => void,
  ) {}

  /** Resolves when the end is known, at once where it is a time in the future. Rejects as `look` does. */
  async find(): Promise<void> {
    const { until } = this;
    const wait = typeof until === 'object' && 'time' in until ? until.time - systemNow() : 0;
    if (wait > 0) this.timer = setTimeout(() => void this.findPatiently(), timerMs(wait));
    else await this.lookNow();
  }

  /** Offset before which reading of the source ends. */
  before(source: string): number {
    return this.ends ? (this.ends.get(source) ?? 0) : Infinity;
  }

  /** Everything before the bound is settled, in all of the sources, of which there must be one. */
  reached(sources: readonly BoundedSource[]): boolean {
    if (!this.ends || sources.length === 0) return false;
    return sources.every(
      ({ source, settledTo, isStarted }) => isStarted !== false && settledTo >= this.before(source),
    );
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private async findPatiently(): Promise<void> {
    for (let failures = 1; !this.closed; failures++) {
      try {
        return await this.find();
      } catch {
        await pauseFor(backoffDelay(failures, 500));
      }
    }
  }

  private async lookNow(): Promise<void> {
    this.ends = await this.look();
    if (!this.closed) this.known();
  }
}
