import type { Cluster } from 'kafkajs';
import type { FetchedBatch, PartitionOffset } from '../../kafka-driver.interface.js';
import { fetchedRecord } from '../kafkajs-member.js';
import type { FetchAnswer } from '../protocol/fetch-answer.js';
import type { FaultyPartition } from './fetching.js';

/** How long a broker waits for a first record: who reads knows that there is one. */
const WAIT_MS = 100;
const NO_REPLICA = -1;
/** Records of a transaction are given at once, whatever becomes of it: nobody who keeps letters uses any. */
const READ_UNCOMMITTED = 0;

interface Answer extends FetchAnswer {
  readonly faulty?: readonly FaultyPartition[];
}

/** One request to the leader of a partition. Its answer is read by what `quickenFetching` put in. */
export async function fetchFrom(
  cluster: Cluster,
  { topic, partition, offset }: PartitionOffset,
  maxBytes: number,
): Promise<FetchedBatch> {
  const leaders = cluster.findLeaderForPartitions(topic, [partition]);
  const [leader] = Object.keys(leaders);
  if (leader === undefined) throw noLeader();
  const broker = await cluster.findBroker({ nodeId: leader });
  const partitions = [{ partition, fetchOffset: String(offset), maxBytes }];
  const answer = (await broker.fetch({
    replicaId: NO_REPLICA,
    isolationLevel: READ_UNCOMMITTED,
    maxWaitTime: WAIT_MS,
    minBytes: 1,
    maxBytes,
    topics: [{ topic, partitions }],
    rackId: '',
  })) as unknown as Answer;
  for (const { error } of answer.faulty ?? []) throw error;
  const messages = answer.responses
    .flatMap((one) => one.partitions)
    .flatMap((one) => one.messages)
    .filter(({ number }) => number >= offset);
  const records = messages
    .filter(({ isControlRecord }) => !isControlRecord)
    .map((message) => fetchedRecord(topic, message as never));
  const next = (messages.at(-1)?.number ?? offset - 1) + 1;
  return { topic, partition, from: offset, records, next };
}

function noLeader(): Error {
  const facts = { type: 'LEADER_NOT_AVAILABLE', retriable: true };
  return Object.assign(new Error('the partition has no leader'), facts);
}
