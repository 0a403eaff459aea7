import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startKafka, type KafkaCluster, type KafkaOptions } from '../../services/kafka.js';
import { provisionPython } from '../../services/python.js';
import { lastingProxy } from '../../services/lasting-proxy.js';
import { startRegistry, type SchemaRegistryServer } from '../../services/registry.js';
import type { TcpProxy } from '../../support/tcp-proxy.js';
import { BrokerPath } from './broker-path.js';
import type { FaultBus, Party, Place, RunningFaultBus } from './fault-bus.interface.js';
import { KafkaPartitions } from './kafka-partitions.js';

export interface RunningKafka extends RunningFaultBus {
  readonly registry: SchemaRegistryServer;
  /** A topic with a partition on each broker, which no other has. */
  makeLoneTopic(topic: string): Promise<void>;
  /** Ends a broker as an operator does, which hands its leaderships over first, and starts it again. */
  restartInOrder(): Promise<void>;
  /** Stops every broker for so long as a machine does that has no time for it (SIGSTOP), and has it go on. */
  freeze(ms: number): Promise<void>;
  /** Deletes the topic of the run and makes another one of the same name. */
  remakeTopic(topic: string, partitions: number): Promise<void>;
  /** Has every partition led by another broker than before, those of the groups' positions too. */
  moveLeaders(): Promise<void>;
}

/** Seconds without a sign of life after which a member is dead, ours and the reference's. */
const SESSION = 6;
const PARTITIONS = 6;
const BROKERS = 3;
const PARTIES: readonly Party[] = ['consumers', 'reference', 'sender'];
const REFERENCE = join(import.meta.dirname, '..', 'processes', 'reference_consumer.py');

/** Three brokers, each with a listener for each party that sends clients through a proxy, and a registry. */
export const kafkaFaultBus: FaultBus<RunningKafka> = {
  name: 'Kafka',
  start: async ({ servers = BROKERS }) => {
    const shared = await startSharedKafkaBus({ runs: 1, parties: PARTIES, jvm: [], servers });
    return shared.busOf(0, () => shared.stop());
  },
};

export interface SharedKafkaOptions {
  /** How many runs at a time have paths of their own. */
  readonly runs: number;
  readonly parties: readonly Party[];
  /** Options of Java. Default: those for a quick start. */
  readonly jvm?: readonly string[];
  /** Default: three. */
  readonly servers?: 1 | 3;
}

/** Brokers and registry that several runs share. Whoever started it stops it. */
export interface SharedKafkaBus {
  /** The bus on the paths of one of the runs. At its end `stop` is called. */
  busOf(run: number, stop?: () => Promise<void>): RunningKafka;
  stop(): Promise<void>;
}

