import type { Observable } from 'rxjs';

/** A record as it is on the wire, undecoded. */
export interface EventRecord {
  /** Full topic: with the environment prefix. */
  readonly topic: string;
  /** The Kafka message key; null on Redis, whose wire has none. */
  readonly key: Uint8Array | null;
  /** Headers or stream fields in wire order; repeats and nulls are kept. */
  readonly attributes: readonly (readonly [string, Uint8Array | null])[];
  /**
   * What holds the event's Avro body: on Kafka in Confluent's framing, on Redis the last `event_data`. null: a
   * tombstone, or the field is missing.
   */
  readonly value: Uint8Array | null;
}

export interface OutgoingRecord extends EventRecord {
  /** Records of the same topic and order key reach the wire in the order of `publish`. */
  readonly orderKey?: string;
}

export interface IncomingRecord extends EventRecord {
  /** When the broker stored the record, in ms since the epoch. */
  readonly brokerTime?: number;
  /** Of what cannot be read as a record: it has no key, no attributes and no value. */
  readonly unreadable?: UnreadableRecord;
}

/** What stands at a position where no record can be read. */
export interface UnreadableRecord {
  readonly reason: string;
  /** All records from that position to another are lost with it, for instance those of a compressed batch. */
  readonly lost?: { readonly count: number; readonly last: RecordPosition['offset'] };
}

/** Where a record is: enough to name it in a log line and to read it again. */
export interface RecordPosition {
  readonly topic: string;
  readonly partition: string;
  readonly offset: string;
}

export interface Receipt {
  /** null: the broker names no position. */
  readonly position: RecordPosition | null;
}

/** `unknown`: the reply was lost or the deadline passed, so the record may be on the topic. */
export type PublishOutcome =
  | { readonly status: 'sent'; readonly receipt: Receipt }
  | { readonly status: 'notSent' | 'unknown'; readonly error: Error };

/** Called with the index of a record and its outcome. Must not throw. */
export type OutcomeListener = (index: number, outcome: PublishOutcome) => void;

/** Where reading starts. `time` is in ms since the epoch; `after` names the last positions read. */
export type StartPosition =
  'earliest' | 'latest' | { readonly time: number } | { readonly after: readonly RecordPosition[] };

export interface Subscription {
  /** Full topics. */
  readonly topics: readonly string[];
  /** null: replay or tail; nobody's position moves. */
  readonly group: string | null;
  readonly member?: string;
  /** For a new group or a group-less read. An existing group is never moved. */
  readonly start: StartPosition;
  /**
   * Where reading ends: the end that there was at the start; before the first record stored at or
   * after a time; behind positions, which are read too. `end('until')` comes once all is settled.
   */
  readonly until?:
    'end' | { readonly time: number } | { readonly positions: readonly RecordPosition[] };
  /** Records delivered and unsettled, all sources together. */
  readonly maxInFlight: number;
  readonly maxInFlightBytes?: number;
  /** `each`: every record is settled at the broker before the next of its source is delivered. */
  readonly settle?: 'coalesced' | 'each';
}

/** Something about a source that an operator must see; it never stops the subscription. */
export interface SourceNotice {
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
  readonly source: string;
  readonly count?: number;
  readonly detail?: string;
}

/** Receives what a subscription reads. None of its methods throws or rejects. */
export interface DeliverySink {
  /** Deliveries of one source, in order. No more of that source come until it has resolved. */
  deliver(batch: readonly Delivery[]): void | Promise<void>;
  /**
   * Finish or drop what is in hand of the source; once resolved, at the latest at the deadline, the
   * source is given back. Asked for each source in a rebalance, and by `stop` and `close`.
   */
  revoke(source: string, deadline: number): Promise<void>;
  notice(notice: SourceNotice): void;
  /** Called exactly once; nothing is called after it. */
  end(reason: 'until' | 'stopped' | Error): void;
}

/** A received record in our hands, which must be settled or released. */
export interface Delivery {
  readonly record: IncomingRecord;
  readonly position: RecordPosition;
  /** The unit of broker order and of pausing: a partition, a stream. */
  readonly source: string;
  /** 1 = first; undefined where the broker does not count (Kafka). */
  readonly deliveryCount?: number;
  /**
   * How often the broker had given the record to processes before this one, none of which settled it
   * or gave it back; undefined where the broker does not count. A record that kills its reader shows here.
   */
  readonly earlierDeliveries?: number;
  /** Aborted: no longer ours (rebalance, claimed); `settle` is then a no-op. */
  readonly signal: AbortSignal;
  /** As `signal.aborted`. For a transport that makes signals only when they are asked for. */
  readonly isLost?: boolean;
  /** Idempotent and synchronous; coalesced by the transport, never past an unsettled record. */
  settle(): void;
  /** Not done: it comes again after `delayMs`, on an ordered source with all that follows it. */
  release(delayMs?: number): void;
  /** Tells the broker that work on the record goes on. */
  keepAlive(): void;
}

