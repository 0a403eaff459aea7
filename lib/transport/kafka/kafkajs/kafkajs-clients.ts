import { BrokerClock } from '../broker-clock.js';
import type * as kafkajs from 'kafkajs';
import type { Kafka, KafkaConfig, RetryOptions, SASLOptions } from 'kafkajs';
import { messageOf } from '../../../errors/foreign-error.js';
import type { EventBusLogger } from '../../wire-format.interface.js';
import type { KafkaSettings } from '../settings/kafka-settings.js';
import type { Codecs } from './compression/decompress.js';
import { keepCoordinatorFailures } from './patches/guarded-cluster.js';
import { installedKafkajs } from './patches/kafkajs-version.js';
import { requireInternals } from './patches/required-internals.js';
import { forEachCluster, leaveDeadBrokers, letProcessEnd } from './patches/kafkajs-internals.js';
import { seedName, TrackedSockets } from './patches/tracked-sockets.js';
import { MissingPeerError } from '../../../errors/index.js';
import type {
  KafkaTransportOptions,
  KafkaCredentials,
  KafkaSasl,
} from '../settings/kafka-options.js';
import { AsyncLocalStorage } from 'node:async_hooks';

// All named: kafkajs has others when NODE_ENV is `test`.
const RETRY: RetryOptions = {
  initialRetryTime: 100,
  multiplier: 2,
  factor: 0.2,
  maxRetryTime: 1_000,
  retries: 10,
};
/** Repeats of a question, which is asked again by whoever needs the answer. */
const FEW = 3;

/** One kafkajs client, with sockets that are ours to end. */
export interface KafkajsClient {
  readonly kafka: Kafka;
  readonly sockets: TrackedSockets;
}

/** How a kafkajs producer or member repeats what failed: for as long as a broker needs to start. */
export function retryOptions(): RetryOptions {
  return { ...RETRY };
}

/** Makes kafkajs clients, each with connections of its own. */
export class KafkajsClients {
  /** Topics that were there once. */
  readonly topicsSeen = new Set<string>();
  readonly clock = new BrokerClock();
  private questions: TrackedSockets | undefined;

  readonly #module: KafkajsModule;

  constructor(
    module: KafkajsModule,
    readonly settings: KafkaSettings,
    private readonly logger: EventBusLogger,
    /** Who makes these has spans of their own for records. */
    readonly passesInstrumentations = false,
  ) {
    this.#module = module;
  }

  get module(): KafkajsModule {
    return this.#module;
  }

  /** Of kafkajs, by number. */
  get codecs(): Codecs {
    return this.module.CompressionCodecs ?? {};
  }

  /** For a producer or a member. */
  open(clientId = this.settings.clientId): KafkajsClient {
    return this.make(clientId, RETRY);
  }

  openForQuestions(): KafkajsClient {
    const client = this.make(this.settings.clientId, { ...RETRY, retries: FEW });
    this.questions = client.sockets;
    return client;
  }

  /**
   * Ends the connections of a producer or member to a broker, `host:port`, and those of our questions: they lie
   * idle, and the next question, on which a member may wait, would have to find them silent in its turn.
   */
  endConnections({ sockets }: KafkajsClient, broker: string): void {
    sockets.interrupt(broker);
    this.questions?.interrupt(broker);
  }

  private make(clientId: string, retry: RetryOptions): KafkajsClient {
    const { brokers, sasl, ssl, kafkajs } = this.settings;
    const { Kafka, logLevel } = this.module;
    const sockets = new TrackedSockets();
    const config: KafkaConfig = {
      connectionTimeout: 5_000,
      requestTimeout: 10_000,
      retry,
      ...kafkajs.reveal().client,
      brokers: brokers.map(seedName),
      clientId,
      ssl: ssl.reveal(),
      ...(sasl && { sasl: saslOptions(sasl.reveal()) }),
      socketFactory: sockets.factory,
      logLevel: logLevel.WARN,
      // What matters reaches the log through the transport's health, at a bounded rate.
      logCreator: () => (entry) =>
        this.logger.debug(`kafkajs ${entry.namespace}: ${messageOf(entry.log)}`),
    };
    const kafka = new Kafka(config);
    forEachCluster(kafka, (cluster) => {
      leaveDeadBrokers(cluster);
      letProcessEnd(cluster);
      keepCoordinatorFailures(cluster);
    });
    return { kafka, sockets };
  }
}

/** What we use of kafkajs. */
export type KafkajsModule = Pick<
  typeof kafkajs,
  'Kafka' | 'logLevel' | 'CompressionTypes' | 'AssignerProtocol' | 'PartitionAssigners'
> &
  Partial<Pick<typeof kafkajs, 'CompressionCodecs'>>;

/**
 * The module given, else the installed package `kafkajs`, which is loaded here and not before. Throws
 * MissingPeerError, and ConfigurationError for a release that this package does not know inside.
 */
export async function loadKafkajs(given: KafkaTransportOptions['client']): Promise<KafkajsModule> {
  const module = given ? whole(given as unknown as KafkajsModule) : await installed();
  await requireInternals(module.Kafka, given ? undefined : await installedKafkajs());
  return module;
}

async function installed(): Promise<KafkajsModule> {
  try {
    return whole(await import('kafkajs'));
  } catch (error) {
    throw new MissingPeerError('kafkajs', 'The Kafka transport', error);
  }
}

/** Not all names of kafkajs can be imported from it by name; one that is given goes before kafkajs's own. */
function whole(module: KafkajsModule & { readonly default?: KafkajsModule }): KafkajsModule {
  return { ...module.default, ...module };
}

interface Authenticator {
  authenticate(): Promise<void>;
}
type AuthenticatorOf = (connection: object) => Authenticator;

/**
 * How a kafkajs client logs on. With a `credentialsProvider` kafkajs's own way of the mechanism is used, with what the
 * function gives whenever a connection logs on.
 */
function saslOptions(sasl: KafkaSasl): SASLOptions {
  if (!('credentialsProvider' in sasl)) return sasl;
  const { mechanism, credentialsProvider } = sasl;
  // Several connections may log on at the same time, each with its own.
  const current = new AsyncLocalStorage<KafkaCredentials>();
  let own: AuthenticatorOf | undefined;
  const rotating: AuthenticatorOf = (connection) => ({
    authenticate: async () => {
      const credentials = await credentialsProvider();
      await current.run(credentials, () => own!(connection).authenticate());
    },
  });
  return {
    mechanism,
    get username() {
      return current.getStore()?.username;
    },
    get password() {
      return current.getStore()?.password;
    },
    // kafkajs puts its own here the first time that it finds none.
    get authenticationProvider() {
      return own && rotating;
    },
    set authenticationProvider(made: AuthenticatorOf | undefined) {
      own = made;
    },
  } as unknown as SASLOptions;
}
