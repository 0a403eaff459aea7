import * as kafkajs from 'kafkajs';
import { until } from '../../services/until.js';

const IN_SYNC_MS = 90_000;

/** The partitions of a cluster, asked for and moved over a connection that no fault touches. */
export class KafkaPartitions {
  constructor(
    private readonly brokers: readonly string[],
    private readonly replicas: number,
  ) {}

  /** Resolves when the topic is there, on all brokers. Rejects where somebody else made one of the name. */
  async make(topic: string, partitions: number): Promise<void> {
    const isMade = await this.asAdmin((admin) =>
      admin.createTopics({
        topics: [{ topic, numPartitions: partitions, replicationFactor: this.replicas }],
        // What a broker has not heard of yet would be an error.
        waitForLeaders: false,
      }),
    );
    if (!isMade) throw new Error(`${topic} was made by somebody else`);
    await this.inSync(topic);
  }

  /** Resolves when no broker has the topic any more. */
  async remove(topic: string): Promise<void> {
    await this.asAdmin(async (admin) => {
      await admin.deleteTopics({ topics: [topic] });
      await until(
        'the topic to be gone',
        async () => (await this.topics(admin)).every(({ name }) => name !== topic),
        IN_SYNC_MS,
      );
    });
  }

  /** A topic with a partition on each broker, which no other has. */
  async makeLone(topic: string): Promise<void> {
    const replicaAssignment = Array.from({ length: this.replicas }, (_, partition) => ({
      partition,
      replicas: [partition + 1],
    }));
    await this.asAdmin((admin) =>
      admin.createTopics({ topics: [{ topic, replicaAssignment }], waitForLeaders: false }),
    );
  }

  /** Resolves when every partition is on all brokers, those of a topic that was just made too. */
  async inSync(topic?: string): Promise<void> {
    await this.asAdmin((admin) =>
      until(
        'every partition to be on all brokers',
        async () => {
          const topics = await this.topics(admin).catch(() => []);
          if (topic !== undefined && topics.every(({ name }) => name !== topic)) return false;
          const partitions = topics.flatMap((one) => one.partitions);
          return (
            partitions.length > 0 &&
            partitions.every(
              ({ isr, replicas }) => isr.length === (replicas.length === 1 ? 1 : this.replicas),
            )
          );
        },
        IN_SYNC_MS,
      ),
    );
  }

  /** Takes the leader of every partition from it, and has it follow afterwards. */
  async moveLeaders(): Promise<void> {
    await this.asAdmin(async (admin) => {
      const before = await this.topics(admin);
      const assign = (order: (all: number[], leader: number) => number[]) =>
        admin.alterPartitionReassignments({
          topics: before.map(({ name, partitions }) => ({
            topic: name,
            partitionAssignment: partitions.map(({ partitionId, replicas, leader }) => ({
              partition: partitionId,
              replicas: order(replicas, leader),
            })),
          })),
        });
      await assign((all, leader) => all.filter((id) => id !== leader));
      const hasMoved = ({ name, partitions }: kafkajs.ITopicMetadata): boolean =>
        partitions.every(({ partitionId, leader, replicas }) => {
          const old = before.find((topic) => topic.name === name)!;
          const { leader: was } = old.partitions.find((one) => one.partitionId === partitionId)!;
          return leader >= 0 && leader !== was && replicas.length < this.replicas;
        });
      await until(
        'every partition to have another leader',
        async () => {
          const now = await this.topics(admin).catch(() => []);
          return now.length > 0 && now.every(hasMoved);
        },
        IN_SYNC_MS,
      );
      await assign((all, leader) => [...all.filter((id) => id !== leader), leader]);
    });
    await this.inSync();
  }

  private async topics(admin: kafkajs.Admin): Promise<kafkajs.ITopicMetadata[]> {
    const { topics } = await admin.fetchTopicMetadata();
    return topics;
  }

  private async asAdmin<T>(work: (admin: kafkajs.Admin) => Promise<T>): Promise<T> {
    const { Kafka, logLevel } = kafkajs;
    const admin = new Kafka({ brokers: [...this.brokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    try {
      return await work(admin);
    } finally {
      await admin.disconnect();
    }
  }
}
