import type { Cluster, ICustomPartitioner, Message, Producer, RecordMetadata } from 'kafkajs';
import { asBuffer } from '../../as-buffer.js';
import type { OutgoingRecord } from '../../transport.interface.js';
import type { ProducerClient, SentRecord } from '../kafka-driver.interface.js';
import { PARTITIONERS } from '../partitioner/partitioner.js';
import { compressionType } from './compression-codecs.js';
import { type KafkajsClient, type KafkajsClients, retryOptions } from './kafkajs-clients.js';
import { endRepeats, forEachBroker, forEachCluster } from './protocol/kafkajs-internals.js';
import { quickenProducing } from './protocol/quick-producing.js';
import { headersOf } from './record-headers.js';
import { endSilentConnections } from './silent-connections.js';

interface RecordMessage extends Message {
  readonly record: OutgoingRecord;
}

/** A kafkajs producer that waits for all in-sync replicas. */
export class KafkajsProducer implements ProducerClient {
  readonly #client: KafkajsClient;
  readonly #producer: Producer;
  private readonly chosen = new WeakMap<OutgoingRecord, number>();
  private connected: Promise<void> | undefined;
  #cluster: Cluster | undefined;

  constructor(private readonly clients: KafkajsClients) {
    const { settings } = clients;
    this.#client = clients.open();
    forEachCluster(this.#client.kafka, (cluster) => {
      this.#cluster = cluster;
      forEachBroker(cluster, (broker) =>
        quickenProducing(broker, clients.codecs, (message) => (message as RecordMessage).record),
      );
    });
    this.#producer = this.#client.kafka.producer({
      retry: retryOptions(),
      ...settings.kafkajs.reveal().producer,
      allowAutoTopicCreation: settings.allowAutoTopicCreation,
      idempotent: settings.idempotent,
      createPartitioner: this.partitioner,
    });
    endSilentConnections(this.#producer, (broker) => clients.endConnections(this.#client, broker));
  }

  connect(): Promise<void> {
    this.connected ??= this.#producer.connect().catch((error: unknown) => {
      this.connected = undefined;
      throw error;
    });
    return this.connected;
  }

  async send(records: readonly OutgoingRecord[]): Promise<readonly SentRecord[]> {
    const next = new Map<string, number>();
    // When a leadership moves while kafkajs repeats a request, to a broker that has answered for other
    // partitions, kafkajs leaves out what is to go there and calls all sent.
    for (let left = records; left.length > 0;) {
      for (const { topicName, partition, baseOffset } of await this.sendOnce(left))
        next.set(`${topicName}/${partition}`, Number(baseOffset ?? -1));
      const leftOut = left.filter((record) => !next.has(this.placeOf(record)));
      if (leftOut.length === left.length) throw new Error('No broker answered for the records');
      left = leftOut;
    }
    return records.map((record) => {
      const place = this.placeOf(record);
      const offset = next.get(place) ?? -1;
      if (offset >= 0) next.set(place, offset + 1);
      return { partition: this.partitionOf(record) ?? 0, offset };
    });
  }

  partitionOf(record: OutgoingRecord): number | undefined {
    return this.chosen.get(record);
  }

  discard(): void {
    if (this.#cluster) endRepeats(this.#cluster);
    this.#client.sockets.end();
    this.#producer.disconnect().catch(() => undefined);
  }

  private sendOnce(records: readonly OutgoingRecord[]): Promise<RecordMetadata[]> {
    const topics = new Map<string, Message[]>();
    for (const record of records) {
      const same = topics.get(record.topic);
      if (same) same.push(messageOf(record));
      else topics.set(record.topic, [messageOf(record)]);
    }
    return this.#producer.sendBatch({
      acks: -1,
      compression: compressionType(this.clients.settings.compression),
      topicMessages: [...topics].map(([topic, messages]) => ({ topic, messages })),
    });
  }

  private placeOf(record: OutgoingRecord): string {
    return `${record.topic}/${this.partitionOf(record) ?? 0}`;
  }

  private readonly partitioner: ICustomPartitioner = () => {
    const partitionOf = PARTITIONERS[this.clients.settings.partitioner];
    return ({ message, partitionMetadata }) => {
      // A repeat must go where the first try went.
      const { record } = message as RecordMessage;
      const known = this.partitionOf(record);
      if (known !== undefined) return known;
      const available = partitionMetadata
        .filter(({ leader }) => leader >= 0)
        .map(({ partitionId }) => partitionId);
      const key = message.key === undefined ? null : (message.key as Buffer | null);
      const partition = partitionOf(key, partitionMetadata.length, available);
      this.chosen.set(record, partition);
      return partition;
    };
  };
}

function messageOf(record: OutgoingRecord): RecordMessage {
  const { key, body, attributes } = record;
  return {
    record,
    key: key && asBuffer(key),
    value: body && asBuffer(body),
    get headers() {
      return headersOf(attributes);
    },
  };
}
