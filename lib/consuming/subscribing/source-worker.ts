import { monotonicNow } from '../../common/clocks.js';
import { endBy, pauseFor } from '../../common/waiting.js';
import { messageOf } from '../../errors/foreign-error.js';
import type { HaltedError } from '../../errors/index.js';
import { outsideText } from '../../errors/outside-text.js';
import { topicWithoutPrefix } from '../../transport/topic-prefix.js';
import type { Delivery } from '../../transport/transport.interface.js';
import type { ProcessingContext } from '../processing/processing-context.js';
import { Abandonment, type Deadline } from '../deadline.js';
import { RecordProcessor, type TaskSource, isLost } from '../processing/record-processor.js';
import { Lanes } from '../processing/lanes.js';
import {
  type ReadEvent,
  type ReadRecord,
  type SkippedRecord,
  type UnusableRecord,
  showUnreadBytes,
  warnOfDefaults,
  warnOfUnknownType,
} from '../processing/event-decoder.js';
import { SlowHandlers } from '../processing/slow-handlers.js';
import type { IdleRecord } from './stalled-records.js';
import type { StatusBoard } from '../../observability/status-board.js';

/** Reads what comes from one source into its lanes, and keeps the source paused while it must wait. */
export class SourceWorker implements TaskSource {
  readonly group: string;
  private readonly inHand = new Set<Delivery>();
  private readonly faulty = new Set<Delivery>();
  /** Given past the deadline of `close`. */
  readonly abandon = new Abandonment();
  private readonly stopping = new AbortController();
  private readonly lanes: Lanes<RecordProcessor>;
  private readonly gate: SourceGate;
  private readonly slow: SlowHandlers;
  private intake: Promise<void> = Promise.resolve();
  /** As `SourceTurns.ended` at the last look. */
  private turnsEnded = 0;

  constructor(
    private readonly parts: ProcessingContext,
    private readonly port: SourcePort,
    private readonly name: string,
  ) {
    this.group = port.group;
    this.gate = new SourceGate(port, parts.status, name);
    this.slow = new SlowHandlers(parts, port.group, name);
    this.lanes = new Lanes(parts.settings.concurrency, parts.turns, (blocked) =>
      this.lanesBlocked(blocked),
    );
  }

  /** Resolves when the batch is in its lanes. Never rejects. */
  take(batch: readonly Delivery[]): Promise<void> {
    for (const delivery of batch) {
      this.inHand.add(delivery);
      this.port.inHandChanged(delivery, 1);
    }
    this.showInHand();
    this.intake = this.intake.then(() => this.sort(batch));
    return this.intake;
  }

  /** Tells the broker that all records in hand are still being worked on. */
  keepAlive(): void {
    for (const delivery of this.inHand) delivery.keepAlive();
  }

  /** Warns of handlers that do not end. */
  watch(): void {
    this.slow.look(this.lanes.working);
  }

  /** What is in hand and could be worked on at this moment: at most the first that is being read, and the next to begin. */
  idle(): readonly IdleRecord[] {
    if (this.inHand.size === 0 || this.gate.isShut) return [];
    const idle: IdleRecord[] = [];
    const known = new Set(this.lanes.works.map(({ delivery }) => delivery));
    for (const delivery of this.inHand) {
      if (known.has(delivery)) continue;
      idle.push({ position: delivery.position, place: 'reading' });
      break;
    }
    const { next } = this.lanes;
    if (next && !(next.waitsForTurn && this.turnsMove()))
      idle.push({ position: next.work.delivery.position, place: 'lane' });
    return idle;
  }

  /**
   * Releases what waits and lets running handlers finish; past the deadline they are told by their
   * signal and left behind. Afterwards nothing of the source is in hand. Never rejects.
   */
  async close(deadline: Deadline): Promise<void> {
    this.stopWork();
    this.gate.shut('closing', 'closing');
    const quiet = Promise.all([this.intake, this.lanes.still()]).then(() => true);
    const inTime = await Promise.race([quiet, deadline.passed.then(() => false)]);
    if (!inTime) {
      this.abandon.give(new Error('The event bus stopped before the handler was done'));
      await endBy(monotonicNow() + this.parts.timing.leaveMs, this.lanes.still());
    }
    this.giveBack();
    this.parts.status.heal(this.faultKey);
    this.parts.status.forget(this.group, this.name);
  }

  settle(delivery: Delivery): void {
    if (!this.inHand.has(delivery)) return;
    delivery.settle();
    this.over(delivery);
  }

  /** Once the source stops, what is released waits for the running handlers: see `giveBack`. */
  release(delivery: Delivery): void {
    if (!this.inHand.has(delivery) || this.stopping.signal.aborted) return;
    delivery.release();
    this.over(delivery);
  }

  serviceFault(delivery: Delivery, error: Error | null): void {
    const { serviceWarnings, status } = this.parts;
    if (error) {
      if (!this.faulty.size) {
        const place = `Source ${outsideText(this.name)} of group ${this.group}`;
        serviceWarnings.offer({
          kind: 'service fault',
          name: this.name,
          text: () => `${place} waits: ${messageOf(error)}`,
          rest: (count) =>
            `… and ${count} more times in the last minute sources waited, such as ${place}: ${messageOf(error)}`,
        });
      }
      this.faulty.add(delivery);
      status.fault(this.faultKey, error);
      this.gate.shut('serviceFault', messageOf(error));
    } else if (this.faulty.delete(delivery) && !this.faulty.size) {
      status.heal(this.faultKey);
      this.gate.open('serviceFault');
    }
  }

  halt(at: Delivery, error: HaltedError): void {
    this.gate.shut('halt', error.message);
    this.stopWork();
    void this.lanes.still().then(() => this.giveBack(at));
    this.parts.halted(error);
  }

