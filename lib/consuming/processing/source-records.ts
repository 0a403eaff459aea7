import { ArrivalList } from '../../common/arrival-list.js';
import { monotonicNow } from '../../common/clocks.js';
import { codeOf } from '../../errors/error-code.js';
import { messageOf } from '../../errors/foreign-error.js';
import type { HaltedError } from '../../errors/index.js';
import { outsideText } from '../../errors/outside-text.js';
import type { StatusBoard } from '../../observability/status-board.js';
import type { Delivery, RecordPosition } from '../../transport/transport.interface.js';
import type { ProcessingContext } from './processing-context.js';

/** A source of records, and how its fetching is paused. */
export interface Source {
  readonly group: string;
  readonly name: string;
  readonly pause: () => void;
  readonly resume: () => void;
}

/** In the order in which they came. */
export type InFlight = Iterable<Delivery> & { readonly size: number };

type Parts = Pick<ProcessingContext, 'status' | 'serviceWarnings' | 'logger' | 'halted'>;

/**
 * The records of one source that are in flight, each until it is settled or released, and why the source is paused. It is the
 * one count of what is in flight here; what may be in flight in all is bounded by the transport, which delivers no more.
 */
export class SourceRecords {
  readonly group: string;
  readonly gate: SourceGate;
  private readonly inHand = new ArrivalList<Delivery>();
  private readonly faulty = new Set<Delivery>();
  private readonly stopping = new AbortController();
  /** When the log said that reading is paused, and at which record. */
  private pauseTold: { readonly at: number; readonly place: RecordPosition } | undefined;

  constructor(
    private readonly parts: Parts,
    private readonly source: Source,
    /** Called when the source stops at a record: begins nothing more, resolves when no handler runs. */
    private readonly stopWork: () => Promise<void>,
  ) {
    this.group = source.group;
    this.gate = new SourceGate(source, parts.status, () => this.tellResumed());
  }

  /** Fires when the source stops. */
  get stopped(): AbortSignal {
    return this.stopping.signal;
  }

  get all(): InFlight {
    return this.inHand;
  }

  take(batch: readonly Delivery[]): void {
    for (const delivery of batch) this.inHand.add(delivery);
    this.show();
  }

  settle(delivery: Delivery): void {
    if (!this.inHand.has(delivery)) return;
    delivery.settle();
    this.over(delivery);
  }

  /** Once the source stops, what is released waits for the running handlers: see `giveBack`. */
  release(delivery: Delivery): void {
    if (!this.inHand.has(delivery) || this.stopped.aborted) return;
    delivery.release();
    this.over(delivery);
  }

  /** A service that the record needs is unavailable (an error), or answers again (null). */
  serviceFault(delivery: Delivery, error: Error | null): void {
    const { serviceWarnings, status } = this.parts;
    if (error) {
      if (!this.faulty.size) {
        const { group, name } = this.source;
        const paused = `Group ${group} paused reading ${outsideText(name)}`;
        const isTold = serviceWarnings.offer({
          kind: 'service fault',
          name,
          text: () =>
            `${paused}, because a record cannot be processed at present. Processing is retried until it succeeds; until then the record is not acknowledged and no further records are read: ${messageOf(error)}`,
          rest: (count) =>
            `… and ${count} more ${count === 1 ? 'pause' : 'pauses'} in the last minute, such as: ${paused}: ${messageOf(error)}`,
          fields: () => {
            const { topic, partition, offset } = delivery.position;
            return { group, topic, partition, offset, code: codeOf(error) };
          },
        });
        if (isTold) this.pauseTold ??= { at: monotonicNow(), place: delivery.position };
      }
      this.faulty.add(delivery);
      status.fault(this.faultKey, error);
      this.gate.shut('serviceFault', messageOf(error));
    } else if (this.faulty.delete(delivery) && !this.faulty.size) {
      status.heal(this.faultKey);
      this.gate.open('serviceFault');
    }
  }

  /** Stops the source at this record, which stays unsettled. */
  halt(at: Delivery, error: HaltedError): void {
    this.gate.shut('halt', error.message);
    this.serviceFault(at, null);
    this.stop();
    void this.stopWork().then(() => this.giveBack(at));
    this.parts.halted(error);
  }

  stop(): void {
    this.stopping.abort();
  }

  /**
   * Releases what is in flight. Done only when no handler runs: a broker that keeps order takes what is
   * released together with all that follows it, and a handler at work would lose its record.
   */
  giveBack(except?: Delivery): void {
    for (const delivery of [...this.inHand]) {
      if (delivery === except) continue;
      delivery.release();
      this.over(delivery);
    }
  }

  /** The source is no longer ours. */
  forget(): void {
    this.parts.status.heal(this.faultKey);
    this.parts.status.forget(this.group, this.source.name);
  }

  private tellResumed(): void {
    const told = this.pauseTold;
    this.pauseTold = undefined;
    if (told === undefined || this.stopped.aborted) return;
    const { group, name } = this.source;
    const seconds = Math.max(1, Math.ceil((monotonicNow() - told.at) / 1_000));
    const { topic, partition } = told.place;
    this.parts.logger.log(
      `Group ${group} resumed reading ${outsideText(name)} after ${seconds} s`,
      { group, topic, partition },
    );
  }

  private over(delivery: Delivery): void {
    if (this.inHand.delete(delivery)) this.show();
  }

  private show(): void {
    this.parts.status.inFlight(this.group, this.source.name, this.inHand.size);
  }

  private get faultKey(): string {
    return `source ${this.group} ${this.source.name}`;
  }
}

type Why = 'halt' | 'closing' | 'serviceFault' | 'nextAttempt' | 'notDue';

/** The gravest reason is the one that the status shows. */
const gravest: readonly Why[] = ['halt', 'closing', 'serviceFault', 'nextAttempt', 'notDue'];

/**
 * Pauses the source while there is at least one reason for it. Nothing else in `lib/consuming` does; a transport pauses what it
 * fetches by itself.
 */
class SourceGate {
  private readonly reasons = new Map<Why, string>();

  constructor(
    private readonly source: Source,
    private readonly status: StatusBoard,
    private readonly resumed: () => void,
  ) {
    this.show();
  }

  shut(why: Why, reason: string): void {
    const wasOpen = !this.reasons.size;
    this.reasons.set(why, reason);
    if (wasOpen) this.source.pause();
    this.show();
  }

  open(why: Why): void {
    if (!this.reasons.delete(why)) return;
    this.show();
    if (this.reasons.size) return;
    this.source.resume();
    this.resumed();
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
      this.source.group,
      this.source.name,
      state,
      why === undefined ? undefined : this.reasons.get(why),
    );
  }
}
