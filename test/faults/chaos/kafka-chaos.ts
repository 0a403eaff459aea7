import * as kafkajs from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startKafka, type KafkaCluster } from '../../services/kafka.js';
import { startRegistry, type SchemaRegistryServer } from '../../services/registry.js';
import { until } from '../../services/until.js';
import type { BrokerPath } from '../driver/broker-path.js';
import { PathsOfRun } from '../driver/kafka-fault-bus.js';
import { KafkaPartitions } from '../driver/kafka-partitions.js';
import type { ChaosSetting, FaultKind } from './chaos-plan.js';
import { type ChaosRun, GROUP } from './chaos-run.js';
import type { ChaosStage, ChaosTransport } from './chaos-stage.interface.js';
import { memberFaults, networkFaults, processFaults } from './common-faults.js';

/** Seconds after which a member that gives no sign of life is dead. */
const SESSION = 6;
/** Seconds until clients hear of new partitions and topics by themselves. */
const METADATA_AGE = 10;
const PARTITIONS = 4;
const MOST_PARTITIONS = 12;
const ADMIN_MS = 60_000;

class KafkaStage implements ChaosStage {
  private turn = 0;

  constructor(
    readonly cluster: KafkaCluster,
    readonly registry: SchemaRegistryServer,
    readonly topic: string,
    private readonly paths: ReadonlyMap<string, PathsOfRun>,
  ) {}

  transport(party: string) {
    return {
      module: 'transport/kafka/index.js',
      factory: 'kafkaTransport',
      options: {
        brokers: this.path(party).addresses,
        sessionTimeout: SESSION,
        schemaRegistry: { url: this.registry.url },
        kafkajs: {
          consumer: { metadataMaxAge: METADATA_AGE * 1_000 },
          producer: { metadataMaxAge: METADATA_AGE * 1_000 },
        },
      },
    };
  }

  path(party: string): BrokerPath {
    return this.paths.get(party)!.all.consumers;
  }

  /** One broker after the other. */
  get nextBroker() {
    const { brokers } = this.cluster;
    return brokers[this.turn++ % brokers.length]!;
  }

  makeTopic(partitions: number): Promise<void> {
    const { cluster, topic } = this;
    const addresses = cluster.bootstrap.plaintext.split(',');
    return new KafkaPartitions(addresses, cluster.brokers.length).make(topic, partitions);
  }

  /** Over a connection that no fault of the network touches. */
  async asAdmin(work: (admin: kafkajs.Admin) => Promise<unknown>): Promise<void> {
    const { Kafka, logLevel } = kafkajs;
    const brokers = this.cluster.bootstrap.plaintext.split(',');
    const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    try {
      await work(admin);
    } finally {
      await admin.disconnect();
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.paths.values()].map((paths) => paths.stop()));
    await Promise.all([this.cluster.stop(), this.registry.stop()]);
  }
}

async function startStage(
  { members }: ChaosSetting,
  topic: string,
  brokers: 1 | 3,
): Promise<KafkaStage> {
  const parties = [...Array.from({ length: members }, (_, i) => `member-${i + 1}`), 'sender'];
  const paths = new Map(parties.map((party) => [party, new PathsOfRun(['consumers'])]));
  const listeners = Object.assign({}, ...[...paths.values()].map((of, i) => of.listeners(`${i}`)));
  const starting = [
    startKafka({ brokers, listeners, properties: { 'auto.create.topics.enable': false } }),
    startRegistry(),
  ] as const;
  const [cluster, registry] = await Promise.all(starting).catch(async (error: unknown) => {
    await Promise.all([...paths.values()].map((of) => of.stop()));
    for (const started of await Promise.allSettled(starting))
      if (started.status === 'fulfilled') await started.value.stop();
    throw error;
  });
  const stage = new KafkaStage(cluster, registry, topic, paths);
  try {
    await stage.makeTopic(PARTITIONS);
    return stage;
  } catch (error) {
    await stage.stop();
    throw error;
  }
}

const serverFaults: readonly FaultKind<KafkaStage>[] = [
  {
    ...{ kind: 'freeze-broker', weight: 2, targets: ['broker'], seconds: [0.5, 20], recovery: 40 },
    act: async ({ stage }, { seconds }) => {
      const broker = stage.nextBroker;
      await broker.kill('SIGSTOP');
      await sleep(seconds * 1_000);
      await broker.kill('SIGCONT');
    },
  },
  {
    ...{ kind: 'kill-broker', weight: 1, targets: ['broker'], seconds: [0, 5], recovery: 40 },
    act: async ({ stage }, { seconds }) => {
      const broker = stage.nextBroker;
      await broker.kill('SIGKILL');
      await sleep(seconds * 1_000);
      await broker.restart();
    },
  },
  {
    ...{
      kind: 'freeze-registry',
      weight: 1,
      targets: ['registry'],
      seconds: [1, 15],
      recovery: 30,
    },
    act: async ({ stage }, { seconds }) => {
      await stage.registry.kill('SIGSTOP');
      await sleep(seconds * 1_000);
      await stage.registry.kill('SIGCONT');
    },
  },
];

const soon = { targets: ['topic'], seconds: [0, 0.2] } as const;

/** What administrators do. Nothing that is not handled yet is lost by it. */
const topicFaults: readonly FaultKind<KafkaStage>[] = [
  {
    ...{ kind: 'add-partitions', weight: 1, recovery: METADATA_AGE + 20, amounts: [1, 2], ...soon },
    act: ({ stage }, { amount }) =>
      stage.asAdmin(async (admin) => {
        const { topic } = stage;
        const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
        const count = topics[0]!.partitions.length + amount;
        if (count > MOST_PARTITIONS) return;
        await admin.createPartitions({ topicPartitions: [{ topic, count }] });
      }),
  },
  {
    ...{ kind: 'delete-records', weight: 1, recovery: 5, ...soon },
    act: ({ stage }) =>
      stage.asAdmin(async (admin) => {
        const { topic } = stage;
        const [committed] = await admin.fetchOffsets({ groupId: GROUP, topics: [topic] });
        const partitions = committed!.partitions.filter(({ offset }) => Number(offset) > 0);
        if (partitions.length > 0) await admin.deleteTopicRecords({ topic, partitions });
      }),
  },
  {
    ...{ kind: 'remake-topic', weight: 1, recovery: METADATA_AGE + 30, amounts: [2, 4, 6] },
    ...soon,
    act: async (run: ChaosRun<KafkaStage>, { amount }) => {
      const { stage } = run;
      await run.whileAllIsHandled(ADMIN_MS, async () => {
        await stage.asAdmin(async (admin) => {
          await admin.deleteTopics({ topics: [stage.topic] });
          await until('the topic to be gone', async () => {
            const all = await admin.listTopics();
            return !all.includes(stage.topic);
          });
        });
        await stage.makeTopic(amount);
      });
    },
  },
];

/** Kafka with so many brokers. Order per key of a partition is promised with any number of members. */
export function kafkaChaos(brokers: 1 | 3): ChaosTransport<KafkaStage> {
  const members = [1, 2, 2, 3];
  const names = Array.from({ length: Math.max(...members) }, (_, i) => `member-${i + 1}`);
  const recoveries = { death: SESSION + 20, leave: 20, silence: 35, cut: 15 };
  return {
    ...{ name: 'kafka', members, perSecond: 150 },
    kinds: [
      ...processFaults(recoveries),
      ...networkFaults(recoveries, names),
      ...memberFaults({ clocks: undefined }),
      ...serverFaults,
      ...topicFaults,
    ],
    isOrdered: () => true,
    start: (setting, topic) => startStage(setting, topic, brokers),
  };
}
