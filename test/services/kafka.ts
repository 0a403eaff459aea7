import { createHash } from 'node:crypto';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificates, type Certificates } from './certificates.js';
import { javaTools } from './java.js';
import { accepts, JavaService } from './java-service.js';
import {
  brokerProperties,
  KAFKA_USER,
  SCRAM_USERS,
  withListeners,
  type BrokerPorts,
  type FurtherListener,
} from './kafka-properties.js';
import { mavenLibraries } from './maven.js';
import { lastingPorts } from './ports.js';
import { cachedFolder } from './service-cache.js';

const VERSIONS = { '4.x': '4.4.0', '3.9': '3.9.2' } as const;
const CLUSTER_ID = 'MkU3OEVBNTcwNTJENDM2Qk';
const LISTENERS = ['plaintext', 'saslPlaintext', 'saslSsl', 'ssl', 'controller'] as const;

export type KafkaVersion = keyof typeof VERSIONS;

export interface KafkaOptions {
  /** Default: 4.x */
  readonly version?: KafkaVersion;
  /** Default: 1. Three keep each record on all of them. */
  readonly brokers?: 1 | 3;
  /** Further properties of each broker. */
  readonly properties?: Readonly<Record<string, string | number | boolean>>;
  /** Options of Java. Default: those for a quick start, which cost throughput later. */
  readonly jvm?: readonly string[];
  /**
   * Further plaintext listeners of each broker, in capital letters: resolves with the port to which
   * clients of the listener are sent, a proxy's for example, instead of the broker's own.
   */
  readonly listeners?: Readonly<Record<string, (port: number, broker: number) => Promise<number>>>;
}

/** What a client needs to reach a cluster. Plain data, also for other processes. */
export interface KafkaAddresses {
  /** Each a list `host:port,…` of all brokers. */
  readonly bootstrap: Readonly<Record<Exclude<keyof BrokerPorts, 'controller'>, string>>;
  /** What to trust on the SSL listeners, and who a client is on the one that asks for a certificate. */
  readonly certificates: Certificates;
}

/** One broker, with its share of the controllers. */
export interface KafkaBroker {
  /** From 1. */
  readonly id: number;
  readonly ports: BrokerPorts;
  readonly logFile: string;
  /** Sends a signal; resolves when the process has ended (at once for SIGSTOP and SIGCONT). */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again, on the same ports and data, after ending it if it lives; resolves when it serves. */
  restart(): Promise<void>;
}

