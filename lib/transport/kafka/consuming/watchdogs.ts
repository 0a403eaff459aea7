import { monotonicNow } from '../../../common/clocks.js';
import { ServiceUnavailableError } from '../../../errors/index.js';
import { pauseFor } from '../../../common/waiting.js';
import type { PartitionOffsets } from '../kafka-driver.interface.js';

/** Silence after which an operator is told. */
const SILENT_MS = 10_000;
const SILENCE_LOOK_MS = 1_000;

export interface WatchdogListener {
  silent(error: Error): void;
  heard(): void;
  /** It has been silent for so long that a new member is needed. */
  dead(error: Error): void;
  /** Whether the group may have given away what is ours. */
  isForgotten(): boolean;
}

/** Sees that a member has stopped fetching, or fetches although its group has forgotten it, whatever its client says. */
export class Watchdog {
  private lastAlive = monotonicNow();
  /** When the group last knew us. */
  private lastKnown = monotonicNow();
  private isSilent = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly sessionTimeoutMs: number,
    private readonly listener: WatchdogListener,
  ) {}

  alive(): void {
    this.lastAlive = monotonicNow();
    if (!this.listener.isForgotten()) this.heard();
  }

  start(): void {
    this.lastAlive = this.lastKnown = monotonicNow();
    this.timer = setInterval(() => this.look(), SILENCE_LOOK_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private heard(): void {
    this.lastKnown = monotonicNow();
    if (!this.isSilent) return;
    this.isSilent = false;
    this.listener.heard();
  }

  private look(): void {
    const now = monotonicNow();
    const isSilent = now - this.lastAlive >= SILENT_MS;
    const silence = now - (isSilent ? this.lastAlive : this.lastKnown);
    const dead = Math.max(60_000, 2 * this.sessionTimeoutMs);
    if (silence < SILENT_MS) return;
    const seconds = Math.round(silence / 1_000);
    const what = isSilent
      ? 'no broker has answered'
      : 'the brokers answer, but the group has not recognized this member';
    const error = new ServiceUnavailableError(
      'Kafka',
      `${what} for ${seconds} s; the client keeps trying`,
    );
    if (!this.isSilent) this.listener.silent(error);
    this.isSilent = true;
    if (now - Math.min(this.lastAlive, this.lastKnown) >= dead) this.listener.dead(error);
  }
}

const PROGRESS_LOOK_MS = 5_000;
/** A partition that stands still for so long is compared with its end. */
const STILL_MS = 20_000;
/** After so long a new member is made. */
const DEAD_MS = 60_000;

/** A partition, as far as it can be seen to stand still. */
export interface WatchedSource {
  readonly topic: string;
  readonly partition: number;
  /** What changes with each record that is fetched, begun or settled. */
  readonly progress: number;
  /** Nothing is to be expected: it is paused, or what is in flight is being handled, or others say why it waits. */
  readonly isWaiting: boolean;
  readonly fetchFrom: number;
  readonly hasReady: boolean;
}

export interface ProgressWatchParts {
  readonly sources: () => readonly WatchedSource[];
  readonly ends: (topic: string) => Promise<PartitionOffsets>;
  readonly stalled: (error: Error) => void;
  readonly moves: () => void;
  readonly dead: (error: Error) => void;
}

/**
 * Sees that partitions have records for us and nothing moves, although nothing is wrong that anybody knows of: signs of
 * life say only that a broker is there.
 */
export class ProgressWatch {
  private readonly seen = new Map<WatchedSource, { progress: number; since: number }>();
  private readonly stopped = new AbortController();
  private isStalled = false;

  constructor(private readonly parts: ProgressWatchParts) {}

  start(): void {
    void this.watch();
  }

  stop(): void {
    this.stopped.abort();
  }

  private async watch(): Promise<void> {
    for (;;) {
      await pauseFor(PROGRESS_LOOK_MS, this.stopped.signal);
      if (this.stopped.signal.aborted) return;
      // Where the broker does not answer, others say so.
      await this.look().catch(() => undefined);
    }
  }

  private async look(): Promise<void> {
    const now = monotonicNow();
    const sources = this.parts.sources();
    for (const source of this.seen.keys()) if (!sources.includes(source)) this.seen.delete(source);
    let longest = 0;
    for (const source of sources) {
      const { progress, isWaiting } = source;
      const before = this.seen.get(source);
      if (!before || isWaiting || before.progress !== progress)
        this.seen.set(source, { progress, since: now });
      else if (now - before.since >= STILL_MS && (await this.isBehind(source)))
        // It may have moved while the broker was asked.
        longest = source.progress === progress ? Math.max(longest, now - before.since) : longest;
    }
    if (!this.stopped.signal.aborted) this.judge(longest);
  }

  private judge(stillMs: number): void {
    const { stalled, moves, dead } = this.parts;
    if (stillMs === 0) {
      if (this.isStalled) moves();
      this.isStalled = false;
      return;
    }
    this.isStalled = true;
    const seconds = Math.round(stillMs / 1_000);
    const error = new ServiceUnavailableError(
      'Kafka',
      `there are records to read, but none was fetched or given to a handler for ${seconds} s; after ${DEAD_MS / 1_000} s this process joins the group again`,
    );
    if (stillMs >= DEAD_MS) dead(error);
    else stalled(error);
  }

  private async isBehind(source: WatchedSource): Promise<boolean> {
    if (source.hasReady) return true;
    const ends = await this.parts.ends(source.topic);
    return (ends.get(source.partition) ?? 0) > source.fetchFrom;
  }
}
