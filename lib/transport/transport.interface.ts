import type { Observable } from 'rxjs';
import type { DeadLetterStore } from './dead-letter-store.interface.js';
import type { LaterRetries } from './later-retries.interface.js';
import type { IncomingRecord, OutgoingRecord, RecordPosition } from './record.interface.js';

export type * from './record.interface.js';

/** The broker's confirmation of one record. */
export interface Receipt {
  /** Where the record is; null where the broker does not say. */
  readonly position: RecordPosition | null;
}

/** What became of one record. `unknown`: the reply was lost or came too late, so it may be on the topic. */
export type PublishOutcome =
  | { readonly status: 'sent'; readonly receipt: Receipt }
  | {
      readonly status: 'notSent' | 'unknown';
      readonly error: Error;
      /** The broker rejects records of this size. */
      readonly tooLarge?: true;
    };

/** Called with the index of a record and its outcome. Must not throw. */
export type OutcomeListener = (index: number, outcome: PublishOutcome) => void;

/** Where reading starts. `time` is in ms since the epoch; `after` names the last position read of each partition. */
export type StartPosition =
  'earliest' | 'latest' | { readonly time: number } | { readonly after: readonly RecordPosition[] };

/** What a subscription reads, and how much of it at once. */
export interface Subscription {
  /** Full topics. */
  readonly topics: readonly string[];
  /** Consumer group; null for a replay or a tail, which moves the position of no group. */
  readonly group: string | null;
  /** Name of the member in the group, in log lines and at the broker. Default: the transport makes one. */
  readonly member?: string;
  /** Where a group that does not exist yet, or a read without a group, starts. An existing group is never moved. */
  readonly start: StartPosition;
  /**
   * Where reading ends: at the end that there was at the start; before the first record stored at or
   * after a time; after positions, which are read too. `end('until')` comes once all is settled. Default: never.
   */
  readonly until?:
    'end' | { readonly time: number } | { readonly positions: readonly RecordPosition[] };
  /** Records delivered and neither settled nor released, in all sources together: an integer >= 1. */
  readonly maxInFlight: number;
  /** Bytes of those records. One record is delivered, however large it is. Default: no limit. */
  readonly maxInFlightBytes?: number;
  /** `each`: every record is settled at the broker before the next of its source is delivered. Default `coalesced`. */
  readonly settle?: 'coalesced' | 'each';
  /**
   * The records are of this group alone: what is settled is deleted at the broker soon, where the broker deletes nothing
   * by age or number. Default false.
   */
  readonly deleteSettled?: boolean;
}

/** Something about a source that an operator should see. It never stops the subscription. */
export interface SourceNotice {
  /**
   * - `start`: reading of the source starts; `detail` says where.
   * - `sourceAdded`: a partition or topic that did not exist at the start is read too.
   * - `sourceRemade`: the source was recreated or truncated at the broker, and is read anew.
   * - `cursorMoved`: the position of the group was changed externally.
   * - `groupRemade`: the group did not exist any more, and was recreated.
   * - `gap`: the broker dropped `count` records before they were read.
   * - `trimSoon`: the broker will soon drop records that have not been read.
   * - `outOfOrder`: `count` records came after later ones.
   * - `foreignMember`: a member of the group is not of this package, and may move its position.
   * - `nameTaken`: another live member has the name of this one.
   * - `nameUnguarded`: another live member of this name would not be noticed, because a right is missing.
   * - `evictionPossible`: the broker may drop keys to make room, which can lose records.
   * - `evictionTolerated`: the broker may drop keys to make room, and the subscription can cope with that.
   */
  readonly kind:
    | 'cursorMoved'
    | 'evictionPossible'
    | 'evictionTolerated'
    | 'foreignMember'
    | 'gap'
    | 'groupRemade'
    | 'nameTaken'
    | 'nameUnguarded'
    | 'outOfOrder'
    | 'sourceAdded'
    | 'sourceRemade'
    | 'start'
    | 'trimSoon';
  /** The partition or stream. */
  readonly source: string;
  /** How many records it is about. Absent where that is not known or means nothing. */
  readonly count?: number;
  /** What else there is to know, for people. */
  readonly detail?: string;
}