export interface SourceLag {
  readonly source: string;
  /** Records not yet settled; null: unknown. */
  readonly events: number | null;
  /** Age of the oldest unsettled record in ms; null: unknown. */
  readonly oldest: number | null;
}

/** Why a group has not let a new member in yet. */
export interface Admission {
  /** What it waits for, for people: who, and how long it waits for them at most. */
  readonly reason: string;
  /** In ms from `subscribe`: a group that takes longer is not as it should be. */
  readonly withinMs: number;
}

export interface SubscriptionHandle {
  /**
   * Resolves when the group has let us in and where reading starts was told (notice `start`), and when the
   * subscription has ended before. Never rejects. Missing: it was so when `subscribe` resolved.
   */
  readonly joined?: Promise<void>;
  /** Asks the broker what the group waits for. May reject. */
  admission?(): Promise<Admission>;
  /** Stops fetching (from one source, or from all) and stays a member. */
  pause(source?: string): void;
  resume(source?: string): void;
  /** Resolves when what is settled is known to the broker, or at the deadline (by `monotonicNow`). */
  flush(deadline: number): Promise<void>;
  lag(): Promise<readonly SourceLag[]>;
  /**
   * Of each source the first record that was fetched, is not delivered yet and could be: the sink has resolved, there
   * is room, the source is not paused and no delay is to be waited for. For a watchdog: mostly there is none.
   */
  idle?(): readonly RecordPosition[];
  /** Flushes, leaves, releases the rest. Idempotent; ends by the deadline (by `monotonicNow`) with the broker down too. */
  stop(deadline: number): Promise<void>;
}

export interface TransportCapabilities {
  /** `key`: order per key always; `singleReader`: while one member reads the group. */
  readonly order: 'key' | 'singleReader' | 'none';
  readonly groups: boolean;
  /**
   * Topics have partitions, whose offsets are whole numbers, so that a position is a partition and an
   * offset. Else its offset alone says all: a topic has one source.
   */
  readonly partitions: boolean;
  /** Records outlive the transport object. */
  readonly persistent: boolean;
  readonly countsDeliveries: boolean;
}

export interface TransportStatus {
  readonly state: 'idle' | 'connecting' | 'ready' | 'degraded' | 'failed' | 'closed';
  readonly error?: Error;
}

/**
 * Looks at and moves groups from outside. A position names the last record that was read or
 * settled: reading goes on behind it, as with `StartPosition.after`.
 */
export interface TransportAdmin {
  resolve(topic: string, at: StartPosition): Promise<readonly RecordPosition[]>;
  positions(group: string, topic: string): Promise<readonly RecordPosition[]>;
  /**
   * Moves the group, once, in the partitions that are named; makes it where it is not. Members that live
   * read on from there: whoever wants them undisturbed asks for `members` first.
   */
  reset(group: string, to: readonly RecordPosition[]): Promise<void>;
  /** The members that live, or cannot be told from living ones. */
  members(group: string): Promise<readonly string[]>;
  /** The position behind which reading begins with the given one. Throws ConfigurationError for one that is none. */
  before(position: RecordPosition): RecordPosition;
}

/**
 * Moves records between us and a broker: the only thing that a new technology must write.
 *
 * It knows neither Avro nor Nest. Every sentence here is a case of the conformance suite
 * (`describeTransport` of `nestjs-openedx-event-bus/testing`). Deadlines are milliseconds by `monotonicNow()`.
 */
export interface EventTransport {
  readonly capabilities: TransportCapabilities;
  /** Replays the present state to a new subscriber; completes after `closed`. */
  readonly status$: Observable<TransportStatus>;
  /** Resolves when the broker answered; rejects with ConnectError at the deadline. Idempotent. */
  connect(deadline: number): Promise<void>;
  /**
   * One outcome each, in the order given. Never rejects. After `close`: `notSent` with ClosedError. A transport that
   * knows the outcome of some records before that of others calls `told` for each of these as soon as it does, so that
   * a record that must wait holds up no other.
   */
  publish(
    records: readonly OutgoingRecord[],
    deadline: number,
    told?: OutcomeListener,
  ): Promise<readonly PublishOutcome[]>;
  /**
   * Resolves when broker, rights and topics are as they must be and it is fixed where reading starts: a record that is
   * stored from then on is skipped by no start, `latest` included. The group need not have let us in: see
   * `SubscriptionHandle.joined`. Rejects with what keeps us out for good, and with a service fault after a time.
   */
  subscribe(subscription: Subscription, sink: DeliverySink): Promise<SubscriptionHandle>;
  readonly admin?: TransportAdmin;
  /** Stops every subscription and ends every connection it made. Idempotent. */
  close(deadline: number): Promise<void>;
  /** The client underneath. */
  unwrap<T>(): T;
}