/** A Kafka of one test or one run, on the loopback address. Whoever started it stops it. */
export interface KafkaCluster extends KafkaAddresses {
  readonly brokers: readonly KafkaBroker[];
  /** Where it keeps its data. */
  readonly folder: string;
  /** Kills every broker and removes the data. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Has Kafka ready: the jars of Maven Central, run by the Java of this machine or of a Docker image.
 * Resolves with their folder. Throws ServiceUnavailableError.
 */
export function provisionKafka(version: KafkaVersion = '4.x'): Promise<string> {
  const exact = VERSIONS[version];
  return mavenLibraries(`kafka-${exact}`, [
    `org.apache.kafka:kafka_2.13:${exact}`,
    'org.slf4j:slf4j-simple:1.7.36',
  ]);
}

/**
 * Starts a Kafka without ZooKeeper. Resolves when every broker serves. Topics are made when they are
 * first written to, with one partition.
 */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaCluster> {
  const version = options.version ?? '4.x';
  const libraries = await provisionKafka(version);
  const folder = await mkdtemp(join(tmpdir(), 'openedx-event-bus-kafka-'));
  const cluster: BrokerPorts[] = await somePorts(options.brokers ?? 1);
  const services: JavaService[] = [];
  const stop = async () => {
    await Promise.all(services.map((service) => service.kill()));
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const certificates = await makeCertificates(folder, KAFKA_USER.username);
    const brokers = cluster.map((ports, index): KafkaBroker => {
      const id = index + 1;
      const logFile = join(folder, `broker-${id}.log`);
      const service = new JavaService({
        name: `Kafka broker ${id}`,
        args: [
          ...JVM,
          ...(options.jvm ?? QUICK_START),
          ...['-cp', `${libraries}/*`, 'kafka.Kafka', join(folder, `${id}.properties`)],
        ],
        folder,
        logFile,
        serves: () => accepts(ports.plaintext),
      });
      services.push(service);
      const kill = (signal?: NodeJS.Signals) => service.kill(signal);
      return { id, ports, logFile, kill, restart: () => service.restart() };
    });
    await Promise.all(
      brokers.map(async ({ id }, index) => {
        const data = join(folder, `data-${id}`);
        const properties = {
          ...withListeners(
            brokerProperties(id, cluster, data, certificates),
            await advertisedPorts(options.listeners ?? {}, id),
          ),
          ...options.properties,
        };
        await prepare(join(folder, `${id}.properties`), properties, version);
        await services[index]!.start();
      }),
    );
    return { bootstrap: bootstrapOf(cluster), certificates, brokers, folder, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const QUICK_START = ['-XX:TieredStopAtLevel=1'];
const FORMAT_JVM = [
  ...['-Xmx256m', '-XX:+UseSerialGC', ...QUICK_START],
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
];
const JVM = [
  ...['-Xms128m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:+ExitOnOutOfMemoryError'],
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=info',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
  '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss,SSS',
];

type Properties = Record<string, string | number | boolean>;

function advertisedPorts(
  listeners: NonNullable<KafkaOptions['listeners']>,
  broker: number,
): Promise<FurtherListener[]> {
  return Promise.all(
    Object.entries(listeners).map(async ([name, advertise]) => {
      const [port] = await lastingPorts(1);
      return { name, port: port!, advertised: await advertise(port!, broker) };
    }),
  );
}

/** Gives a broker its properties file and a data folder with nothing but the users in it. */
async function prepare(file: string, properties: Properties, version: KafkaVersion): Promise<void> {
  await writeFile(file, linesOf(properties));
  const users = createHash('sha256').update(SCRAM_USERS.join(' ')).digest('hex').slice(0, 8);
  const empty = await cachedFolder(
    `kafka-${VERSIONS[version]}-data-${properties['node.id']}-${users}`,
    async (partial) => {
      const tools = await javaTools();
      const settings = join(partial, 'format.properties');
      await writeFile(settings, linesOf({ ...properties, 'log.dirs': join(partial, 'data') }));
      await tools.run(
        [...FORMAT_JVM, '-cp', `${await provisionKafka(version)}/*`].concat([
          ...['kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', settings],
          ...SCRAM_USERS,
        ]),
        partial,
      );
    },
  );
  await cp(join(empty, 'data'), String(properties['log.dirs']), { recursive: true });
}

function linesOf(properties: Properties): string {
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

async function somePorts(brokers: number): Promise<BrokerPorts[]> {
  const ports = await lastingPorts(brokers * LISTENERS.length);
  return Array.from({ length: brokers }, () => {
    const [plaintext, saslPlaintext, saslSsl, ssl, controller] = ports.splice(0, LISTENERS.length);
    return {
      plaintext: plaintext!,
      saslPlaintext: saslPlaintext!,
      saslSsl: saslSsl!,
      ssl: ssl!,
      controller: controller!,
    };
  });
}

function bootstrapOf(cluster: readonly BrokerPorts[]): KafkaAddresses['bootstrap'] {
  const of = (listener: keyof BrokerPorts) =>
    cluster.map((ports) => `127.0.0.1:${ports[listener]}`).join(',');
  return {
    plaintext: of('plaintext'),
    saslPlaintext: of('saslPlaintext'),
    saslSsl: of('saslSsl'),
    ssl: of('ssl'),
  };
}
