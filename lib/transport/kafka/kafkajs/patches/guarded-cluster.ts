import type { Broker, Cluster } from 'kafkajs';
import { monotonicNow } from '../../../../common/clocks.js';
import type { PartitionPlace, RefusedPlace } from '../../kafka-driver.interface.js';
import { pauseFor } from '../../../../common/waiting.js';
import type { JoinWatch } from '../session.js';
import type { FaultyPartition } from './fetching.js';
import { forEachBroker, changeRequests, forEachNewBroker } from './kafkajs-internals.js';
import type { TopicsOfCluster } from './missing-topics.js';

const JOIN_LOOK_MS = 50;
/** So often a member looks whether what a topic lacks is there again. */
const REFRESH_MS = 1_000;

export interface ClusterGuard {
  /** True once after something of ours became free for another member. */
  takeRejoin(): boolean;
  /** Asks for `takeRejoin`. */
  rejoin(): void;
  isLeaving(): boolean;
  /** Resolves when there is something to fetch, or the group is to be heard. */
  readyToFetch(): Promise<void>;
  /** Whether what is being committed was settled under this membership. */
  isCommittingAs(memberId: string): boolean;
  /** The broker stored what was being committed. */
  committed(): void;
  /** But not the positions of these partitions. */
  refused(places: readonly RefusedPlace[]): void;
  /** True once after `refresh`. */
  takeRefresh(): boolean;
  readonly joins: JoinWatch;
  /** A broker answered a fetch, and gave nothing of the partitions that have a fault of their own. */
  answered(request: FetchRequest, faulty: readonly FaultyPartition[]): void;
  /** The group knew us when it answered what was sent at that time (by `monotonicNow`). */
  heard(sentAt: number): void;
  /** The group does not know us. */
  forgotten(): void;
  /** The group would have us under this id, and admits this member later. */
  knows(memberId: string): void;
  /** The broker has nothing at the place from which we read on. */
  outOfRange(place: PartitionPlace): void;
}

/**
 * Keeps a kafkajs member from acting on its own: the only places where kafkajs can be told to join
 * again or to give up joining, where it repeats a commit under a later membership, where it would move
 * a group whose records are gone, where it overlooks aborted records, and where it never stops.
 */
export function guardCluster(cluster: Cluster, guard: ClusterGuard, topics: TopicsOfCluster): void {
  const refresh = cluster.refreshMetadataIfNecessary.bind(cluster);
  const findCoordinator = cluster.findGroupCoordinator.bind(cluster);
  const observed = cluster as Cluster & { getNodeIds(): number[] };
  const getNodeIds = observed.getNodeIds.bind(observed);
  let refreshAt = 0;
  cluster.refreshMetadataIfNecessary = async () => {
    await guard.readyToFetch();
    // Whoever fetches meanwhile would join a second time.
    while (guard.joins.isJoining && !guard.isLeaving()) await pauseFor(JOIN_LOOK_MS);
    if (guard.joins.isAbandoned)
      throw failure('the member is not in the group', { type: 'REBALANCE_IN_PROGRESS' });
    const isDue = topics.isIncomplete && monotonicNow() >= refreshAt;
    if (guard.takeRefresh() || isDue) {
      refreshAt = monotonicNow() + REFRESH_MS;
      await cluster.refreshMetadata();
    }
    if (!guard.takeRejoin()) return refresh();
    throw failure('rejoining to hand over a partition', { type: 'REBALANCE_IN_PROGRESS' });
  };
  cluster.findGroupCoordinator = (group) => {
    // Also one that waited to be let in, and is told that it is no member any more.
    if (!guard.isLeaving()) return guard.joins.step(() => findCoordinator(group));
    return Promise.reject(failure('the member has left the group', { retriable: false }));
  };
  // Where a broker is lost and kafkajs is stopped before it has noticed, it would begin anew with the others,
  // and fetch nothing without a pause, for ever. With no broker at all it stops.
  observed.getNodeIds = () => (guard.isLeaving() ? [] : getNodeIds());
  forEachBroker(cluster, (broker) => {
    guardBroker(broker, guard);
    watchAcceptance(broker, (memberId) => guard.knows(memberId));
    leaveDeadCoordinator(broker, guard, findCoordinator);
  });
}

/** What is asked of a broker, as kafkajs has it. */
export interface FetchRequest {
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly fetchOffset: string | number;
    }[];
  }[];
}

interface FetchAnswer {
  readonly responses: readonly { readonly partitions: readonly FetchedPartition[] }[];
  readonly faulty?: readonly FaultyPartition[];
}

