import { systemNow } from '../common/clocks.js';
import type { EventBusHealth, LivenessOptions, ReadinessOptions } from './event-bus-health.js';
import { checkLimits, livenessOf, type OldestRecord, readinessOf } from './health.js';
import { foreignError } from '../errors/foreign-error.js';
import {
  EventBusStatus,
  type EventBusState,
  type EventBusStatusSnapshot,
  type SlowHandler,
  type SourceStatus,
  type StalledRecord,
} from './event-bus-status.js';

export type StatusCount = keyof EventBusStatusSnapshot['counts'];

interface SourceLine {
  readonly source: string;
  readonly group: string;
  state: SourceStatus['state'];
  reason: string | undefined;
  inFlight: number;
  slowHandlers: readonly SlowHandler[];
  /** Epoch ms. */
  lastSuccess: number | undefined;
  isForLaterRetries: boolean;
}

/** The writable side of EventBusStatus: runtime, transport watcher and producer write, health reads. */
export class StatusBoard extends EventBusStatus {
  private phase: EventBusState = 'idle';
  private failure: Error | null = null;
  private readonly faults = new Map<string, Error>();
  private readonly groupsJoining = new Set<string>();
  private readonly stalledRecords = new Map<string, readonly StalledRecord[]>();
  private readonly lines = new Map<string, Map<string, SourceLine>>();
  /** Most calls are about the source of the call before. */
  private lastLine: SourceLine | undefined;
  private errorsInARow = 0;
  private lastSuccess: number | undefined;
  private runningSince: number | undefined;
  private isLagWanted = false;
  private lagWanted: (() => void) | undefined;
  private oldestRecords: readonly OldestRecord[] = [];
  private loop: EventBusStatusSnapshot['eventLoop'] = { longestDelayMs: 0 };
  private readonly counts: Record<StatusCount, number> = {
    handled: 0,
    failed: 0,
    retried: 0,
    retriedLater: 0,
    deadLettered: 0,
    duplicatesSkipped: 0,
    locksLost: 0,
    unknownType: 0,
    unusable: 0,
    sent: 0,
    sendFailed: 0,
    disabledRoute: 0,
    lost: 0,
    warnings: 0,
    outOfOrder: 0,
  };

  constructor(private readonly bus: string) {
    super();
  }

  override snapshot(): EventBusStatusSnapshot {
    return {
      bus: this.bus,
      state: this.state,
      error: this.failure ?? firstOf(this.faults.values()) ?? null,
      consecutiveErrors: this.errorsInARow,
      lastSuccess: dateOf(this.lastSuccess),
      sources: this.allLines().map((line) => ({
        ...{ source: line.source, group: line.group, state: line.state, inFlight: line.inFlight },
        lastSuccess: dateOf(line.lastSuccess),
        ...(line.reason === undefined ? {} : { reason: line.reason }),
        ...(line.isForLaterRetries && { isForLaterRetries: true }),
      })),
      slowHandlers: this.allLines().flatMap(({ slowHandlers }) => slowHandlers),
      stalledRecords: [...this.stalledRecords.values()].flat(),
      eventLoop: this.loop,
      counts: { ...this.counts },
    };
  }

  override get healthy(): boolean {
    return this.state !== 'failed' && this.state !== 'stopped';
  }

  override liveness(options?: LivenessOptions): EventBusHealth {
    checkLimits('liveness', options, ['maxStalledMs']);
    return livenessOf(this.snapshot(), options);
  }

  override readiness(options?: ReadinessOptions): EventBusHealth {
    checkLimits('readiness', options, ['maxSilenceMs', 'maxLagMs']);
    if (options?.maxLagMs !== undefined && !this.isLagWanted) {
      this.isLagWanted = true;
      this.lagWanted?.();
    }
    const { runningSince: since, oldestRecords: oldest } = this;
    return readinessOf(this.snapshot(), options, { since, oldest });
  }

  /** Whether somebody has asked for readiness with `maxLagMs`. */
  get wantsLag(): boolean {
    return this.isLagWanted;
  }

  /** `told` is called when somebody first asks for readiness with `maxLagMs`. */
  onLagWanted(told: () => void): void {
    this.lagWanted = told;
  }

