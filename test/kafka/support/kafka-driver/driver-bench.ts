import { monotonicNow } from '../../../../lib/common/clocks.js';
import type { KafkaSasl } from '../../../../lib/transport/kafka/index.js';
import type {
  BatchAnswer,
  KafkaDriver,
  MemberClient,
  PartitionBatch,
  ProducerClient,
  ProducerId,
} from '../../../../lib/transport/kafka/kafka-driver.interface.js';
import { until } from '../../../services/until.js';
import { KafkaWorkbench, textRecord } from '../kafka-workbench.js';
import { RecordingListener } from './recording-listener.js';

export interface DriverOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly sessionTimeoutMs: number;
  /** The port of the loopback address that is connected to in the place of one that a broker has. */
  readonly portOf: (port: number) => number;
  readonly sasl?: KafkaSasl;
}

/** Makes a driver, not connected. A connection that fails is not tried again by itself. */
export type MakeDriver = (options: DriverOptions) => Promise<KafkaDriver>;

export const PARTITIONS = 2;
export const SESSION_MS = 6_000;
export const PORT_OF_NOBODY = 1;

/** What all cases share: a driver, a producer and a topic on the shared Kafka. */
export class DriverBench {
  readonly kafka = new KafkaWorkbench();
  readonly brokers = this.kafka.brokers.slice(0, 1);
  readonly port = Number(this.brokers[0]!.split(':')[1]);
  driver!: KafkaDriver;
  producer!: ProducerClient;
  producerId!: ProducerId;
  topic!: string;
  /** The broker that leads every partition. */
  broker!: number;
  /** The number of the producer's next record, by partition. */
  readonly sequences = new Map<string, number>();
  private readonly made: KafkaDriver[] = [];
  private readonly members: MemberClient[] = [];

  constructor(private readonly make: MakeDriver) {}

  async prepare(): Promise<void> {
    [this.driver, this.topic] = await Promise.all([this.open(), this.kafka.topic(PARTITIONS)]);
    const { driver, topic } = this;
    await driver.connect();
    this.producer = driver.producer();
    await this.producer.connect();
    // A Kafka that has just started makes its inner topics by then.
    await until('ids and groups of the Kafka', async () => {
      try {
        this.producerId = await this.producer.newId();
        await driver.setCommitted(this.kafka.newName('group'), topic, new Map([[0, 0]]));
        return true;
      } catch {
        return false;
      }
    });
    const leaders = (await this.producer.leaders([topic])).get(topic) as readonly number[];
    this.broker = leaders[0]!;
  }

  async end(): Promise<void> {
    await Promise.all(this.members.map((member) => this.leave(member)));
    for (const one of this.made) one.close();
    await this.kafka.close();
  }

  async open(options: Partial<DriverOptions> = {}): Promise<KafkaDriver> {
    const { brokers } = this;
    const opened = await this.make({
      ...{ brokers, clientId: 'driver', sessionTimeoutMs: SESSION_MS, portOf: (one) => one },
      ...options,
    });
    this.made.push(opened);
    return opened;
  }

  /** A batch as the producer's next one for the partition. */
  batch(ids: readonly string[], partition = 0, topic = this.topic): PartitionBatch {
    const at = `${topic}/${partition}`;
    const sequence = this.sequences.get(at) ?? 0;
    this.sequences.set(at, sequence + ids.length);
    const records = ids.map((id) => textRecord(topic, id, id));
    return { topic, partition, records, producer: this.producerId, sequence };
  }

  put(ids: readonly string[], partition = 0, of = this.topic): Promise<readonly BatchAnswer[]> {
    return this.producer.produce(this.broker, [this.batch(ids, partition, of)]);
  }

  /** A member that joined, on the driver of all cases or another one. */
  async joined(
    topics: readonly string[],
    { group = this.kafka.newName('group'), of = this.driver } = {},
  ): Promise<{ member: MemberClient; heard: RecordingListener; group: string }> {
    const heard = new RecordingListener();
    const member = of.member({ group, topics, clientId: 'member' }, heard);
    heard.pause = (place) => member.pause(place);
    this.members.push(member);
    await member.connect();
    await member.join();
    return { member, heard, group };
  }

  leave(member: MemberClient): Promise<void> {
    return member.leave(monotonicNow() + 2_000);
  }
}
