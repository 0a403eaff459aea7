import type { Broker, Message } from 'kafkajs';
import { systemNow } from '../../../../common/clocks.js';
import type { BrokerClock } from '../../broker-clock.js';
import type { BatchAnswer, PartitionBatch } from '../../kafka-driver.interface.js';
import type { Codec } from '../compression/decompress.js';
import {
  changeRequests,
  type ProtocolRequest,
  type ProtocolResponse,
  rejectionOf,
} from './kafkajs-internals.js';
import { encodeProduce, PRODUCE_VERSIONS } from '../protocol/record-batch.js';

/** How long a broker may wait for its replicas, in ms. */
const REPLICAS_MS = 30_000;
const ALL_REPLICAS = -1;

export interface ProduceOptions {
  readonly batches: readonly PartitionBatch[];
  readonly compression: { readonly number: number; readonly codec: Codec } | undefined;
}

interface ProducePartition {
  readonly partition: number;
  readonly errorCode: number;
  readonly baseOffset: string;
  /** -1 where the records have the times of their producer. */
  readonly logAppendTime?: string;
}

interface ProduceAnswer {
  readonly topics: readonly {
    readonly topicName: string;
    readonly partitions: readonly ProducePartition[];
  }[];
}

/**
 * Produce requests to one broker, over kafkajs's connection to it. They are written by us, which takes a fraction of
 * the time, and so are null header values, which kafkajs cannot write. Each partition has an answer of its own: kafkajs
 * makes the first error that it finds that of the whole request.
 */
export class BrokerProducing {
  private asking: ProduceOptions | undefined;
  private response: ProtocolResponse | undefined;

  constructor(
    private readonly broker: Broker,
    private readonly clock: BrokerClock,
  ) {
    changeRequests(broker, (asked) =>
      this.asking && asked.request.apiName === 'Produce' ? this.ours(asked, this.asking) : asked,
    );
  }

  async produce(options: ProduceOptions): Promise<BatchAnswer[]> {
    this.asking = options;
    let asked: Promise<unknown>;
    try {
      // It hands the request over before it waits for the first time.
      asked = this.broker.produce({
        ...{ topicData: [], acks: ALL_REPLICAS, timeout: REPLICAS_MS },
      });
    } finally {
      this.asking = undefined;
    }
    const answer = (await asked) as ProduceAnswer;
    return Promise.all(options.batches.map((batch) => this.answerFor(batch, answer)));
  }

  private ours(asked: ProtocolRequest, options: ProduceOptions): ProtocolRequest {
    this.response = asked.response;
    const { apiVersion } = asked.request;
    const encode = async (): Promise<unknown> => {
      if (!PRODUCE_VERSIONS.has(apiVersion))
        throw new Error(
          `the broker needs a version of produce requests that this package cannot write (${apiVersion})`,
        );
      const buffer = await encodeProduce({
        ...{ acks: ALL_REPLICAS, timeout: REPLICAS_MS, time: systemNow() },
        ...options,
      });
      // What kafkajs takes for an encoder.
      return { buf: buffer, buffer };
    };
    const parse = (answer: unknown): Promise<unknown> => Promise.resolve(answer);
    return {
      ...asked,
      request: { ...asked.request, encode },
      response: { ...asked.response, parse },
    };
  }

  private async answerFor(
    { topic, partition }: PartitionBatch,
    { topics }: ProduceAnswer,
  ): Promise<BatchAnswer> {
    const found = topics
      .find(({ topicName }) => topicName === topic)
      ?.partitions.find((one) => one.partition === partition);
    if (found === undefined) throw new Error('the broker did not answer for every partition');
    if (found.errorCode === 0) {
      const stamp = Number(found.logAppendTime ?? -1);
      if (stamp >= 0) this.clock.stamped(stamp);
      return Number(found.baseOffset);
    }
    return rejectionOf(this.response!, { topics: [{ topicName: topic, partitions: [found] }] });
  }
}

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