  /** What the broker said last; none: it is not known. */
  oldest(records: readonly OldestRecord[]): void {
    this.oldestRecords = records;
  }

  /**
   * Where the bus is in its life. While faults are known, `running` shows as `degraded`, else as `joining` until every
   * group has admitted this member.
   */
  enter(phase: Exclude<EventBusState, 'degraded' | 'failed' | 'joining'>): void {
    this.phase = phase;
    if (phase === 'running') this.runningSince ??= systemNow();
  }

  /** The group is subscribed and has not admitted this member yet. */
  joining(group: string): void {
    this.groupsJoining.add(group);
  }

  joined(group: string): void {
    this.groupsJoining.delete(group);
  }

  /** Something that should heal by itself is wrong; `key` names it, so that `heal` can take it back. */
  fault(key: string, error: Error): void {
    this.faults.set(key, foreignError(error) as Error);
  }

  heal(key: string): void {
    this.faults.delete(key);
  }

  /** The bus stopped working for good: state `failed` until the process ends. The first error stays. */
  fail(error: Error): void {
    this.failure ??= foreignError(error) as Error;
  }

  count(name: StatusCount, by = 1): void {
    this.counts[name] += by;
  }

  /** A record was handled by all its handlers. Clears the count of consecutive errors. */
  succeeded(group: string, source: string): void {
    const now = systemNow();
    this.counts.handled++;
    this.errorsInARow = 0;
    this.lastSuccess = now;
    this.line(group, source).lastSuccess = now;
  }

  /** A record ended in failure. Returns how many did so in a row. */
  failed(): number {
    this.counts.failed++;
    return ++this.errorsInARow;
  }

  source(group: string, source: string, state: SourceStatus['state'], reason?: string): void {
    const line = this.line(group, source);
    line.state = state;
    line.reason = reason;
  }

  /** Records of the source wait for later retries. */
  forLaterRetries(group: string, source: string): void {
    this.line(group, source).isForLaterRetries = true;
  }

  inFlight(group: string, source: string, count: number): void {
    this.line(group, source).inFlight = count;
  }

  slow(group: string, source: string, slowHandlers: readonly SlowHandler[]): void {
    this.line(group, source).slowHandlers = slowHandlers;
  }

  stalled(group: string, records: readonly StalledRecord[]): void {
    this.stalledRecords.set(group, records);
  }

  /** Some handler runs for longer than `handlerWarnAfter`. */
  get hasSlowHandlers(): boolean {
    return this.allLines().some(({ slowHandlers }) => slowHandlers.length > 0);
  }

  eventLoop(loop: EventBusStatusSnapshot['eventLoop']): void {
    this.loop = { ...this.loop, ...loop };
  }

  /** The source is no longer ours. */
  forget(group: string, source: string): void {
    this.lines.get(group)?.delete(source);
    this.lastLine = undefined;
  }

  private get state(): EventBusState {
    if (this.failure) return 'failed';
    if (this.phase !== 'running') return this.phase;
    if (this.faults.size) return 'degraded';
    return this.groupsJoining.size ? 'joining' : 'running';
  }

  private allLines(): SourceLine[] {
    return [...this.lines.values()].flatMap((lines) => [...lines.values()]);
  }

  private line(group: string, source: string): SourceLine {
    const last = this.lastLine;
    if (last?.source === source && last.group === group) return last;
    let lines = this.lines.get(group);
    if (!lines) this.lines.set(group, (lines = new Map<string, SourceLine>()));
    let line = lines.get(source);
    if (!line) {
      const state = 'running';
      line = {
        ...{ source, group, state, reason: undefined, inFlight: 0 },
        ...{ slowHandlers: [], lastSuccess: undefined, isForLaterRetries: false },
      };
      lines.set(source, line);
    }
    this.lastLine = line;
    return line;
  }
}

function dateOf(epochMs: number | undefined): Date | null {
  return epochMs === undefined ? null : new Date(epochMs);
}

function firstOf<T>(values: Iterable<T>): T | undefined {
  for (const value of values) return value;
  return undefined;
}
