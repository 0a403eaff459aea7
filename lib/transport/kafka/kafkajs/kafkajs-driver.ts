import { monotonicNow } from '../../../common/clocks.js';
import { holdingProcess, pauseFor } from '../../../common/waiting.js';
import type { Admin, Cluster, Broker } from 'kafkajs';
import { isForbidden, isRefusal, rootOf } from '../kafka-errors.js';
import type {
  CommittedPlace,
  FetchedBatch,
  GroupMember,
  KafkaDriver,
  MemberClient,
  MemberListener,
  MemberOptions,
  PartitionOffset,
  PartitionOffsets,
  ProducerClient,
  TopicState,
  WantedTopic,
} from '../kafka-driver.interface.js';
import type { BrokerClock } from '../broker-clock.js';
import type { KafkajsClient, KafkajsClients } from './kafkajs-clients.js';
import { KafkajsMember } from './kafkajs-member.js';
import { KafkajsProducer } from './kafkajs-producer.js';
import { anyBroker, forEachBroker, forEachCluster } from './patches/kafkajs-internals.js';
import { unsupportedKafkajs } from './patches/kafkajs-version.js';
import { quickenFetching } from './patches/fetching.js';
import { goOnWithoutMissing } from './patches/missing-topics.js';
import { fetchFrom } from './patches/reading.js';
import { topicStates } from './patches/topic-states.js';
import { endSilentConnections } from './patches/tracked-sockets.js';
import { createTopic, topicConfig } from './topic-admin.js';

/** How long a question is asked again while a topic, leader or coordinator is on its way. */
const REPEAT_FOR_MS = 5_000;
const REPEAT_MS = 100;
/** How long it is believed which partitions there are. */
const FRESH_MS = 1_000;

/** kafkajs 2.2, each producer, each member and our questions over connections of their own. */
export class KafkajsDriver implements KafkaDriver {
  readonly #client: KafkajsClient;
  readonly #admin: Admin;
  #cluster: Cluster | undefined;
  private readonly producers = new Set<ProducerClient>();
  private readonly memberClients = new Set<MemberClient>();
  private connected: Promise<void> | undefined;
  /** By `monotonicNow`. */
  private refreshedAt = 0;
  /** Topics whose leaders kafkajs knows, as far as we were told. */
  private readonly found = new Set<string>();

  constructor(private readonly clients: KafkajsClients) {
    this.#client = clients.openForQuestions();
    forEachCluster(this.#client.kafka, (cluster) => {
      this.#cluster = cluster;
      goOnWithoutMissing(cluster, clients.topicsSeen);
      forEachBroker(cluster, (broker) =>
        quickenFetching(broker, clients.codecs, clients.settings.maxDecompressedBytes),
      );
    });
    this.#admin = this.#client.kafka.admin();
    // Those to the other brokers lie idle, and each would have to be found silent in its turn.
    endSilentConnections(this.#admin, () => this.#client.sockets.interrupt());
  }

  get clock(): BrokerClock {
    return this.clients.clock;
  }

  /** The kafkajs client of our questions. */
  get inner(): unknown {
    return this.#client.kafka;
  }

