import type { Message } from 'kafkajs';

/** What kafkajs asks a broker to store. */
export interface ProduceRequest {
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly messages: readonly Message[];
    }[];
  }[];
}

const NODE = 0;

/**
 * What a kafkajs producer takes for a cluster: every topic has one partition, and each request goes to `produce`, which
 * gives the offset of the first record.
 */
export function standInCluster(produce: (asked: ProduceRequest) => Promise<string>): object {
  const nothing = (): Promise<void> => Promise.resolve();
  const broker = {
    nodeId: NODE,
    produce: async (asked: ProduceRequest) => {
      const baseOffset = await produce(asked);
      const topics = asked.topicData.map(({ topic, partitions }) => ({
        topicName: topic,
        partitions: partitions.map(({ partition }) => ({
          ...{ partition: Number(partition), errorCode: 0, baseOffset, logAppendTime: '-1' },
        })),
      }));
      return { topics };
    },
  };
  return {
    retry: {},
    targetTopics: new Set<string>(),
    isConnected: () => true,
    connect: nothing,
    disconnect: nothing,
    refreshMetadata: nothing,
    refreshMetadataIfNecessary: nothing,
    addTargetTopic: nothing,
    addMultipleTargetTopics: nothing,
    findTopicPartitionMetadata: () => [{ partitionId: 0, leader: NODE }],
    findLeaderForPartitions: (_topic: string, partitions: readonly unknown[]) => ({
      [NODE]: partitions,
    }),
    findBroker: () => Promise.resolve(broker),
    removeBroker: () => undefined,
  };
}
