import { randomUUID } from 'node:crypto';
import * as kafkajs from 'kafkajs';
import { RecordingSink, type Reaction } from '../../../lib/testing/conformance/recording-sink.js';
import { kafkaTransport, type KafkaTransportOptions } from '../../../lib/transport/kafka/index.js';
import type {
  EventTransport,
  OutgoingRecord,
  PublishOutcome,
  Subscription,
  SubscriptionHandle,
} from '../../../lib/transport/transport.interface.js';
import { sharedKafka } from '../../services/shared-kafka.js';
import { createTopics } from '../../services/kafka-topics.js';

/** Transports and topics of one test file on a real Kafka, without a registry: bodies are plain text. */
export class KafkaWorkbench {
  readonly lines: string[] = [];
  private readonly made: EventTransport[] = [];

  constructor(readonly brokers = sharedKafka().bootstrap.plaintext.split(',')) {}

  newName(what: string): string {
    return `${what}-${randomUUID()}`;
  }

  /** A topic that is there, with so many partitions. */
  async topic(partitions = 1): Promise<string> {
    const topic = this.newName('topic');
    await this.admin((admin) => createTopics(admin, [{ topic, numPartitions: partitions }]));
    return topic;
  }

  async admin<T>(work: (admin: kafkajs.Admin) => Promise<T>): Promise<T> {
    const { Kafka, logLevel } = kafkajs;
    const admin = new Kafka({ brokers: this.brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    try {
      return await work(admin);
    } finally {
      await admin.disconnect();
    }
  }

  /** The offset that the group goes on with in each partition, -1 where it has none. */
  async committed(group: string, topic: string): Promise<string[]> {
    const [found] = await this.admin((admin) =>
      admin.fetchOffsets({ groupId: group, topics: [topic] }),
    );
    return [...found!.partitions]
      .sort((a, b) => a.partition - b.partition)
      .map(({ offset }) => offset);
  }

  /** The offset that the next record gets in each partition. */
  async end(topic: string): Promise<string[]> {
    const found = await this.admin((admin) => admin.fetchTopicOffsets(topic));
    return found.sort((a, b) => a.partition - b.partition).map(({ high }) => high);
  }

  /** How many members the group has. */
  async members(group: string): Promise<number> {
    const { groups } = await this.admin((admin) => admin.describeGroups([group]));
    return groups[0]!.members.length;
  }

  /** Id of the broker that coordinates the group: that which leads its part of the offsets. */
  async coordinator(group: string): Promise<number> {
    const { topics } = await this.admin((admin) =>
      admin.fetchTopicMetadata({ topics: ['__consumer_offsets'] }),
    );
    const { partitions } = topics[0]!;
    const hash = [...group].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) | 0, 0);
    const part = Math.abs(hash) % partitions.length;
    return partitions.find(({ partitionId }) => partitionId === part)!.leader;
  }

  /** Brokers that the cluster knows to live. */
  async brokerCount(): Promise<number> {
    return (await this.admin((admin) => admin.describeCluster())).brokers.length;
  }

  /** Writes a record in a transaction, which is committed or aborted. */
  async transaction(topic: string, value: string, commit: boolean): Promise<void> {
    const { Kafka, logLevel } = kafkajs;
    const kafka = new Kafka({ brokers: this.brokers, logLevel: logLevel.NOTHING });
    const producer = kafka.producer({ transactionalId: this.newName('tx'), idempotent: true });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [{ value }] });
    await (commit ? transaction.commit() : transaction.abort());
    await producer.disconnect();
  }

  async open(options: KafkaTransportOptions = {}): Promise<EventTransport> {
    const say = (line: string): void => void this.lines.push(line);
    const factory = kafkaTransport({
      brokers: this.brokers,
      sessionTimeout: 6,
      schemaRegistry: { url: 'http://127.0.0.1:9' },
      client: kafkajs,
      ...options,
    });
    const { transport } = await factory({
      bus: 'workbench',
      setting: () => undefined,
      logger: { log: say, warn: say, error: say, debug: say },
    });
    this.made.push(transport);
    return transport;
  }

  async read(
    transport: EventTransport,
    {
      once = 'joined',
      ...wanted
    }: Pick<Subscription, 'topics' | 'group'> &
      Partial<Subscription> & { readonly once?: 'joined' | 'subscribed' },
    react?: Reaction,
  ): Promise<{ sink: RecordingSink; handle: SubscriptionHandle }> {
    const sink = new RecordingSink(react);
    const subscription = { start: 'earliest', maxInFlight: 100, ...wanted } as const;
    const handle = await transport.subscribe(subscription, sink);
    if (once === 'joined') await handle.joined;
    return { sink, handle };
  }

  publish(
    transport: EventTransport,
    topic: string,
    ids: readonly string[],
    keyOf: (id: string) => string | null = () => null,
  ): Promise<readonly PublishOutcome[]> {
    const records = ids.map((id) => textRecord(topic, id, keyOf(id)));
    return transport.publish(records, Date.now() + 20_000);
  }

  async close(): Promise<void> {
    await Promise.all(this.made.map((transport) => transport.close(Date.now() + 5_000)));
  }
}

export function textRecord(topic: string, id: string, key: string | null = null): OutgoingRecord {
  return {
    topic,
    key: key === null ? null : Buffer.from(key),
    attributes: [['conformance-id', Buffer.from(id)]],
    value: Buffer.from(`body of ${id}`),
  };
}

export function statuses(outcomes: readonly PublishOutcome[]): string {
  return outcomes.map(({ status }) => status).join();
}
