import type { BrokerClock } from './broker-clock.js';
import type {
  EventTransport,
  IncomingRecord,
  OutcomeListener,
  OutgoingRecord,
  PublishOutcome,
} from '../transport.interface.js';

/** An offset for each partition of one topic. */
export type PartitionOffsets = ReadonlyMap<number, number>;

export interface PartitionPlace {
  readonly topic: string;
  readonly partition: number;
}

export interface PartitionOffset extends PartitionPlace {
  /** The next offset that is read. */
  readonly offset: number;
}

/** A position that a member commits. */
export interface CommitPlace extends PartitionOffset {
  /** A string that is kept beside the position. */
  readonly metadata?: string | undefined;
}

/** A position that the group did not take, while it took others of the same commit. */
export interface RefusedPlace extends PartitionPlace {
  readonly error: Error;
}

/** Where a group is in a partition, with the text that was kept beside it. */
export interface CommittedPlace {
  readonly offset: number;
  readonly metadata: string;
}

/** What the brokers say of a topic. */
export interface TopicState {
  /** Another topic of the same name has another one. Undefined where the broker tells none. */
  readonly id: string | undefined;
  /** How often each partition had a new leader; it grows as long as the partition is the same. */
  readonly epochs: ReadonlyMap<number, number>;
}

/** The part of a Kafka client that the transport uses: what another client must offer to replace it. */
export interface KafkaDriver {
  /** Resolves when a broker answered. Rejects with the client's error. Idempotent once it succeeded. */
  connect(): Promise<void>;
  /** A producer with an id of its own, not connected yet. */
  producer(): ProducerClient;
  /** A member of a group, not joined yet. */
  member(options: MemberOptions, listener: MemberListener): MemberClient;
  /**
   * The first offset kept (`earliest`), the one that the next record gets (`latest`), or that of the
   * first record stored at or after a time in ms (`latest` where there is none).
   */
  offsets(topic: string, at: 'earliest' | 'latest' | number): Promise<PartitionOffsets>;
  /**
   * What a broker knows of topics at present: null for one that is not there, nothing where it does not say. No topic
   * is made by asking. Rejects with the client's error.
   */
  topics(names: readonly string[]): Promise<ReadonlyMap<string, TopicState | null>>;
  /**
   * Settings of a topic by their names, those that have the broker's defaults too. Rejects with the client's error, for example
   * where we may not ask.
   */
  topicConfig(topic: string, names: readonly string[]): Promise<ReadonlyMap<string, string | null>>;
  /** Makes a topic; one that is there stays as it is. Rejects with the client's error. */
  createTopic(wanted: WantedTopic): Promise<void>;
  /**
   * Records from an offset on, without a group: about `maxBytes` of them, one at the least, none at the end of the partition.
   * Undefined where the broker keeps no record of that offset. Rejects with the client's error.
   */
  fetch(from: PartitionOffset, maxBytes: number): Promise<FetchedBatch | undefined>;
  /** The positions of a group; partitions for which it has none are missing. */
  committed(group: string, topic: string): Promise<ReadonlyMap<number, CommittedPlace>>;
  /** Sets positions of a group without members, at once or not at all. Rejects when it has some. */
  setCommitted(group: string, topic: string, offsets: PartitionOffsets): Promise<void>;
  /** Ends every membership of a group. Members that live join again, and read on from where the group is. */
  removeMembers(group: string): Promise<void>;
  /** The members of a group. */
  members(group: string): Promise<readonly GroupMember[]>;
  /** Ends every connection at once, those of producers and members too. Idempotent. */
  close(): void;
  /** The time of the brokers. */
  readonly clock: BrokerClock;
  /** The client underneath. */
  readonly inner: unknown;
}

/** A topic to be made. */
export interface WantedTopic {
  readonly topic: string;
  /** Undefined: as many as the broker makes by default. */
  readonly partitions: number | undefined;
  /** Where the broker knows no default, it is replicated as this topic. */
  readonly like: string;
  readonly config: Readonly<Record<string, string>>;
}

/** A member of a group, as its coordinator knows it. */
export interface GroupMember {
  readonly id: string;
  readonly clientId: string;
  readonly host: string;
}

/** Who a producer is to the brokers, which recognise by it what is sent again. */
export interface ProducerId {
  readonly id: number;
  readonly epoch: number;
}

/** Records of one partition, which takes all of them or none. */
export interface PartitionBatch extends PartitionPlace {
  readonly records: readonly OutgoingRecord[];
  readonly producer: ProducerId;
  /** The number of the first record at its partition; the same again for what is sent again. */
  readonly sequence: number;
}

/** The offset of the first record (negative where the broker no longer knows it), or the broker's refusal. */
export type BatchAnswer = number | Error;