/** Receives the records of a subscription. None of its methods throws or rejects. */
export interface DeliverySink {
  /** Called with deliveries of one source, in order, and with no more of that source until it has resolved. */
  deliver(batch: readonly Delivery[]): void | Promise<void>;
  /**
   * Finishes or drops the records in flight of the source. Once it has resolved, at the latest at the deadline, the
   * source is given back. Called for each source in a rebalance, and by `stop` and `close`.
   */
  revoke(source: string, deadline: number): Promise<void>;
  /** Told of what an operator should see. */
  notice(notice: SourceNotice): void;
  /** The broker answered to acknowledgements of a topic, or did not. Absent: nobody wants to know. */
  acknowledged?(topic: string, tookMs: number, error?: Error): void;
  /** The subscription has ended: by itself (`until`), by `stop` or `close`, or by an error. Called exactly once, last of all. */
  end(reason: 'until' | 'stopped' | Error): void;
}

/** A received record, which must be settled or released. */
export interface Delivery {
  /** As it is at the broker, undecoded. */
  readonly record: IncomingRecord;
  /** Where it is at the broker. */
  readonly position: RecordPosition;
  /** The unit of broker order and of pausing: a partition, a stream. */
  readonly source: string;
  /** How often it was delivered, this time included; undefined where the broker does not count (Kafka). */
  readonly deliveryCount?: number;
  /**
   * How often the record was delivered before and neither settled nor released; undefined where the broker does not
   * count. A record that ends the process of its reader shows here.
   */
  readonly earlierDeliveries?: number;
  /** Aborted when another member has the record (a rebalance, a claim): `settle` and `release` then do nothing. */
  readonly signal: AbortSignal;
  /** As `signal.aborted`, for a transport that makes the signal only when it is read. Default: `signal.aborted` counts. */
  readonly isLost?: boolean;
  /** The record is done. Synchronous, idempotent; the transport tells the broker soon, and never past an unsettled record. */
  settle(): void;
  /**
   * As `settle`, where the record is one of another group that reads the topic too: it is not deleted (`deleteSettled`).
   * Absent: the transport deletes nothing that is settled, and `settle` does the same.
   */
  pass?(): void;
  /** The record is not done: it is redelivered after `delayMs` (default 0), on an ordered source with all that follow it. */
  release(delayMs?: number): void;
  /** Tells the broker that the record is still being worked on, so that it is given to nobody else. */
  keepAlive(): void;
}

/** How much of a source is still to be done. */
export interface SourceLag {
  /** The partition or stream. */
  readonly source: string;
  /** Records not yet settled; null: unknown. */
  readonly events: number | null;
  /** Age of the oldest unsettled record in ms; null: unknown. */
  readonly oldest: number | null;
}

/** How far a group is in a partition or stream, as the broker counts it. */
export interface GroupLag {
  /** Full topic. */
  readonly topic: string;
  /** Number of the partition; `0` where topics have none. */
  readonly partition: string;
  /**
   * Where the broker counts what is pending (`pending`): records that no member of the group was given yet. Otherwise: records
   * that are not settled. null: the broker does not say, as for a group that has no position.
   */
  readonly events: number | null;
  /** Records that members were given and have not settled. Absent where the broker does not count them. */
  readonly pending?: number;
  /** Age of the oldest record that is not settled, in ms; 0: all are; null: unknown. */
  readonly oldest: number | null;
}

/** Why a group has not admitted a new member yet. */
export interface Admission {
  /** For people: which members it waits for, and for how long at most. */
  readonly reason: string;
  /** In ms from `subscribe`. Where the group takes longer, something is wrong. */
  readonly withinMs: number;
}

/** Steers a subscription. What is called on one that has ended does nothing. */
export interface SubscriptionHandle {
  /**
   * Resolves when the group has admitted this member and each source has its notice `start`, or when the
   * subscription has ended before. Never rejects. Absent: that was so when `subscribe` resolved.
   */
  readonly joined?: Promise<void>;
  /** Asks the broker what the group waits for. May reject. */
  admission?(): Promise<Admission>;
  /** Stops fetching, from one source or from all, and stays a member of the group. Idempotent. */
  pause(source?: string): void;
  /** Fetches again, from one source or from all. Idempotent. */
  resume(source?: string): void;
  /** Resolves when the broker knows all that is settled, at the latest at the deadline (by `monotonicNow`). */
  flush(deadline: number): Promise<void>;
  /** Asks the broker how much of each source is not settled yet. May reject. */
  lag(): Promise<readonly SourceLag[]>;
  /**
   * For each source the first record that was fetched and could be delivered, and is not: the sink has resolved, there
   * is room, the source is not paused and no delay is running. For a watchdog: mostly there is none.
   */
  idle?(): readonly RecordPosition[];
  /** Flushes, leaves the group and releases the rest. Idempotent; ends by the deadline (by `monotonicNow`), even if the broker is down. */
  stop(deadline: number): Promise<void>;
}

