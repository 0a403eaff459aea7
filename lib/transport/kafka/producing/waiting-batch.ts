import { monotonicNow } from '../../../common/clocks.js';
import { ClosedError, DeadlineError } from '../../../errors/index.js';
import type { OutgoingRecord, PublishOutcome } from '../../transport.interface.js';

const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** What a record needs on the wire beside its texts, about. */
const RECORD_OVERHEAD = 40;
const HEADER_OVERHEAD = 6;

/** One record of a `publish` call, until it has its outcome. */
export class WaitingRecord {
  outcome: PublishOutcome | undefined;
  /** The client has it, so it may be on the topic. */
  handedOver = false;
  readonly size: number;

  constructor(
    readonly record: OutgoingRecord,
    private readonly batch: WaitingBatch,
  ) {
    this.size = sizeOf(record);
  }

  /** The first outcome stays. */
  settle(outcome: PublishOutcome): void {
    if (this.outcome) return;
    this.outcome = outcome;
    this.batch.settledOne();
  }
}

/** The records of one `publish` call: resolves once each has its outcome, at the latest at the deadline. */
export class WaitingBatch {
  readonly records: readonly WaitingRecord[];
  readonly outcomes: Promise<readonly PublishOutcome[]>;
  private left: number;
  private finish: () => void = () => undefined;
  private readonly timer: NodeJS.Timeout;

  constructor(records: readonly OutgoingRecord[], deadline: number, onLate: () => void) {
    this.left = records.length;
    this.records = records.map((record) => new WaitingRecord(record, this));
    this.outcomes = new Promise((resolve) => {
      this.finish = () => resolve(this.records.map(({ outcome }) => outcome!));
    });
    const ms = Math.min(LONGEST_TIMER_MS, Math.max(0, deadline - monotonicNow()));
    this.timer = setTimeout(() => {
      for (const waiting of this.records) waiting.settle(lateOutcome(waiting));
      onLate();
    }, ms);
  }

  settledOne(): void {
    if (--this.left > 0) return;
    clearTimeout(this.timer);
    this.finish();
  }
}

export function closedOutcome({ topic }: OutgoingRecord): PublishOutcome {
  return { status: 'notSent', error: new ClosedError('The Kafka transport', { topic }) };
}

function lateOutcome({ record: { topic }, handedOver }: WaitingRecord): PublishOutcome {
  const error = new DeadlineError('Publishing to Kafka', { topic });
  return { status: handedOver ? 'unknown' : 'notSent', error };
}

function sizeOf({ key, body, attributes }: OutgoingRecord): number {
  let size = RECORD_OVERHEAD + (key?.length ?? 0) + (body?.length ?? 0);
  for (const [name, value] of attributes)
    size += HEADER_OVERHEAD + name.length + (value?.length ?? 0);
  return size;
}