function guardBroker(broker: Broker, guard: ClusterGuard): void {
  const commit = broker.offsetCommit.bind(broker);
  const fetch = broker.fetch.bind(broker);
  judgeCommits(broker, (places) => guard.refused(places));
  broker.offsetCommit = async (request) => {
    // Another member may have gone further with what was ours.
    if (!guard.isCommittingAs(request.memberId))
      throw failure('this process is no longer the group member that received these records', {
        type: 'UNKNOWN_MEMBER_ID',
        retriable: false,
      });
    try {
      const answer: unknown = await commit(request);
      guard.committed();
      return answer;
    } catch (error) {
      // Where joining a new coordinator failed, kafkajs goes on committing to the old one for ever.
      if ((error as { type?: string }).type === 'NOT_COORDINATOR_FOR_GROUP') guard.rejoin();
      throw error;
    }
  };
  broker.fetch = async (request) => {
    try {
      const answer = (await fetch(request)) as FetchAnswer;
      guard.answered(request, answer.faulty ?? []);
      for (const { partitions } of answer.responses) partitions.forEach(hideAborted);
      return answer;
    } catch (error) {
      const { name, topic, partition } = error as Error & Partial<PartitionPlace>;
      if (name !== 'KafkaJSOffsetOutOfRange' || topic === undefined || partition === undefined)
        throw error;
      guard.outOfRange({ topic, partition });
      return { responses: [] };
    }
  };
}

interface Member {
  readonly groupId: string;
}

interface GroupBroker {
  readonly nodeId: number;
  heartbeat(member: Member): Promise<unknown>;
  joinGroup(member: Member): Promise<unknown>;
  syncGroup(member: Member): Promise<unknown>;
}

/** Where the coordinator is gone, kafkajs would go on asking it until it gives the member up. */
function leaveDeadCoordinator(
  broker: Broker,
  guard: ClusterGuard,
  findCoordinator: (group: Member) => Promise<Broker>,
): void {
  const coordinator = broker as unknown as GroupBroker;
  const heartbeat = heard(coordinator.heartbeat.bind(coordinator), guard);
  const join = coordinator.joinGroup.bind(coordinator);
  const sync = heard(coordinator.syncGroup.bind(coordinator), guard);
  coordinator.joinGroup = (member) =>
    guard.joins.step(() => join(member).catch((error: unknown) => tellForgotten(error, guard)));
  coordinator.syncGroup = (member) => guard.joins.step(() => sync(member));
  coordinator.heartbeat = async (member) => {
    try {
      return await heartbeat(member);
    } catch (error) {
      // With a type it is an answer.
      if ((error as { type?: string }).type !== undefined || guard.isLeaving()) throw error;
      const now = (await findCoordinator(member)) as unknown as GroupBroker;
      if (now.nodeId === coordinator.nodeId) return heartbeat(member);
      throw failure('the group has another coordinator', { type: 'NOT_COORDINATOR_FOR_GROUP' });
    }
  };
}

/** The broker counts a session from when it gets a request, which is not before it was sent. */
function heard(
  ask: (member: Member) => Promise<unknown>,
  guard: ClusterGuard,
): (member: Member) => Promise<unknown> {
  return async (member) => {
    const sentAt = monotonicNow();
    const answer = await ask(member).catch((error: unknown) => tellForgotten(error, guard));
    guard.heard(sentAt);
    return answer;
  };
}

function tellForgotten(error: unknown, guard: ClusterGuard): never {
  if ((error as { type?: string }).type === 'UNKNOWN_MEMBER_ID') guard.forgotten();
  throw error;
}

function failure(message: string, facts: { type?: string; retriable?: boolean }): Error {
  return Object.assign(new Error(message), facts);
}

/** A record as kafkajs has decoded it from a fetch. */
export interface FetchedMessage {
  readonly offset: string;
  readonly key: Uint8Array | null;
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean };
  isControlRecord: boolean;
}

export interface FetchedPartition {
  readonly messages: readonly FetchedMessage[];
  abortedTransactions?:
    readonly { readonly firstOffset: string; readonly producerId: string }[] | null;
}

/** Key of the marker that ends an aborted transaction: version 0, type 0. */
const ABORT_MARKER = Buffer.alloc(4);

/**
 * Makes kafkajs pass over the records of aborted transactions, as it does over control records. Left
 * to itself it delivers some of them where transactions of several producers overlap.
 */
