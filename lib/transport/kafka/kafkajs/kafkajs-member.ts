import { asError } from '../../../errors/thrown-values.js';
import { resolvable, endBy, pauseFor } from '../../../common/waiting.js';
import { monotonicNow } from '../../../common/clocks.js';
import type {
  Consumer,
  ConsumerRunConfig,
  EachBatchPayload,
  KafkaMessage,
  IHeaders,
} from 'kafkajs';
import { rootOf } from '../kafka-errors.js';
import type {
  CommitPlace,
  FetchedRecord,
  MemberClient,
  MemberListener,
  MemberOptions,
  PartitionOffset,
  PartitionPlace,
  RefusedPlace,
} from '../kafka-driver.interface.js';
import { rebalanceTimeoutMs } from '../settings/kafka-settings.js';
import { missingCodec } from './compression/compression-codecs.js';
import { cooperativeAssigner } from './cooperative-assigner.js';
import { FetchPauses, type FaultyPartition, quickenFetching } from './patches/fetching.js';
import { type ClusterGuard, type FetchRequest, guardCluster } from './patches/guarded-cluster.js';
import { unwrap, withFixed } from './unwrap.js';
import { JoinWatch, Session } from './session.js';
import { type KafkajsClient, type KafkajsClients, retryOptions } from './kafkajs-clients.js';
import { brokerTimeOf, type ReadMessage } from './protocol/read-message.js';
import { forEachBroker } from './patches/kafkajs-internals.js';
import { goOnWithoutMissing } from './patches/missing-topics.js';
import { UnreadRecord } from './protocol/unread-message.js';
import { endSilentConnections } from './patches/tracked-sockets.js';
import type { EventRecord } from '../../transport.interface.js';

/** How long a fetch waits for records: also how late a partition that was paused may be fetched again. */
const FETCH_WAIT_MS = 100;
/** How long the group may go unheard because nothing is fetched. */
const ALL_PAUSED_MS = 500;
/** How long a topic that is being made may be unknown. */
const NEW_TOPIC_MS = 5_000;
const LEAVE_MS = 1_000;

interface Commit {
  readonly memberId: string | undefined;
  isDone: boolean;
  refused: readonly RefusedPlace[];
}

/** A kafkajs consumer that only fetches, keeps its place in the group and commits what it is told. */
export class KafkajsMember implements MemberClient, ClusterGuard {
  readonly #client: KafkajsClient;
  readonly #consumer: Consumer;
  private readonly pauses = new FetchPauses();
  readonly accepted: Promise<void>;
  private readonly tellAccepted: () => void;
  private memberId: string | undefined;
  /** Of a way into the group that has not come to its end. */
  private acceptedAs: string | undefined;
  readonly joins = new JoinWatch();
  private readonly session: Session;
  private wantsRebalance = false;
  private wantsRefresh = false;
  /** Where the last answer of each partition begins. */
  private readonly fetchedFrom = new Map<string, number>();
  /** Partitions that the broker did not give when they were last asked for. */
  private readonly faulty = new Map<string, PartitionPlace>();
  /** One at a time: kafkajs does not tell of which commit a request is. */
  private commits: Promise<unknown> = Promise.resolve();
  private committing: Commit | undefined;
  private crash: Error | undefined;
  private leaving = false;