  connect(): Promise<void> {
    this.connected ??= this.#admin.connect().catch((error: unknown) => {
      this.connected = undefined;
      throw error;
    });
    return this.connected;
  }

  producer(): ProducerClient {
    const producer = new KafkajsProducer(this.clients, () => this.producers.delete(producer));
    this.producers.add(producer);
    return producer;
  }

  member(options: MemberOptions, listener: MemberListener): MemberClient {
    const member = new KafkajsMember(this.clients, options, listener, (id) =>
      this.endMembership(options.group, id),
    );
    this.memberClients.add(member);
    return member;
  }

  async offsets(topic: string, at: 'earliest' | 'latest' | number): Promise<PartitionOffsets> {
    return this.ask(async () => {
      await this.find(topic);
      if (typeof at === 'number') {
        const found = await this.#admin.fetchTopicOffsetsByTimestamp(topic, at);
        return new Map(found.map(({ partition, offset }) => [partition, Number(offset)]));
      }
      const found = await this.#admin.fetchTopicOffsets(topic);
      return new Map(
        found.map(({ partition, low, high }) => [
          partition,
          Number(at === 'earliest' ? low : high),
        ]),
      );
    });
  }

  async topics(names: readonly string[]): Promise<ReadonlyMap<string, TopicState | null>> {
    return holdingProcess(async () => {
      const broker = await anyBroker(await this.reached());
      return broker ? topicStates(broker, names) : new Map();
    });
  }

  topicConfig(
    topic: string,
    names: readonly string[],
  ): Promise<ReadonlyMap<string, string | null>> {
    return this.ask(() => topicConfig(this.#admin, topic, names));
  }

  createTopic(wanted: WantedTopic): Promise<void> {
    return holdingProcess(async () => {
      const broker = await anyBroker(await this.reached());
      await createTopic(this.#admin, broker, wanted);
    });
  }

  fetch(from: PartitionOffset, maxBytes: number): Promise<FetchedBatch | undefined> {
    return this.ask(async () => {
      const cluster = await this.reached();
      if (!this.found.has(from.topic)) await this.find(from.topic);
      this.found.add(from.topic);
      try {
        return await fetchFrom(cluster, from, maxBytes);
      } catch (error) {
        if (rootOf(error).type === 'OFFSET_OUT_OF_RANGE') return undefined;
        // The partition may have another leader by now.
        this.found.delete(from.topic);
        this.refreshedAt = -Infinity;
        throw error;
      }
    });
  }

  async committed(group: string, topic: string): Promise<ReadonlyMap<number, CommittedPlace>> {
    return this.ask(async () => {
      await this.find(topic);
      const found = await this.#admin.fetchOffsets({ groupId: group, topics: [topic] });
      const partitions = found.flatMap((one) => one.partitions);
      return new Map(
        partitions
          .map(({ partition, offset, metadata }) => {
            const place = { offset: Number(offset), metadata: metadata ?? '' };
            return [partition, place] as const;
          })
          .filter(([, { offset }]) => offset >= 0),
      );
    });
  }

  async setCommitted(group: string, topic: string, offsets: PartitionOffsets): Promise<void> {
    await holdingProcess(async () =>
      commitFromOutside(await this.reached(), group, topic, offsets),
    );
  }

  async removeMembers(group: string): Promise<void> {
    await holdingProcess(async () => endMemberships(await this.reached(), group));
  }

  async members(group: string): Promise<readonly GroupMember[]> {
    return this.ask(async () => {
      const { groups } = await this.#admin.describeGroups([group]);
      return groups.flatMap(({ members }) =>
        members.map(({ memberId: id, clientId, clientHost: host }) => ({ id, clientId, host })),
      );
    });
  }

  close(): void {
    for (const producer of this.producers) producer.discard();
    for (const member of this.memberClients) void member.leave(monotonicNow());
    this.#admin.disconnect().catch(() => undefined);
    this.#client.sockets.end();
  }

  /** Of one that waits to be let in: its own connection is busy with that. Never rejects. */
  private async endMembership(group: string, id: string): Promise<void> {
    try {
      await leaveGroup(await this.reached(), group, id);
    } catch {
      // The group gives it up by itself, later.
    }
  }

  private async reached(): Promise<Cluster> {
    await this.connect();
    if (!this.#cluster) throw unsupportedKafkajs('the internal cluster object');
    return this.#cluster;
  }

  /** Rejects, as kafkajs where it never saw the topic, when it is not there. */
  private async find(topic: string): Promise<void> {
    const cluster = await this.reached();
    await cluster.addMultipleTargetTopics([topic]);
    // kafkajs believes for minutes what it knows: a partition that was added would seem to have no position.
    if (monotonicNow() - this.refreshedAt > FRESH_MS) {
      await cluster.refreshMetadata();
      this.refreshedAt = monotonicNow();
    }
    if (cluster.findTopicPartitionMetadata(topic).length > 0) return;
    await cluster.refreshMetadata();
    if (cluster.findTopicPartitionMetadata(topic).length > 0) return;
    throw Object.assign(new Error('This server does not host this topic-partition'), {
      ...{ type: 'UNKNOWN_TOPIC_OR_PARTITION', retriable: true },
    });
  }

  private ask<T>(question: () => Promise<T>): Promise<T> {
    return holdingProcess(() => this.askPatiently(question));
  }

  private async askPatiently<T>(question: () => Promise<T>): Promise<T> {
    await this.connect();
    const giveUpAt = monotonicNow() + REPEAT_FOR_MS;
    for (;;) {
      try {
        return await question();
      } catch (error) {
        const { type } = rootOf(error);
        const isRefused = isRefusal(error) && type !== 'UNKNOWN_TOPIC_OR_PARTITION';
        const isForGood = isRefused || isForbidden(error);
        if (isForGood || monotonicNow() >= giveUpAt || this.#client.sockets.isEnded) throw error;
        await pauseFor(REPEAT_MS);
      }
    }
  }
}

/** What kafkajs's brokers can do as well, beyond its types. */
interface Coordinator extends Broker {
  describeGroups(request: {
    groupIds: readonly string[];
  }): Promise<{ groups: readonly { members: readonly { memberId: string }[] }[] }>;
  leaveGroup(request: { groupId: string; memberId: string }): Promise<unknown>;
}

const NO_GENERATION = -1;
const NOBODY = '';

/**
 * Sets positions of a group in one request, as nobody's member: the broker takes all or, while the
 * group has members, none. kafkajs itself would join the group for it, and may wait for ever.
 */
export async function commitFromOutside(
  cluster: Cluster,
  groupId: string,
  topic: string,
  offsets: PartitionOffsets,
): Promise<void> {
  const partitions = [...offsets].map(([partition, offset]) => ({
    partition,
    offset: String(offset),
  }));
  const coordinator = await cluster.findGroupCoordinator({ groupId });
  await coordinator.offsetCommit({
    groupId,
    groupGenerationId: NO_GENERATION,
    memberId: NOBODY,
    topics: [{ topic, partitions }],
  });
}

/** Ends one membership of a group. */
export async function leaveGroup(
  cluster: Cluster,
  groupId: string,
  memberId: string,
): Promise<void> {
  const coordinator = (await cluster.findGroupCoordinator({ groupId })) as Coordinator;
  await coordinator.leaveGroup({ groupId, memberId });
}

/** Ends every membership of a group: members that live learn of it by their next heartbeat, and join again. */
export async function endMemberships(cluster: Cluster, groupId: string): Promise<void> {
  const coordinator = (await cluster.findGroupCoordinator({ groupId })) as Coordinator;
  const { groups } = await coordinator.describeGroups({ groupIds: [groupId] });
  for (const { memberId } of groups.flatMap(({ members }) => members)) {
    try {
      await coordinator.leaveGroup({ groupId, memberId });
    } catch (error) {
      // It left meanwhile.
      if (rootOf(error).type !== 'UNKNOWN_MEMBER_ID') throw error;
    }
  }
}
