import { monotonicNow } from '../../../common/clocks.js';
import type { CommitPlace, MemberClient, RefusedPlace } from '../kafka-driver.interface.js';
import { asError } from '../../../errors/thrown-values.js';
import { isRebalance, rootOf } from '../kafka-errors.js';
import { backoffDelay, endBy, pauseFor } from '../../../common/waiting.js';
import { type PartitionSource, sourceName } from './partition-source.js';
import { MOST_METADATA } from './settled-ahead.js';

/** So often a commit may fail because the group is sharing out its partitions. */
const REBALANCE_FAILURES = 10;

export interface CommitterListener {
  /** The group's positions moved, or there is nothing left to be told. */
  confirmed(): void;
  failed(error: unknown): void;
  healed(): void;
  /** Each commit that the broker answered to, or did not. */
  asked?(topic: string, tookMs: number, error?: Error): void;
  /** The group does not take the position of one source. Again `accepted` once it does. */
  refused(source: PartitionSource, error: Error): void;
  accepted(source: PartitionSource): void;
}

/**
 * So much lies between the beginnings of two commits. At rest a record is committed at once; under load
 * a commit for each turn of the event loop would cost more than handling the events of the turn.
 */
const SPACING_MS = 10;

/** After so long without an answer to a commit nothing more is begun: it would only be handled twice. */
const LATE_MS = 1_000;
/** Nor with so many records settled of which no answered commit tells. */
const MOST_UNTOLD = 2_000;

interface Refusal {
  readonly failures: number;
  /** Until then the position is not tried again. */
  readonly timer?: NodeJS.Timeout;
}

/**
 * Tells the group how far all is settled: one commit under way, always with the newest position of
 * every source, never past an unsettled record and never back. With it goes what is settled behind one.
 */
export class Committer {
  private readonly due = new Set<PartitionSource>();
  private running: Promise<void> | undefined;
  private stopped = false;
  private isFaulty = false;
  /** By `monotonicNow`. */
  private lastBegun = 0;
  /** The time (by `monotonicNow`) since which positions are to be committed and are not. */
  private waitingSince: number | undefined;
  /** Records settled of which no answered commit tells. */
  private untold = 0;
  private flushes = 0;
  /** Sources whose position was rejected, which wait to be tried again. */
  private readonly refused = new Map<PartitionSource, Refusal>();
  private mostMetadata = MOST_METADATA;
  private flushNow = new AbortController();

  /** `each`: no record waits for the commit of another. */
  constructor(
    private readonly member: MemberClient,
    private readonly each: boolean,
    private readonly listener: CommitterListener,
  ) {}

  /**
   * How many records may be begun. None while the group does not take what is settled: whoever opens our
   * partitions next would get it again.
   */
  get room(): number {
    const isLate = this.waitingSince !== undefined && monotonicNow() - this.waitingSince > LATE_MS;
    return isLate ? 0 : MOST_UNTOLD - this.untold;
  }

  /** A record of the source was settled, or passed over. */
  add(source: PartitionSource): void {
    if (this.stopped || !source.needsCommit) return;
    this.untold++;
    if (this.refused.get(source)?.timer) return;
    this.due.add(source);
    this.startRun();
  }

  /** Resolves when what is settled is known to the group, at the latest at the deadline (by `monotonicNow`). */
  async flush(deadline: number): Promise<void> {
    this.flushes++;
    this.flushNow.abort();
    while (this.running && monotonicNow() < deadline) await endBy(deadline, this.running);
    this.flushes--;
  }

  stop(): void {
    this.stopped = true;
    this.flushNow.abort();
    for (const { timer } of this.refused.values()) clearTimeout(timer);
  }

  private startRun(): void {
    this.running ??= this.run().finally(() => {
      this.running = undefined;
      if (this.due.size > 0 && !this.stopped) this.startRun();
    });
  }

  private async run(): Promise<void> {
    // What is settled in one turn is committed together.
    await new Promise((resolve) => setImmediate(resolve));
    for (let failures = 0; await this.mayGoOn();) {
      const sources = [...this.due].filter((source) => source.needsCommit && !source.isGone);
      this.due.clear();
      const places = sources.flatMap((source) => {
        const place = source.commitPlace(this.mostMetadata);
        return place ? [{ ...place, source }] : [];
      });
      if (places.length === 0) break;
      const told = this.untold;
      try {
        this.waitingSince ??= monotonicNow();
        const refused = await this.commit(places);
        this.waitingSince = undefined;
        this.untold -= told;
        for (const { source, ...place } of places) {
          const refusal = refused.find((one) => sourceName(one) === source.source);
          if (refusal) this.refuse(source, refusal.error);
          else this.accept(source, place);
        }
        failures = 0;
        this.healed();
        this.listener.confirmed();
      } catch (error) {
        // In a rebalance it may have to wait; it is nobody's fault unless it goes on.
        if (++failures > REBALANCE_FAILURES || !isRebalance(error)) this.failed(error);
        for (const source of sources) this.due.add(source);
        await pauseFor(backoffDelay(failures, 100));
      }
    }
    this.waitingSince = undefined;
    this.untold = 0;
    this.healed();
    this.listener.confirmed();
  }

  private async commit(places: readonly CommitPlace[]): Promise<readonly RefusedPlace[]> {
    const begun = monotonicNow();
    const tell = (error?: Error): void => {
      if (!this.listener.asked) return;
      const tookMs = monotonicNow() - begun;
      for (const topic of new Set(places.map((place) => place.topic)))
        this.listener.asked(topic, tookMs, error);
    };
    try {
      const refused = await this.member.commit(places);
      tell();
      return refused;
    } catch (error) {
      tell(asError(error));
      throw error;
    }
  }

  /** Waits for the next commit to be due; false when there will be none. */
  private async mayGoOn(): Promise<boolean> {
    const wait = this.lastBegun + SPACING_MS - monotonicNow();
    if (wait > 0 && !this.each && this.flushes === 0) {
      this.flushNow = new AbortController();
      await pauseFor(wait, this.flushNow.signal);
    }
    this.lastBegun = monotonicNow();
    return !this.stopped;
  }

  private accept(source: PartitionSource, place: CommitPlace): void {
    source.told(place);
    if (this.refused.delete(source)) this.listener.accepted(source);
  }

  /** Others are not held up by it. Nothing more of the source is begun until its position is taken. */
  private refuse(source: PartitionSource, error: Error): void {
    if (rootOf(error).type === 'OFFSET_METADATA_TOO_LARGE' && this.mostMetadata > 0) {
      this.mostMetadata = this.mostMetadata > 64 ? Math.floor(this.mostMetadata / 2) : 0;
      this.due.add(source);
      return;
    }
    source.isRefused = true;
    const failures = (this.refused.get(source)?.failures ?? 0) + 1;
    const timer = setTimeout(
      () => {
        if (source.isGone) {
          this.refused.delete(source);
          this.listener.accepted(source);
          return;
        }
        this.refused.set(source, { failures });
        this.due.add(source);
        this.startRun();
      },
      backoffDelay(failures, 100),
    );
    this.refused.set(source, { failures, timer });
    this.listener.refused(source, error);
  }

  private failed(error: unknown): void {
    this.isFaulty = true;
    this.listener.failed(error);
  }

  private healed(): void {
    if (!this.isFaulty) return;
    this.isFaulty = false;
    this.listener.healed();
  }
}
