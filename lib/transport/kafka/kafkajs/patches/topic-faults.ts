import type { Broker, Cluster } from 'kafkajs';
import { changeRequests, forEachNewBroker, rejectionOf } from './kafkajs-internals.js';

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
