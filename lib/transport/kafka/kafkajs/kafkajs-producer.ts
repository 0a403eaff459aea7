import type { Broker, Cluster, Producer } from 'kafkajs';
import type {
  BatchAnswer,
  PartitionBatch,
  ProducerClient,
  ProducerId,
  RepeatManners,
  TopicLeaders,
} from '../kafka-driver.interface.js';
import { compressionType } from './compression/compression-codecs.js';
import { type KafkajsClient, type KafkajsClients, retryOptions } from './kafkajs-clients.js';
import {
  anyBroker,
  askAbout,
  endConnectionsTo,
  endRepeats,
  forEachCluster,
} from './patches/kafkajs-internals.js';
import { unsupportedKafkajs } from './patches/kafkajs-version.js';
import { BrokerProducing } from './patches/producing.js';
import { keepTopicFaults } from './patches/missing-topics.js';
import { endSilentConnections } from './patches/tracked-sockets.js';

const TRANSACTION_MS = 60_000;

interface InitProducerId {
  initProducerId(request: { transactionTimeout: number }): Promise<{
    readonly producerId: string;
    readonly producerEpoch: number;
  }>;
}

/**
 * The connections of a kafkajs producer, and our own requests over them: kafkajs's own sending takes one topic or
 * broker that fails for the failure of all.
 */
export class KafkajsProducer implements ProducerClient {
  readonly repeats: RepeatManners;
  readonly #client: KafkajsClient;
  readonly #producer: Producer;
  readonly #faults = new Map<string, Error>();
  readonly #producing = new WeakMap<Broker, BrokerProducing>();
  private connected: Promise<void> | undefined;
  #cluster: Cluster | undefined;

  constructor(
    private readonly clients: KafkajsClients,
    private readonly onDiscard: () => void = () => undefined,
  ) {
    const { settings } = clients;
    this.#client = clients.open();
    forEachCluster(this.#client.kafka, (cluster) => {
      this.#cluster = cluster;
      keepTopicFaults(cluster, this.#faults);
    });
    const { producer = {} } = settings.kafkajs.reveal();
    this.#producer = this.#client.kafka.producer({
      retry: retryOptions(),
      ...producer,
      allowAutoTopicCreation: settings.allowAutoTopicCreation,
      // Never asked: each record has its partition by then. Without one kafkajs logs a warning about its default.
      createPartitioner: () => () => 0,
    });
    this.repeats = repeatsOf(producer.retry);
    endSilentConnections(this.#producer, (broker) => clients.endConnections(this.#client, broker));
  }

  connect(): Promise<void> {
    this.connected ??= this.#producer.connect().catch((error: unknown) => {
      this.connected = undefined;
      throw error;
    });
    return this.connected;
  }

  async newId(): Promise<ProducerId> {
    const broker = (await anyBroker(this.cluster)) as (Broker & InitProducerId) | undefined;
    if (!broker) throw unsupportedKafkajs('the internal pool of brokers');
    const { producerId, producerEpoch } = await broker.initProducerId({
      transactionTimeout: TRANSACTION_MS,
    });
    return { id: Number(producerId), epoch: producerEpoch };
  }

  async leaders(topics: readonly string[]): Promise<ReadonlyMap<string, TopicLeaders>> {
    const answers = new Map<string, TopicLeaders>();
    // A question that was under way already may be about other topics.
    for (let asked = 0; asked < 2 && answers.size < topics.length; asked++) {
      const found = new Map(
        (await askAbout(this.cluster, topics)).map((one) => [one.topic, one.partitionMetadata]),
      );
      for (const topic of topics) {
        const partitions = found.get(topic);
        const answer = partitions ? leadersOf(partitions) : this.#faults.get(topic);
        if (answer !== undefined) answers.set(topic, answer);
      }
    }
    return answers;
  }

  async reach(broker: number): Promise<void> {
    await this.broker(broker);
  }

  async produce(
    broker: number,
    batches: readonly PartitionBatch[],
  ): Promise<readonly BatchAnswer[]> {
    const found = await this.broker(broker);
    let producing = this.#producing.get(found);
    if (!producing)
      this.#producing.set(found, (producing = new BrokerProducing(found, this.clients.clock)));
    const number = Number(compressionType(this.clients.settings.compression));
    const codec = this.clients.codecs[number];
    return producing.produce({
      batches,
      compression: number === 0 || !codec ? undefined : { number, codec: codec() },
    });
  }

  interrupt(broker: number): void {
    endConnectionsTo(this.cluster, broker);
  }

  discard(): void {
    if (this.#cluster) endRepeats(this.#cluster);
    this.#client.sockets.end();
    this.#producer.disconnect().catch(() => undefined);
    this.onDiscard();
  }

  private broker(id: number): Promise<Broker> {
    return this.cluster.findBroker({ nodeId: String(id) });
  }

  private get cluster(): Cluster {
    if (!this.#cluster) throw unsupportedKafkajs('the internal cluster object');
    return this.#cluster;
  }
}

function leadersOf(
  partitions: readonly { readonly partitionId: number; readonly leader: number }[],
): TopicLeaders {
  const leaders: number[] = [];
  for (const { partitionId, leader } of partitions) leaders[partitionId] = leader;
  return Array.from(leaders, (leader: number | undefined) => leader ?? -1);
}

function repeatsOf(given: unknown): RepeatManners {
  const { retries, initialRetryTime, maxRetryTime } = { ...retryOptions(), ...(given as object) };
  return {
    most: retries ?? 10,
    firstMs: initialRetryTime ?? 100,
    longestMs: maxRetryTime ?? 1_000,
  };
}
