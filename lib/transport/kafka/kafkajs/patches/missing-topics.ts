import type { Cluster, Broker } from 'kafkajs';
import { changeRequests, forEachNewBroker, rejectionOf } from './kafkajs-internals.js';

interface Partition {
  readonly partitionErrorCode: number;
  readonly leader: number;
}

interface Topic {
  readonly topic: string;
  readonly topicErrorCode: number;
  readonly partitionMetadata: readonly Partition[];
}

interface Metadata {
  readonly topicMetadata: readonly Topic[];
}

/** What a cluster last said of its topics. */
export interface TopicsOfCluster {
  /** A topic that was there is missing, or a partition of it has no leader. */
  readonly isIncomplete: boolean;
}

/**
 * Has kafkajs go on with the others where a topic that was there once, one of `seen`, is missing or rejected, or where
 * a partition of it has no leader: it would refuse to know any topic at all. A missing topic has no partitions.
 */
export function goOnWithoutMissing(cluster: Cluster, seen: Set<string>): TopicsOfCluster {
  const topics = { isIncomplete: false };
  forEachNewBroker(cluster, (broker) =>
    changeRequests(broker, (asked) => {
      const { parse } = asked.response;
      if (asked.request.apiName !== 'Metadata' || !parse) return asked;
      const patiently = async (answer: unknown): Promise<unknown> => {
        const { topicMetadata, ...rest } = answer as Metadata;
        const known = topicMetadata.map((topic) => (seen.has(topic.topic) ? whole(topic) : topic));
        const parsed = await parse({ ...rest, topicMetadata: known });
        topics.isIncomplete = topicMetadata.some(isIncomplete);
        for (const { topic, topicErrorCode } of topicMetadata)
          if (topicErrorCode === 0) seen.add(topic);
        return parsed;
      };
      return { ...asked, response: { ...asked.response, parse: patiently } };
    }),
  );
  return topics;
}

function whole(topic: Topic): Topic {
  if (topic.topicErrorCode !== 0) return { ...topic, topicErrorCode: 0, partitionMetadata: [] };
  const { partitionMetadata } = topic;
  return {
    ...topic,
    partitionMetadata: partitionMetadata.map((one) => ({ ...one, partitionErrorCode: 0 })),
  };
}

function isIncomplete({ topicErrorCode, partitionMetadata }: Topic): boolean {
  return topicErrorCode !== 0 || partitionMetadata.some(({ leader }) => leader < 0);
}

interface MetadataAnswer {
  readonly topicMetadata: readonly { readonly topic: string; readonly topicErrorCode: number }[];
}

/**
 * Keeps in `faults` what brokers answer about a topic that cannot be used. kafkajs would take it for a failure of the
 * whole question, and learn nothing of the other topics.
 */
export function keepTopicFaults(cluster: Cluster, faults: Map<string, Error>): void {
  forEachNewBroker(cluster, (broker) => keepFaultsOf(broker, faults));
}

function keepFaultsOf(broker: Broker, faults: Map<string, Error>): void {
  changeRequests(broker, (asked) => {
    if (asked.request.apiName !== 'Metadata') return asked;
    const { response } = asked;
    const parse = async (answer: unknown): Promise<unknown> => {
      const metadata = answer as MetadataAnswer;
      const usable = metadata.topicMetadata.filter(({ topicErrorCode }) => topicErrorCode === 0);
      for (const { topic } of usable) faults.delete(topic);
      for (const one of metadata.topicMetadata)
        if (one.topicErrorCode !== 0)
          faults.set(
            one.topic,
            await rejectionOf(response, {
              ...metadata,
              topicMetadata: [{ ...one, partitionMetadata: [] }],
            }),
          );
      return { ...metadata, topicMetadata: usable };
    };
    return { ...asked, response: { ...response, parse } };
  });
}
