import { monotonicNow } from '../../../common/clocks.js';
import type { MemberClient } from '../kafka-driver.interface.js';
import { isRebalance } from '../kafka-errors.js';
import { backoffDelay, endBy, pauseFor } from '../../common/waiting.js';
import type { PartitionSource } from './partition-source.js';

/** So often a commit may fail because the group is sharing out its partitions. */
const REBALANCE_FAILURES = 10;

export interface CommitterListener {
  /** The group's positions moved, or there is nothing left to be told. */
  confirmed(): void;
  failed(error: unknown): void;
  healed(): void;
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

/**
 * Tells the group how far all is settled: one commit under way, always with the newest position of
 * every source, never past an unsettled record and never back.
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
  private hurry = new AbortController();

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
    this.due.add(source);
    this.startRun();
  }

  /** Resolves when what is settled is known to the group, at the latest at the deadline (by `monotonicNow`). */
  async flush(deadline: number): Promise<void> {
    this.flushes++;
    this.hurry.abort();
    while (this.running && monotonicNow() < deadline) await endBy(deadline, this.running);
    this.flushes--;
  }

  stop(): void {
    this.stopped = true;
    this.hurry.abort();
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
      if (sources.length === 0) break;
      const offsets = sources.map(({ topic, partition, settledTo }) => ({
        ...{ topic, partition },
        offset: settledTo,
      }));
      const told = this.untold;
      try {
        this.waitingSince ??= monotonicNow();
        await this.member.commit(offsets);
        this.waitingSince = undefined;
        this.untold -= told;
        for (const [i, source] of sources.entries())
          source.committed = Math.max(source.committed, offsets[i]!.offset);
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

  /** Waits for the next commit to be due; false when there will be none. */
  private async mayGoOn(): Promise<boolean> {
    const wait = this.lastBegun + SPACING_MS - monotonicNow();
    if (wait > 0 && !this.each && this.flushes === 0) {
      this.hurry = new AbortController();
      await pauseFor(wait, this.hurry.signal);
    }
    this.lastBegun = monotonicNow();
    return !this.stopped;
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