/** What a transport can do. The conformance suite expects what is claimed here. */
export interface TransportCapabilities {
  /** `key`: records of one key keep their order; `singleReader`: only while one member reads the group; `none`: no order. */
  readonly order: 'key' | 'singleReader' | 'none';
  /** Members of a group share its records, and the broker keeps the position of the group. */
  readonly groups: boolean;
  /**
   * Topics have partitions, whose offsets are integers, so that a position is a partition and an
   * offset. Otherwise a topic is one source, and the offset alone is the position.
   */
  readonly partitions: boolean;
  /** Records outlive the transport object. */
  readonly persistent: boolean;
  /** The broker counts how often a record is delivered: see `Delivery.deliveryCount`. */
  readonly countsDeliveries: boolean;
}

/** Whether a transport works at present. */
export interface TransportStatus {
  /**
   * `connecting`: the broker has not answered yet. `degraded`: it has, and something does not work at present; the
   * transport tries on. `failed`: it does not. `closed`: the last state.
   */
  readonly state: 'idle' | 'connecting' | 'ready' | 'degraded' | 'failed' | 'closed';
  /** Why the state is what it is. Absent where all is well. */
  readonly error?: Error;
}

/**
 * Shows and moves the positions of groups, from outside of them. A position names the last record that was read or
 * settled: reading goes on after it, as with `StartPosition.after`. Every method rejects where the broker does not answer.
 */
export interface TransportAdmin {
  /** The position in each partition of the topic that a group which starts there would have. */
  resolve(topic: string, at: StartPosition): Promise<readonly RecordPosition[]>;
  /** Where the group is in each partition of the topic; partitions in which it has no position are left out. */
  positions(group: string, topic: string): Promise<readonly RecordPosition[]>;
  /**
   * Moves the group, once, in the partitions that are named, and makes it where it does not exist. Live members go on
   * from there: ask for `members` first where they are not to be disturbed.
   */
  reset(group: string, to: readonly RecordPosition[]): Promise<void>;
  /** The names of the members that are alive, or may be. */
  members(group: string): Promise<readonly string[]>;
  /**
   * How far the group is in each partition of the topic, with members or without. The broker is asked, and no record is read
   * but the oldest one. Absent: the lag of groups is not measured.
   */
  lag?(group: string, topic: string): Promise<readonly GroupLag[]>;
  /** The position after which reading begins with the given one. Throws ConfigurationError for an invalid offset. */
  before(position: RecordPosition): RecordPosition;
}

/**
 * Moves records between a bus and a broker: what has to be written for a new technology, with a `WireFormat`.
 *
 * It knows neither Avro nor Nest. Every sentence here is a case of the conformance suite
 * (`describeTransport` of `nestjs-openedx-event-bus/testing`). Deadlines are milliseconds by `monotonicNow()`.
 */
export interface EventTransport {
  /** Known before `connect`; it does not change. */
  readonly capabilities: TransportCapabilities;
  /** Emits the current state to a new subscriber, then each change; completes after `closed`. */
  readonly status$: Observable<TransportStatus>;
  /** Resolves when the broker has answered; rejects with ConnectError at the deadline. Idempotent. */
  connect(deadline: number): Promise<void>;
  /**
   * Resolves with one outcome per record, in the given order. Never rejects. After `close`: `notSent` with ClosedError. A
   * transport that knows the outcome of some records earlier calls `told` for each of them at once, so that a record that
   * must wait does not hold up others.
   */
  publish(
    records: readonly OutgoingRecord[],
    deadline: number,
    told?: OutcomeListener,
  ): Promise<readonly PublishOutcome[]>;
  /**
   * Resolves when broker, rights and topics are as they must be and it is fixed where reading starts: a record that is
   * stored from then on is skipped by no start, `latest` included. The group need not have admitted this member yet:
   * see `SubscriptionHandle.joined`. Rejects with what cannot be cured by another try, and with ServiceUnavailableError
   * after a time.
   */
  subscribe(subscription: Subscription, sink: DeliverySink): Promise<SubscriptionHandle>;
  /** Shows and moves positions of groups. Absent: the command cannot replay from this transport. */
  readonly admin?: TransportAdmin;
  /** Keeps dead letters. Absent: `onFailure: 'deadLetter'` cannot be used with this transport. */
  readonly deadLetters?: DeadLetterStore;
  /** Keeps records that wait for a later retry. Absent: `retry.later` cannot be used with this transport. */
  readonly laterRetries?: LaterRetries;
  /** Stops every subscription and ends every connection that it created. Idempotent. */
  close(deadline: number): Promise<void>;
  /** The client that the transport uses. The transport owns it: do not close it. */
  unwrap<T>(): T;
}