/** The broker that leads each partition (negative: none), or why the topic cannot be written to. */
export type TopicLeaders = readonly number[] | Error;

/** How often and at what distances, in ms, the user wants what may be stored to be sent again. */
export interface RepeatManners {
  readonly most: number;
  readonly firstMs: number;
  readonly longestMs: number;
}

/** Requests of one producer. Each rejects with the client's error. */
export interface ProducerClient {
  /** Resolves when a broker was reached. May be called again after it rejected. */
  connect(): Promise<void>;
  /** An id that no other producer has. */
  newId(): Promise<ProducerId>;
  /** Asks for the topics; what is wrong with one of them is its answer. */
  leaders(topics: readonly string[]): Promise<ReadonlyMap<string, TopicLeaders>>;
  /** Resolves when there is a connection to the broker, which `leaders` has named. */
  reach(broker: number): Promise<void>;
  /**
   * One request to a broker, with one answer for each batch, in order. When it rejects, any of the records may
   * have been stored.
   */
  produce(broker: number, batches: readonly PartitionBatch[]): Promise<readonly BatchAnswer[]>;
  /** Ends the connections to a broker; what waits for its answer rejects. */
  interrupt(broker: number): void;
  /** Ends its connections at once: nothing is sent after it. */
  discard(): void;
  readonly repeats: RepeatManners;
}

export type PublishRecords = EventTransport['publish'];

/** What records pass before they are published. */
export interface SendingDetour {
  /** As `publish`, to which it gives each record once, in order, perhaps with more headers. */
  publish(
    records: readonly OutgoingRecord[],
    deadline: number,
    told: OutcomeListener | undefined,
    publish: PublishRecords,
  ): Promise<readonly PublishOutcome[]>;
}

export interface MemberOptions {
  readonly group: string;
  readonly topics: readonly string[];
  /** Our name in the group. */
  readonly clientId: string;
}

export interface FetchedRecord {
  readonly offset: number;
  readonly record: IncomingRecord;
  /** Bytes that it takes, about. */
  readonly size: number;
}

export interface FetchedBatch extends PartitionPlace {
  /** The offset that was asked for. */
  readonly from: number;
  /** In order; empty when nothing of the batch is for readers. */
  readonly records: readonly FetchedRecord[];
  /** The offset behind the batch. */
  readonly next: number;
}

/** Told by a member, always synchronously; none of the methods may throw. */
export interface MemberListener {
  /**
   * The partitions that are ours from now on. One that the listener pauses meanwhile is not fetched before `seek` and
   * `resume`.
   */
  assigned(partitions: readonly PartitionPlace[], membershipLost: boolean): void;
  /** What we hold and would like to keep in a rebalance. */
  held(): readonly PartitionPlace[];
  fetched(batch: FetchedBatch): void;
  /** The broker has no record where the fetching would go on; the partition is not fetched now. */
  outOfRange(place: PartitionPlace): void;
  /** The broker does not give the partition; it is not fetched now. The others are. */
  fetchFailed(place: PartitionPlace, error: Error): void;
  /** It gives the partition again, or the partition is no longer ours. */
  fetchRecovered(place: PartitionPlace): void;
  /** The member heard from the group. */
  alive(): void;
  /**
   * The member cannot go on; it has left or is about to. Nothing is called after it. MissingPeerError: nor
   * could another one.
   */
  crashed(error: Error): void;
}

export interface MemberClient {
  /** Resolves when a broker was reached and the topics were found. Rejects with the client's error. */
  connect(): Promise<void>;
  /** To be called once connected. Resolves when joined, `assigned` was called by then. Rejects with the client's error. */
  join(): Promise<void>;
  /** Resolves when the group would have us, joined or not: it gave us an id. It may never resolve. */
  readonly accepted: Promise<void>;
  /** The id that the group gave us last. */
  readonly id: string | undefined;
  seek(place: PartitionOffset): void;
  pause(place: PartitionPlace): void;
  resume(place: PartitionPlace): void;
  /**
   * One request, judged partition by partition: resolves with those positions that the group did not take. Rejects
   * when it takes none, for example because we are no longer the member that we were when it was called.
   */
  commit(offsets: readonly CommitPlace[]): Promise<readonly RefusedPlace[]>;
  /** The group has not answered for a whole session: it may have given away what was ours. */
  readonly isExpired: boolean;
  /** Asks for a rebalance, because something that was ours is free now, or there is other to be shared out. */
  rejoin(): void;
  /** Asks the brokers anew which partitions there are, and for a rebalance where some were added. */
  refresh(): void;
  /** Leaves the group; by the deadline (by `monotonicNow`) every connection is ended. Never rejects. */
  leave(deadline: number): Promise<void>;
}