export async function startSharedKafkaBus(options: SharedKafkaOptions): Promise<SharedKafkaBus> {
  const { runs, parties, jvm, servers = BROKERS } = options;
  const paths = Array.from({ length: runs }, () => new PathsOfRun(parties));
  const listeners = Object.assign({}, ...paths.map((of, run) => of.listeners(String(run))));
  const starting = [
    startKafka({ brokers: servers, listeners, ...(jvm ? { jvm } : {}) }),
    startRegistry(),
  ] as const;
  const stop = async (): Promise<void> => {
    await Promise.all(paths.map((of) => of.stop()));
    for (const started of await Promise.allSettled(starting))
      if (started.status === 'fulfilled') await started.value.stop();
  };
  try {
    const [cluster, registry] = await Promise.all(starting);
    return {
      busOf: (run, end = async () => {}) =>
        new KafkaFaultBus(
          { cluster, registry, proxiesTo: (broker) => paths.flatMap((of) => of.to(broker)) },
          paths[run]!.all,
          end,
        ),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The paths of one run, which come to be while the brokers start. */
export class PathsOfRun {
  private readonly proxies: Record<Party, TcpProxy[]> = {
    consumers: [],
    reference: [],
    sender: [],
  };

  private readonly brokers = new Map<TcpProxy, number>();

  constructor(private readonly parties: readonly Party[]) {}

  listeners(suffix: string): NonNullable<KafkaOptions['listeners']> {
    return Object.fromEntries(
      this.parties.map((party) => [
        `${party}${suffix}`.toUpperCase(),
        async (port: number, broker: number) => {
          const proxy = await lastingProxy(port);
          this.proxies[party].push(proxy);
          this.brokers.set(proxy, broker);
          return proxy.port;
        },
      ]),
    );
  }

  to(broker: number): readonly TcpProxy[] {
    return [...this.brokers].flatMap(([proxy, to]) => (to === broker ? [proxy] : []));
  }

  get all(): Readonly<Record<Party, BrokerPath>> {
    const { consumers, reference, sender } = this.proxies;
    return {
      consumers: new BrokerPath(consumers),
      reference: new BrokerPath(reference),
      sender: new BrokerPath(sender),
    };
  }

  async stop(): Promise<void> {
    const proxies = Object.values(this.proxies).flat();
    await Promise.all(proxies.map((proxy) => proxy.stop()));
  }
}

interface KafkaServices {
  readonly cluster: KafkaCluster;
  readonly registry: SchemaRegistryServer;
  /** Those of every run that stand before a broker. */
  proxiesTo(broker: number): readonly TcpProxy[];
}

class KafkaFaultBus implements RunningKafka {
  readonly referenceSilenceMs = 60_000;
  // Answers begin with size and number; where the topic's name stands tells them apart.
  readonly replies = {
    read: /ce_type/,
    settled: /^(.{16}\0.|.{14},)faults-/s,
    published: /^.{12}\0.faults-/s,
  };
  private readonly partitions: KafkaPartitions;
  private turn = 0;

  constructor(
    private readonly services: KafkaServices,
    readonly paths: Readonly<Record<Party, BrokerPath>>,
    private readonly end: () => Promise<void>,
  ) {
    const { bootstrap } = services.cluster;
    this.partitions = new KafkaPartitions(
      bootstrap.plaintext.split(','),
      services.cluster.brokers.length,
    );
  }

  get registry(): SchemaRegistryServer {
    return this.services.registry;
  }

  makeTopic(topic: string, partitions = PARTITIONS): Promise<void> {
    return this.partitions.make(topic, partitions);
  }

  makeLoneTopic(topic: string): Promise<void> {
    return this.partitions.makeLone(topic);
  }

  transport(party: Party) {
    return {
      module: 'transport/kafka/index.js',
      factory: 'kafkaTransport',
      options: {
        brokers: this.paths[party].addresses,
        sessionTimeout: SESSION,
        schemaRegistry: { url: this.registry.url },
      },
    };
  }

  async reference({ topic, group }: Place) {
    const { program, args } = await provisionPython();
    const bus = JSON.stringify({
      EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: this.paths.reference.addresses.join(','),
      EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: this.registry.url,
    });
    return { program, args: [...args, '-B', REFERENCE, bus, topic, group, String(SESSION)] };
  }

  restart(): Promise<void> {
    return this.restartBy('SIGKILL');
  }

  restartInOrder(): Promise<void> {
    return this.restartBy('SIGTERM');
  }

  async freeze(ms: number): Promise<void> {
    const { brokers } = this.services.cluster;
    await Promise.all(brokers.map((broker) => broker.kill('SIGSTOP')));
    await sleep(ms);
    await Promise.all(brokers.map((broker) => broker.kill('SIGCONT')));
  }

  async remakeTopic(topic: string, partitions: number): Promise<void> {
    await this.partitions.remove(topic);
    await this.partitions.make(topic, partitions);
  }

  moveLeaders(): Promise<void> {
    return this.partitions.moveLeaders();
  }

  stop(): Promise<void> {
    return this.end();
  }

  private async restartBy(signal: NodeJS.Signals): Promise<void> {
    const { cluster } = this.services;
    const broker = cluster.brokers[this.turn++ % cluster.brokers.length]!;
    const proxies = this.services.proxiesTo(broker.id);
    await broker.kill(signal);
    // Where no broker is, connecting is refused.
    await Promise.all(proxies.map((proxy) => proxy.down()));
    await broker.restart();
    await Promise.all(proxies.map((proxy) => proxy.up()));
    await this.partitions.inSync();
  }
}
