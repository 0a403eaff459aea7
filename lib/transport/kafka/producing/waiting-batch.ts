import { monotonicNow } from '../../../common/clocks.js';
import { ClosedError, DeadlineError } from '../../../errors/index.js';
import type { OutcomeListener, OutgoingRecord, PublishOutcome } from '../../transport.interface.js';
import { reasonOf } from '../kafka-errors.js';

const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** What a record needs on the wire beside its texts, about. */
const RECORD_OVERHEAD = 40;
const HEADER_OVERHEAD = 6;

/** What a record waits for. */
export interface WaitingPlace {
  /** Why it cannot be written to at present. */
  readonly fault: Error | undefined;
  /** A record of its has got its outcome. */
  settledOne(): void;
}

/** One record of a `publish` call, until it has its outcome. */
export class WaitingRecord {
  outcome: PublishOutcome | undefined;
  /** A broker may have it, so it may be on the topic. */
  handedOver = false;
  place: WaitingPlace | undefined;
  /** By `monotonicNow`: from then on it no longer waits for others to travel with. */
  dueAt = 0;
  readonly size: number;

  constructor(
    readonly record: OutgoingRecord,
    private readonly batch: WaitingBatch,
    private readonly index: number,
  ) {
    this.size = sizeOf(record);
  }

  /** The first outcome stays. */
  settle(outcome: PublishOutcome): void {
    if (this.outcome) return;
    this.outcome = outcome;
    this.place?.settledOne();
    this.batch.settledOne(this.index, outcome);
  }
}

/** The records of one `publish` call: resolves once each has its outcome, at the latest at the deadline. */
export class WaitingBatch {
  readonly records: readonly WaitingRecord[];
  readonly outcomes: Promise<readonly PublishOutcome[]>;
  private left: number;
  private finish: () => void = () => undefined;
  private readonly timer: NodeJS.Timeout;

  constructor(
    records: readonly OutgoingRecord[],
    deadline: number,
    onLate: () => void,
    private readonly told?: OutcomeListener,
  ) {
    this.left = records.length;
    this.records = records.map((record, index) => new WaitingRecord(record, this, index));
    this.outcomes = new Promise((resolve) => {
      this.finish = () => resolve(this.records.map(({ outcome }) => outcome!));
    });
    const ms = Math.min(LONGEST_TIMER_MS, Math.max(0, deadline - monotonicNow()));
    this.timer = setTimeout(() => {
      for (const waiting of this.records) waiting.settle(lateOutcome(waiting));
      onLate();
    }, ms);
  }

  settledOne(index: number, outcome: PublishOutcome): void {
    this.told?.(index, outcome);
    if (--this.left > 0) return;
    clearTimeout(this.timer);
    this.finish();
  }
}

export function closedOutcome({ topic }: OutgoingRecord): PublishOutcome {
  return { status: 'notSent', error: new ClosedError('The Kafka transport', { topic }) };
}

function lateOutcome({
  outcome,
  record: { topic },
  handedOver,
  place,
}: WaitingRecord): PublishOutcome {
  // Most have theirs, and an error takes time to make.
  if (outcome) return outcome;
  const cause = place?.fault;
  const what = 'Publishing to Kafka';
  const error = cause
    ? new DeadlineError(`${what} (${reasonOf(cause)})`, { topic, cause })
    : new DeadlineError(what, { topic });
  return { status: handedOver ? 'unknown' : 'notSent', error };
}

function sizeOf({ key, body, attributes }: OutgoingRecord): number {
  let size = RECORD_OVERHEAD + (key?.length ?? 0) + (body?.length ?? 0);
  for (const [name, value] of attributes)
    size += HEADER_OVERHEAD + name.length + (value?.length ?? 0);
  return size;
}
