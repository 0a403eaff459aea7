import type { Alarm } from './deadline-timers.js';
import type { OutgoingRecord, PublishOutcome } from '../transport/transport.interface.js';
import type { PreparedEvent } from '../transport/wire-format.interface.js';

/** A record on its way to the transport, until it has its one outcome. */
export class WaitingRecord {
  /** Records of one lane must be handed over in order. */
  readonly lane: string;
  record: OutgoingRecord | undefined;
  handedOver = false;
  /** Past its deadline, waiting for the transport's own word. */
  late = false;
  alarm: Alarm | undefined;
  /** The publish call that it is part of. */
  batch: { unsettled: number } | undefined;
  private settled = false;
  private whenSettled: (() => void)[] | undefined;

  constructor(
    readonly event: PreparedEvent,
    /** Full topic. */
    readonly topic: string,
    /** By `monotonicNow`. */
    readonly deadline: number,
    /** The batcher's own, before the sender hears of it. */
    private readonly onSettled: (waiting: WaitingRecord) => void,
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
    this.onSettled(this);
    this.tell(outcome);
    for (const resolve of this.whenSettled ?? []) resolve();
  }

  /** Resolves when it has its outcome. */
  over(): Promise<void> {
    if (this.settled) return Promise.resolve();
    return new Promise((resolve) => (this.whenSettled ??= []).push(resolve));
  }
}