  /**
   * Releases what is in hand. Done only when no handler runs: a broker that keeps order takes what is
   * released together with all that follows it, and a handler at work would lose its record.
   */
  private giveBack(except?: Delivery): void {
    for (const delivery of [...this.inHand]) {
      if (delivery === except) continue;
      delivery.release();
      this.over(delivery);
    }
  }

  private stopWork(): void {
    this.stopping.abort();
    this.lanes.close();
  }

  private async sort(batch: readonly Delivery[]): Promise<void> {
    for (const delivery of batch) {
      const { free } = this.lanes;
      if (free) await free;
      // Most records need no waiting, and a turn of the loop for each would cost more than reading it.
      const first = this.isOver(delivery)
        ? undefined
        : this.parts.reader.read(delivery, this.group);
      const isRead = first !== undefined && !('then' in first) && first.kind !== 'serviceFault';
      const record = isRead ? first : await this.readPatiently(delivery, first);
      if (!record) {
        this.release(delivery);
      } else if (record.kind === 'event' || record.kind === 'unusable') {
        this.warn(delivery, record);
        this.lanes.add(new RecordProcessor(this.parts, this, delivery, record));
      } else {
        this.skip(delivery, record);
      }
    }
  }

  private warn(delivery: Delivery, record: ReadEvent | UnusableRecord): void {
    const isEvent = record.kind === 'event';
    const warnings = isEvent ? record.warnings : record.received?.warnings;
    warnOfDefaults(this.parts, delivery, warnings ?? []);
    if (isEvent) showUnreadBytes(this.parts, record, delivery.record.topic);
  }

  /** Undefined when the source was stopped, or the record is no longer ours. */
  private async readPatiently(
    delivery: Delivery,
    first: ReadRecord | Promise<ReadRecord> | undefined,
  ): Promise<ReadEvent | UnusableRecord | SkippedRecord | undefined> {
    for (let faults = 1; !this.isOver(delivery); faults++) {
      const reading = faults === 1 && first ? first : this.parts.reader.read(delivery, this.group);
      const record = await reading;
      if (record.kind === 'serviceFault') {
        this.serviceFault(delivery, record.error);
        await pauseFor(this.parts.policy.serviceDelay(faults), this.stopping.signal);
      } else {
        this.serviceFault(delivery, null);
        return this.isOver(delivery) ? undefined : record;
      }
    }
    this.serviceFault(delivery, null);
    return undefined;
  }

  private isOver(delivery: Delivery): boolean {
    return this.stopping.signal.aborted || isLost(delivery);
  }

  private skip(delivery: Delivery, { kind, received }: SkippedRecord): void {
    const topic = topicWithoutPrefix(this.parts.settings.topicPrefix, delivery.record.topic);
    if (kind === 'unknownType') warnOfUnknownType(this.parts, received.type, topic);
    this.settle(delivery);
    this.parts.ended({
      result: kind,
      group: this.group,
      topic,
      position: delivery.position,
      type: received.type,
      metadata: received.metadata,
    });
  }

  /** Others are at work and end, or are warned of already. */
  private turnsMove(): boolean {
    const { turns, status } = this.parts;
    const moved = turns.ended !== this.turnsEnded;
    this.turnsEnded = turns.ended;
    return moved || status.hasSlowHandlers;
  }

  private lanesBlocked(blocked: boolean): void {
    if (!blocked) {
      this.gate.open('retry');
      return;
    }
    this.gate.shut('retry', 'waiting for the next attempt at a failed event');
    void this.intake.then(() => {
      // What is behind the failed event comes again; meanwhile other sources are read.
      if (this.gate.isShutFor('retry') && this.port.crowded()) this.lanes.dropQueued();
    });
  }

  private over(delivery: Delivery): void {
    if (!this.inHand.delete(delivery)) return;
    this.port.inHandChanged(delivery, -1);
    this.showInHand();
  }

  private showInHand(): void {
    this.parts.status.inFlight(this.group, this.name, this.inHand.size);
  }

  private get faultKey(): string {
    return `source ${this.group} ${this.name}`;
  }
}

type Why = 'halt' | 'closing' | 'serviceFault' | 'retry';

/** The gravest reason is the one that the status shows. */
const gravest: readonly Why[] = ['halt', 'closing', 'serviceFault', 'retry'];

/** Keeps a source paused while there is at least one reason for it. */
class SourceGate {
  private readonly reasons = new Map<Why, string>();

  constructor(
    private readonly port: SourcePort,
    private readonly status: StatusBoard,
    private readonly source: string,
  ) {
    this.show();
  }

  shut(why: Why, reason: string): void {
    const wasOpen = !this.reasons.size;
    this.reasons.set(why, reason);
    if (wasOpen) this.port.pause(this.source);
    this.show();
  }

  open(why: Why): void {
    if (!this.reasons.delete(why)) return;
    this.show();
    if (!this.reasons.size) this.port.resume(this.source);
  }

  get isShut(): boolean {
    return this.reasons.size > 0;
  }

  isShutFor(why: Why): boolean {
    return this.reasons.has(why);
  }

  private show(): void {
    const why = gravest.find((reason) => this.reasons.has(reason));
    const state = why === undefined ? 'running' : why === 'halt' ? 'halted' : 'paused';
    this.status.source(
      this.port.group,
      this.source,
      state,
      why === undefined ? undefined : this.reasons.get(why),
    );
  }
}

/** What a source may ask of its subscription. */
export interface SourcePort {
  readonly group: string;
  pause(source: string): void;
  resume(source: string): void;
  /** A record came into our hands (1) or left them (-1). */
  inHandChanged(delivery: Delivery, by: 1 | -1): void;
  /** So much is in hand that a source which waits keeps others from being read. */
  crowded(): boolean;
}
