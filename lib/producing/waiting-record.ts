import type { Alarm } from '../common/deadline-timers.js';
import type { OutgoingRecord, PublishOutcome } from '../transport/transport.interface.js';
import type { PreparedEvent } from '../transport/wire-format.interface.js';

/** Records of one topic that were handed over together. */
export interface Lot {
  readonly turns: TopicTurns;
  /** By `monotonicNow`. */
  readonly since: number;
  unsettled: number;
}

/** What a topic has waiting and under way. */
export interface TopicTurns {
  /** Records without an outcome. */
  open: number;
  /** By `monotonicNow`: when one of its records was last confirmed, or the first of these came. */
  movedAt: number;
  /** Not handed over yet. */
  queue: WaitingRecord[];
  /** Those that keep a place of the topic. */
  readonly lots: Set<Lot>;
}

/** A record on its way to the transport, until it has its one outcome. */
export class WaitingRecord {
  /** Records of one lane must be handed over in order. */
  readonly lane: string;
  record: OutgoingRecord | undefined;
  handedOver = false;
  /** Past its deadline, waiting for the transport's own word. */
  late = false;
  alarm: Alarm | undefined;
  /** Those of its topic that went with it. */
  lot: Lot | undefined;
  private settled = false;
  private whenSettled: (() => void)[] | undefined;

  constructor(
    readonly event: PreparedEvent,
    /** Full topic. */
    readonly topic: string,
    readonly turns: TopicTurns,
    /** By `monotonicNow`. */
    readonly deadline: number,
    /** The batcher's own, before the sender hears of it. */
    private readonly onSettled: (waiting: WaitingRecord, outcome: PublishOutcome) => void,
    private readonly tell: (outcome: PublishOutcome) => void,
  ) {
    this.lane = event.key === null ? topic : `${topic}\n${String(event.key.value)}`;
  }

  get isSettled(): boolean {
    return this.settled;
  }

  /** The first outcome counts. */
  settle(outcome: PublishOutcome): void {
    if (this.settled) return;
    this.settled = true;
    this.alarm?.cancel();
    this.onSettled(this, outcome);
    this.tell(outcome);
    for (const resolve of this.whenSettled ?? []) resolve();
  }

  /** Resolves when it has its outcome. */
  over(): Promise<void> {
    if (this.settled) return Promise.resolve();
    return new Promise((resolve) => (this.whenSettled ??= []).push(resolve));
  }
}
