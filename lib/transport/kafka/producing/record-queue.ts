import { monotonicNow } from '../../../common/clocks.js';
import type { PublishingSettings } from '../kafka-settings.js';
import type { WaitingRecord } from './waiting-batch.js';

interface Queued {
  readonly waiting: WaitingRecord;
  /** By `monotonicNow`; undefined where nothing lingers. */
  readonly since: number | undefined;
  /** Records of one lane are under way in one batch at a time; undefined where only one batch is. */
  readonly lane: string | undefined;
}

/** Records in the order in which they came, until they are taken in batches. */
export class RecordQueue {
  private queued: Queued[] = [];
  private readonly lanesUnderWay = new Set<string>();

  constructor(private readonly settings: PublishingSettings) {}

  add(records: readonly WaitingRecord[]): void {
    const { lingerMs, maxInFlight } = this.settings;
    const since = lingerMs > 0 ? monotonicNow() : undefined;
    for (const waiting of records)
      this.queued.push({ waiting, since, lane: maxInFlight > 1 ? laneOf(waiting) : undefined });
  }

  /** In how many ms there is something to take: 0 for now, undefined where nothing waits. */
  dueIn(now: number): number | undefined {
    this.queued = this.queued.filter(({ waiting }) => waiting.outcome === undefined);
    const [first] = this.queued;
    if (first === undefined) return undefined;
    if (first.since === undefined || this.fillsBatch()) return 0;
    return Math.max(0, first.since + this.settings.lingerMs - now);
  }

  /**
   * The next batch; empty while what waits must wait for others of its lane. A record that is larger
   * than a batch goes alone: the broker says what it thinks of it.
   */
  take(): WaitingRecord[] {
    const { batchRecords, batchBytes } = this.settings;
    const batch: WaitingRecord[] = [];
    const rest: Queued[] = [];
    const passed = new Set<string>();
    let bytes = 0;
    let at = 0;
    for (; at < this.queued.length && batch.length < batchRecords; at++) {
      const { waiting, lane } = this.queued[at]!;
      if (waiting.outcome !== undefined) continue;
      if (lane !== undefined && (this.lanesUnderWay.has(lane) || passed.has(lane))) {
        rest.push(this.queued[at]!);
        passed.add(lane);
        continue;
      }
      if (batch.length > 0 && bytes + waiting.size > batchBytes) break;
      bytes += waiting.size;
      batch.push(waiting);
    }
    this.queued = rest.length === 0 ? this.queued.slice(at) : [...rest, ...this.queued.slice(at)];
    if (this.settings.maxInFlight > 1)
      for (const waiting of batch) this.lanesUnderWay.add(laneOf(waiting));
    return batch;
  }

  /** The batch is under way no more. */
  release(batch: readonly WaitingRecord[]): void {
    if (this.lanesUnderWay.size === 0) return;
    for (const waiting of batch) this.lanesUnderWay.delete(laneOf(waiting));
  }

  /** Takes out everything. */
  clear(): WaitingRecord[] {
    const all = this.queued.map(({ waiting }) => waiting);
    this.queued = [];
    return all;
  }

  private fillsBatch(): boolean {
    const { batchRecords, batchBytes } = this.settings;
    if (this.queued.length >= batchRecords) return true;
    let bytes = 0;
    for (const { waiting } of this.queued) bytes += waiting.size;
    return bytes >= batchBytes;
  }
}

function laneOf({ record: { topic, orderKey } }: WaitingRecord): string {
  return orderKey === undefined ? topic : `${topic}\n${orderKey}`;
}