export function hideAborted(partition: FetchedPartition): void {
  const { abortedTransactions, messages } = partition;
  if (!abortedTransactions?.length) return;
  const ahead = abortedTransactions
    .map(({ firstOffset, producerId }) => ({ first: BigInt(firstOffset), producerId }))
    .sort((a, b) => (a.first < b.first ? -1 : 1));
  let next = 0;
  const aborted = new Set<string>();
  for (const message of messages) {
    const offset = BigInt(message.offset);
    for (; next < ahead.length && ahead[next]!.first <= offset; next++)
      aborted.add(ahead[next]!.producerId);
    const { producerId, inTransaction } = message.batchContext;
    if (message.isControlRecord) {
      if (message.key && ABORT_MARKER.equals(message.key)) aborted.delete(producerId);
    } else if (inTransaction && aborted.has(producerId)) {
      message.isControlRecord = true;
    }
  }
  partition.abortedTransactions = [];
}

/** What can be wrong with one partition while the positions of the others are stored. */
const OF_ONE_PARTITION: ReadonlySet<number> = new Set([
  3, // UNKNOWN_TOPIC_OR_PARTITION
  12, // OFFSET_METADATA_TOO_LARGE
  28, // INVALID_COMMIT_OFFSET_SIZE
  29, // TOPIC_AUTHORIZATION_FAILED
]);

interface Answer {
  readonly responses: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly errorCode: number }[];
  }[];
}

/**
 * Has answers to commits judged partition by partition: kafkajs would call the whole a failure although all others
 * are stored. `refused` hears of those that are not.
 */
function judgeCommits(broker: Broker, refused: (places: readonly RefusedPlace[]) => void): void {
  changeRequests(broker, (asked) => {
    const { parse } = asked.response;
    if (asked.request.apiName !== 'OffsetCommit' || !parse) return asked;
    const judge = async (answer: unknown): Promise<unknown> => {
      const whole = answer as Answer;
      const { responses } = whole;
      const places: RefusedPlace[] = [];
      for (const { topic, partitions } of responses)
        for (const one of partitions) {
          if (!OF_ONE_PARTITION.has(one.errorCode)) continue;
          const alone = { ...whole, responses: [{ topic, partitions: [one] }] };
          const error = await parse(alone).then(
            () => undefined,
            (failure: Error) => failure,
          );
          if (error) places.push({ topic, partition: one.partition, error });
        }
      const others = responses.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.filter(({ errorCode }) => !OF_ONE_PARTITION.has(errorCode)),
      }));
      const parsed = await parse({ ...whole, responses: others });
      if (places.length > 0) refused(places);
      return parsed;
    };
    return { ...asked, response: { ...asked.response, parse: judge } };
  });
}

interface AskedBroker {
  findGroupCoordinator(request: object): Promise<unknown>;
}

/**
 * Has kafkajs say why it found no broker that coordinates a group: it asks one after the other and forgets what each
 * answered, a refusal as well as that it did not answer in time.
 */
export function keepCoordinatorFailures(cluster: Cluster): void {
  let last: unknown;
  forEachNewBroker(cluster, (broker) => {
    const asked = broker as unknown as AskedBroker;
    const find = asked.findGroupCoordinator.bind(asked);
    asked.findGroupCoordinator = async (request) => {
      try {
        return await find(request);
      } catch (error) {
        last = error;
        throw error;
      }
    };
  });
  const findCoordinator = cluster.findGroupCoordinator.bind(cluster);
  cluster.findGroupCoordinator = async (group) => {
    last = undefined;
    try {
      return await findCoordinator(group);
    } catch (error) {
      const isEmpty = (error as Error).name === 'KafkaJSGroupCoordinatorNotFound';
      if (isEmpty && last !== undefined) Object.assign(error as Error, { cause: last });
      throw error;
    }
  };
}

/**
 * Calls `accepted` with the id that a group gives to a new member, before it lets it in: by then it has judged our
 * rights, and kafkajs tells nobody.
 */
function watchAcceptance(broker: Broker, accepted: (memberId: string) => void): void {
  changeRequests(broker, (asked) => {
    const { request, response } = asked;
    const { parse } = response;
    if (request.apiName !== 'JoinGroup' || !parse) return asked;
    const watched = async (answer: unknown): Promise<unknown> => {
      try {
        return await parse(answer);
      } catch (error) {
        const { name, memberId } = error as Error & { readonly memberId?: unknown };
        if (name === 'KafkaJSMemberIdRequired' && typeof memberId === 'string') accepted(memberId);
        throw error;
      }
    };
    return { request, response: { ...response, parse: watched } };
  });
}