  constructor(
    private readonly clients: KafkajsClients,
    private readonly options: MemberOptions,
    private readonly listener: MemberListener,
    /** Ends a membership that waits to be let in. Never rejects. */
    private readonly giveUp: (memberId: string) => Promise<void>,
  ) {
    const accepted = resolvable();
    this.accepted = accepted.promise;
    this.tellAccepted = accepted.resolve;
    const { settings, module } = clients;
    const { sessionTimeoutMs } = settings;
    this.session = new Session(sessionTimeoutMs);
    this.#client = clients.open(options.clientId);
    this.#consumer = this.#client.kafka.consumer({
      rebalanceTimeout: rebalanceTimeoutMs(settings),
      maxWaitTimeInMs: FETCH_WAIT_MS,
      ...settings.kafkajs.reveal().consumer,
      // A member that crashed is made anew by whoever subscribed, so that nobody misses it.
      retry: { ...retryOptions(), restartOnFailure: () => Promise.resolve(false) },
      groupId: options.group,
      sessionTimeout: sessionTimeoutMs,
      // Members learn of a rebalance by their heartbeats, one after the other.
      heartbeatInterval: Math.min(1_000, Math.floor(sessionTimeoutMs / 5)),
      allowAutoTopicCreation: settings.allowAutoTopicCreation,
      partitionAssigners: [
        ({ cluster }) => {
          guardCluster(cluster, this, goOnWithoutMissing(cluster, clients.topicsSeen));
          forEachBroker(cluster, (broker) =>
            quickenFetching(broker, clients.codecs, settings.maxDecompressedBytes),
          );
          return cooperativeAssigner(module, cluster, () => this.held());
        },
      ],
    });
    endSilentConnections(this.#consumer, (broker) => clients.endConnections(this.#client, broker));
    this.listen();
  }

  get id(): string | undefined {
    return this.acceptedAs ?? this.memberId;
  }

  async connect(): Promise<void> {
    await this.#consumer.connect();
    await this.subscribe();
  }

  async join(): Promise<void> {
    await this.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      // kafkajs must not see an error of ours: it would repeat the batch or end for good.
      eachBatch: (payload) => Promise.resolve(this.take(payload)).catch(() => undefined),
    });
    if (this.crash) throw this.crash;
  }

  /** Those who wrap functions keep what they wrapped. */
  private run(config: ConsumerRunConfig): Promise<void> {
    const consumer = this.#consumer;
    if (!this.clients.passesInstrumentations) return consumer.run(config);
    unwrap(consumer, 'run');
    return consumer.run(withFixed(config, 'eachBatch'));
  }

  seek({ topic, partition, offset }: PartitionOffset): void {
    this.whileRunning(() => this.#consumer.seek({ topic, partition, offset: String(offset) }));
  }

  pause(place: PartitionPlace): void {
    const { topic, partition } = place;
    this.pauses.pause(place);
    this.whileRunning(() => this.#consumer.pause([{ topic, partitions: [partition] }]));
  }

  resume(place: PartitionPlace): void {
    const { topic, partition } = place;
    this.whileRunning(() => this.#consumer.resume([{ topic, partitions: [partition] }]));
    this.pauses.resume(place);
  }

  commit(offsets: readonly CommitPlace[]): Promise<readonly RefusedPlace[]> {
    const { memberId } = this;
    const made = this.commits.then(() => this.commitAs(memberId, offsets));
    this.commits = made.catch(() => undefined);
    return made;
  }

  get isExpired(): boolean {
    return this.session.isExpired;
  }

  rejoin(): void {
    this.wantsRebalance = true;
    this.pauses.interrupt();
  }

  refresh(): void {
    this.wantsRefresh = true;
    this.pauses.interrupt();
  }

  async leave(deadline: number): Promise<void> {
    this.leaving = true;
    this.session.end();
    this.pauses.interrupt();
    // Without a goodbye the group would miss us only after the session time-out.
    const by = Math.max(deadline, monotonicNow() + LEAVE_MS);
    // kafkajs leaves no group that has not let it in.
    if (this.acceptedAs !== undefined) await endBy(by, this.giveUp(this.acceptedAs));
    await endBy(by, this.#consumer.disconnect());
    this.#client.sockets.end();
  }

  takeRejoin(): boolean {
    const wanted = this.wantsRebalance;
    this.wantsRebalance = false;
    return wanted;
  }

  takeRefresh(): boolean {
    const wanted = this.wantsRefresh;
    this.wantsRefresh = false;
    return wanted;
  }

  isLeaving(): boolean {
    return this.leaving;
  }

  readyToFetch(): Promise<void> {
    return this.leaving ? Promise.resolve() : this.pauses.untilSome(ALL_PAUSED_MS);
  }

  isCommittingAs(memberId: string): boolean {
    return this.committing?.memberId === memberId;
  }

  committed(): void {
    if (this.committing) this.committing.isDone = true;
  }

  refused(places: readonly RefusedPlace[]): void {
    if (this.committing) this.committing.refused = places;
  }

  heard(sentAt: number): void {
    this.session.heard(sentAt);
  }

  forgotten(): void {
    this.session.forgotten();
  }

  knows(memberId: string): void {
    this.acceptedAs = memberId;
    this.tellAccepted();
  }

  /** kafkajs's own event also comes where it asked a broker for nothing, dead ones too. */
  answered({ topics }: FetchRequest, faulty: readonly FaultyPartition[]): void {
    for (const { topic, partition } of faulty)
      this.faulty.set(`${topic}/${partition}`, { topic, partition });
    for (const { topic, partitions } of topics)
      for (const { partition, fetchOffset } of partitions) {
        const name = `${topic}/${partition}`;
        this.fetchedFrom.set(name, Number(fetchOffset));
        const isGiven = (one: PartitionPlace) => one.topic !== topic || one.partition !== partition;
        if (this.faulty.size > 0 && faulty.every(isGiven) && this.faulty.delete(name))
          this.listener.fetchRecovered({ topic, partition });
      }
    this.listener.alive();
    for (const { error, ...place } of faulty) {
      this.pause(place);
      this.listener.fetchFailed(place, error);
    }
  }

  outOfRange(place: PartitionPlace): void {
    this.pause(place);
    this.listener.outOfRange(place);
  }

  private async commitAs(
    memberId: string | undefined,
    offsets: readonly CommitPlace[],
  ): Promise<readonly RefusedPlace[]> {
    const committing: Commit = (this.committing = { memberId, isDone: false, refused: [] });
    await this.#consumer.commitOffsets(
      offsets.map(({ topic, partition, offset, metadata = null }) => ({
        ...{ topic, partition, offset: String(offset), metadata },
      })),
    );
    // kafkajs calls it a success when it has stopped.
    if (!committing.isDone) throw new Error('the group member has stopped');
    return committing.refused;
  }

  private async subscribe(): Promise<void> {
    const topics = [...this.options.topics];
    const giveUpAt = monotonicNow() + NEW_TOPIC_MS;
    for (;;) {
      try {
        await this.#consumer.subscribe({ topics, fromBeginning: true });
        return;
      } catch (error) {
        const isNew = rootOf(error).type === 'UNKNOWN_TOPIC_OR_PARTITION';
        if (this.leaving || !isNew || monotonicNow() >= giveUpAt) throw error;
        await pauseFor(200);
      }
    }
  }

  private listen(): void {
    const { listener } = this;
    const consumer = this.#consumer;
    const { GROUP_JOIN, HEARTBEAT, CRASH, END_BATCH_PROCESS, REBALANCING } = consumer.events;
    consumer.on(HEARTBEAT, () => listener.alive());
    consumer.on(REBALANCING, () => this.session.rejoins());
    consumer.on(GROUP_JOIN, ({ payload }) => {
      this.joins.joined();
      this.session.joined();
      listener.alive();
      this.acceptedAs = undefined;
      const lost = this.memberId !== undefined && this.memberId !== payload.memberId;
      this.memberId = payload.memberId;
      const places = Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) =>
        partitions.map((partition) => ({ topic, partition })),
      );
      this.pauses.assigned(places);
      listener.assigned(places, lost);
      this.forgetFaulty(places);
    });
    consumer.on(END_BATCH_PROCESS, ({ payload }) => {
      const { topic, partition, lastOffset, batchSize } = payload;
      const next = Number(lastOffset) + 1;
      const from = this.fromOf(topic, partition, next);
      if (batchSize === 0) listener.fetched({ topic, partition, records: [], from, next });
    });
    consumer.on(CRASH, ({ payload }) => {
      this.crash = missingCodec(payload.error) ?? asError(payload.error);
      if (!this.leaving) listener.crashed(this.crash);
    });
  }

  private forgetFaulty(ours: readonly PartitionPlace[]): void {
    if (this.faulty.size === 0) return;
    const names = new Set(ours.map(({ topic, partition }) => `${topic}/${partition}`));
    for (const [name, place] of this.faulty)
      if (!names.has(name) && this.faulty.delete(name)) this.listener.fetchRecovered(place);
  }

  /** Once the group may have given our partitions away, we hold nothing. */
  private held(): readonly PartitionPlace[] {
    return this.isExpired ? [] : this.listener.held();
  }

  private async take(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    if (!payload.isRunning() || payload.isStale()) return;
    const { topic, partition, messages } = batch;
    const next = Number(batch.lastOffset()) + 1;
    payload.resolveOffset(messages.at(-1)!.offset);
    const records = messages.map((message) => fetchedRecord(topic, message));
    const from = this.fromOf(topic, partition, Number(messages[0]!.offset));
    this.listener.fetched({ topic, partition, records, from, next });
    // Others of the process get their turn.
    await new Promise((resolve) => setImmediate(resolve));
  }

  private fromOf(topic: string, partition: number, first: number): number {
    return this.fetchedFrom.get(`${topic}/${partition}`) ?? first;
  }

  /** kafkajs throws while it is not running, where there is nothing to pause or to seek. */
  private whileRunning(act: () => void): void {
    try {
      act();
    } catch {
      // It ended: whoever subscribed is told by `crashed`.
    }
  }
}

export function fetchedRecord(topic: string, message: KafkaMessage): FetchedRecord {
  if ('recordOf' in message) return new UnreadRecord(topic, message as unknown as ReadMessage);
  const { key, value, headers, timestamp, offset } = message;
  const attributes = attributesOf(headers);
  return {
    offset: Number(offset),
    size: (key?.length ?? 0) + (value?.length ?? 0),
    record: { topic, key, attributes, value, brokerTime: brokerTimeOf(Number(timestamp)) },
  };
}

type Attributes = EventRecord['attributes'];

function attributesOf(headers: IHeaders | undefined): Attributes {
  const attributes: [string, Uint8Array | null][] = [];
  for (const name in headers) {
    const value = headers[name];
    if (Array.isArray(value)) for (const one of value) attributes.push([name, bytesOf(one)]);
    else attributes.push([name, bytesOf(value)]);
  }
  return attributes;
}

function bytesOf(value: Buffer | string | null | undefined): Uint8Array | null {
  return typeof value === 'string' ? Buffer.from(value) : (value ?? null);
}
