import { monotonicNow } from '../../common/clocks.js';
import { endBy, pauseFor } from '../../common/waiting.js';
import { topicWithoutPrefix } from '../../transport/topic-prefix.js';
import type { Delivery } from '../../transport/transport.interface.js';
import type { ProcessingContext } from '../processing/processing-context.js';
import type { Deadline } from '../deadline.js';
import { RecordProcessor, isLost } from '../processing/record-processor.js';
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
import { type InFlight, type Source, SourceRecords } from '../processing/source-records.js';
import { SlowHandlers } from '../processing/slow-handlers.js';
import type { IdleRecord } from './stalled-records.js';

/** Decodes what comes from one source and puts it into its lanes, from which events are processed. */
export class SourceWorker {
  private readonly records: SourceRecords;
  private readonly lanes: Lanes<RecordProcessor>;
  private readonly slow: SlowHandlers;
  private intake: Promise<void> = Promise.resolve();
  /** As `SourceSemaphore.ended` at the last look. */
  private turnsEnded = 0;
  /** Nothing is read because what was read before has not begun. */
  private waitsForLanes = false;

  constructor(
    private readonly parts: ProcessingContext,
    source: Source,
    /** Whether so much is in flight that a source which waits keeps others from being read. */
    private readonly isCrowded: () => boolean,
  ) {
    this.records = new SourceRecords(parts, source, () => this.stopWork());
    this.slow = new SlowHandlers(parts, source.group, source.name);
    this.lanes = new Lanes(
      parts.settings.concurrency,
      parts.turns,
      (blocked) => this.lanesBlocked(blocked),
      parts.delays,
    );
  }

  /** What is in flight of the source. */
  get inHand(): InFlight {
    return this.records.all;
  }

  /** Resolves when the batch is in its lanes. Never rejects. */
  take(batch: readonly Delivery[]): Promise<void> {
    this.records.take(batch);
    this.intake = this.intake.then(() => this.sort(batch));
    return this.intake;
  }

  /** Nothing of the source is read until `goOn`. */
  hold(reason: string): void {
    this.records.gate.shut('notDue', reason);
  }

  goOn(): void {
    this.records.gate.open('notDue');
  }

  /** Tells the broker that all records in flight are still being worked on. */
  keepAlive(): void {
    for (const delivery of this.records.all) delivery.keepAlive();
  }

  /** Warns of handlers that do not end. */
  watch(): void {
    this.slow.look(this.lanes.working);
  }

  /** What is in flight and could be worked on at this moment: at most the first that is being read, and the next to begin. */
  idle(): readonly IdleRecord[] {
    const { all, gate } = this.records;
    if (all.size === 0 || gate.isShut) return [];
    const idle: IdleRecord[] = [];
    const known = new Set(this.lanes.works.map(({ delivery }) => delivery));
    for (const delivery of all) {
      if (known.has(delivery)) continue;
      if (this.waitsForLanes) break;
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
   * signal and left behind. Afterwards nothing of the source is in flight. Never rejects.
   */
  async close(deadline: Deadline): Promise<void> {
    const { records } = this;
    records.stop();
    const still = this.stopWork();
    records.gate.shut('closing', 'this process stops reading it');
    const quiet = Promise.all([this.intake, still]).then(() => true);
    const inTime = await Promise.race([quiet, deadline.passed.then(() => false)]);
    if (!inTime) {
      const reason = new Error('The event bus stopped before the handler finished');
      for (const processor of this.lanes.working) processor.abandon(reason);
      await endBy(monotonicNow() + this.parts.timing.leaveMs, this.lanes.still());
    }
    records.giveBack();
    records.forget();
  }

  private stopWork(): Promise<void> {
    this.lanes.close();
    return this.lanes.still();
  }

  private async sort(batch: readonly Delivery[]): Promise<void> {
    for (const delivery of batch) {
      const { free } = this.lanes;
      if (free) {
        this.waitsForLanes = true;
        await free;
        this.waitsForLanes = false;
      }
      // Most records need no waiting, and a turn of the loop for each would cost more than reading it.
      const first = this.isOver(delivery)
        ? undefined
        : this.parts.decoder.read(delivery, this.records.group);
      const isRead = first !== undefined && !('then' in first) && first.kind !== 'serviceFault';
      const record = isRead ? first : await this.readPatiently(delivery, first);
      if (!record) {
        this.records.release(delivery);
      } else if (record.kind === 'event' || record.kind === 'unusable') {
        this.warn(delivery, record);
        this.lanes.add(new RecordProcessor(this.parts, this.records, delivery, record));
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
      const reading =
        faults === 1 && first ? first : this.parts.decoder.read(delivery, this.records.group);
      const record = await reading;
      if (record.kind === 'serviceFault') {
        this.records.serviceFault(delivery, record.error);
        await pauseFor(this.parts.policy.serviceDelay(faults), this.records.stopped);
      } else {
        this.records.serviceFault(delivery, null);
        return this.isOver(delivery) ? undefined : record;
      }
    }
    this.records.serviceFault(delivery, null);
    return undefined;
  }

  private isOver(delivery: Delivery): boolean {
    return this.records.stopped.aborted || isLost(delivery);
  }

  private skip(delivery: Delivery, { kind, received }: SkippedRecord): void {
    const topic = topicWithoutPrefix(this.parts.settings.topicPrefix, delivery.record.topic);
    if (kind === 'unknownType') warnOfUnknownType(this.parts, received.type, topic);
    this.records.settle(delivery);
    this.parts.observer.ended({
      result: kind,
      group: this.records.group,
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
      this.records.gate.open('nextAttempt');
      return;
    }
    this.records.gate.shut('nextAttempt', 'waiting for the next attempt at a failed event');
    void this.intake.then(() => {
      // What is behind the failed event is redelivered; meanwhile other sources are read.
      if (this.records.gate.isShutFor('nextAttempt') && this.isCrowded()) this.lanes.dropQueued();
    });
  }
}
