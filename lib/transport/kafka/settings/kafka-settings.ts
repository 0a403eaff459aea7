import type { ConnectionOptions } from 'node:tls';
import { ConfigurationError, type ConfigurationProblem } from '../../../errors/index.js';
import { misspeltOptions, SET_BY_TRANSPORT } from '../../../errors/unknown-names.js';
import {
  brokerAddress,
  BROKERS,
  listedBrokers,
  securityProtocol,
  type SecurityProtocol,
} from './broker-address.js';
import { quietProvider, userAndPassword } from '../../common/credentials-provider.js';
import { Hidden } from '../../../common/hidden.js';
import {
  type KafkaCompression,
  type KafkaCredentials,
  type KafkaSasl,
  type KafkaTransportOptions,
  OptionReader,
} from './kafka-options.js';
import type { KafkaPartitioner } from '../partitioner.js';
import { hostIn, warnOfClearText } from '../../common/clear-text.js';
import type { TransportHost } from '../../wire-format.interface.js';
import type { SchemaRegistrySettings } from '../registry/registry-settings.js';

/** How records are published. */
export interface PublishingSettings {
  readonly lingerMs: number;
  readonly batchRecords: number;
  readonly batchBytes: number;
  readonly maxInFlight: number;
}

type Values = Readonly<Record<string, unknown>>;

/** Options of the kafkajs clients, as they are passed on. */
export interface PassedThrough {
  readonly client?: Values;
  readonly producer?: Values;
  readonly consumer?: Values;
}

/** Settings of the Kafka transport: merged, checked, complete. Times are in ms. */
export interface KafkaSettings {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly sasl: Hidden<KafkaSasl> | undefined;
  readonly ssl: Hidden<boolean | ConnectionOptions>;
  readonly partitioner: KafkaPartitioner;
  readonly compression: KafkaCompression;
  readonly idempotent: boolean;
  readonly publishing: PublishingSettings;
  readonly sessionTimeoutMs: number;
  readonly maxDecompressedBytes: number;
  readonly allowAutoTopicCreation: boolean;
  readonly countDeadLetters: boolean;
  readonly kafkajs: Hidden<PassedThrough>;
}

const REBALANCE_MS = 60_000;

/** How long a member may take to join again when the group shares out its partitions. */
export function rebalanceTimeoutMs({ kafkajs }: Pick<KafkaSettings, 'kafkajs'>): number {
  const { rebalanceTimeout } = kafkajs.reveal().consumer ?? {};
  return typeof rebalanceTimeout === 'number' ? rebalanceTimeout : REBALANCE_MS;
}

const BOOTSTRAP = 'EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS';
const KEY = 'EVENT_BUS_KAFKA_API_KEY';
const SECRET = 'EVENT_BUS_KAFKA_API_SECRET';

// Each would change who we are, where we connect, or what a confirmed or settled record means.
const FORBIDDEN = {
  client: ['brokers', 'clientId', 'sasl', 'ssl', 'socketFactory', 'logCreator', 'logLevel'],
  producer: ['createPartitioner', 'idempotent', 'transactionalId', 'maxInFlightRequests'],
  consumer: ['groupId', 'partitionAssigners'],
} as const;

/** Options win over settings. Throws ConfigurationError with every problem; secrets are not shown. */
export function kafkaSettings(
  options: KafkaTransportOptions,
  setting: (name: string) => unknown,
  serviceName: string | undefined,
): KafkaSettings {
  const problems: ConfigurationProblem[] = [];
  const read = new OptionReader('kafkaTransport', options, problems);
  const kafkajs = passedThrough(read);
  problems.push(...misspeltOptions(options, OPTIONS, (name) => `kafkaTransport ${name}`));
  if (!['boolean', 'object', 'undefined'].includes(typeof options.ssl))
    read.refuse('ssl', typeof options.ssl, 'true, false or an object of TLS options');
  const before = problems.length;
  const sasl = options.sasl === undefined ? saslOf(setting, problems) : givenSasl(read);
  // Python speaks TLS as soon as it has a key and a secret.
  const ssl = options.ssl ?? (options.sasl === undefined && sasl !== undefined);
  const isUnclear = problems.length > before;
  const security = isUnclear ? undefined : securityProtocol(sasl !== undefined, Boolean(ssl));
  const batch = read.inside('batchSize');
  const settings: KafkaSettings = {
    brokers: brokersOf(options, setting, security, problems),
    clientId: read.text('clientId', serviceName ?? 'openedx-event-bus'),
    sasl: sasl && new Hidden(sasl),
    ssl: new Hidden(ssl),
    partitioner: read.oneOf('partitioner', ['librdkafka', 'java']),
    compression: read.oneOf('compression', ['none', 'gzip', 'lz4', 'snappy', 'zstd']),
    idempotent: read.boolean('idempotent', true),
    publishing: {
      lingerMs: read.number('lingerMs', 0, { min: 0, max: 60_000 }),
      batchRecords: batch.number('records', 1_000, { min: 1, max: 100_000, whole: true }),
      batchBytes: batch.number('bytes', 900_000, { min: 1_000, max: 100_000_000 }),
      maxInFlight: read.number('maxInFlight', 1, { min: 1, max: 100, whole: true }),
    },
    sessionTimeoutMs: Math.ceil(read.number('sessionTimeout', 30, { min: 1, max: 86_400 }) * 1_000),
    maxDecompressedBytes: read.number('maxDecompressedBytes', 2 ** 27, {
      ...{ min: 1_000_000, max: 2 ** 31 - 1, whole: true },
    }),
    allowAutoTopicCreation: read.boolean('allowAutoTopicCreation', true),
    countDeadLetters: read.boolean('countDeadLetters', false),
    kafkajs: new Hidden(kafkajs),
  };
  if (problems.length > 0) throw new ConfigurationError(problems);
  return settings;
}

/** The compiler sees that none is missing. */
const OPTIONS = Object.keys({
  brokers: true,
  sasl: true,
  ssl: true,
  clientId: true,
  partitioner: true,
  compression: true,
  lingerMs: true,
  batchSize: true,
  maxInFlight: true,
  idempotent: true,
  sessionTimeout: true,
  maxDecompressedBytes: true,
  allowAutoTopicCreation: true,
  countDeadLetters: true,
  schemaRegistry: true,
  kafkajs: true,
  client: true,
} satisfies Record<keyof KafkaTransportOptions, true>);

function passedThrough(read: OptionReader): PassedThrough {
  const given = read.inside('kafkajs');
  for (const [part, names] of Object.entries(FORBIDDEN)) {
    const options = given.inside(part);
    for (const name of names)
      if (options.has(name)) options.refuse(name, 'a value', SET_BY_TRANSPORT);
  }
  return given.values;
}

const WITH_PROVIDER = 'this option not to be set, because credentialsProvider is set';
const WITH_PASSWORD = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

function givenSasl(read: OptionReader): KafkaSasl {
  const sasl = read.inside('sasl');
  const mechanism = sasl.oneOf('mechanism', [...WITH_PASSWORD, 'oauthbearer'], true);
  if (mechanism === 'oauthbearer') {
    const oauthBearerProvider = quietProvider(sasl.function('oauthBearerProvider'), {
      ...{ option: 'oauthBearerProvider', read: withToken, wanted: '{ value: token }' },
    });
    return { ...sasl.values, mechanism, oauthBearerProvider };
  }
  if (!sasl.has('credentialsProvider')) {
    for (const name of ['username', 'password']) sasl.text(name);
    return sasl.values as unknown as KafkaSasl;
  }
  for (const name of ['username', 'password'])
    if (sasl.has(name)) sasl.refuse(name, 'a value', WITH_PROVIDER);
  const credentialsProvider = quietProvider(sasl.function('credentialsProvider'), {
    option: 'credentialsProvider',
    read: withUser,
    wanted: '{ username, password }',
  });
  return { mechanism, credentialsProvider };
}

function withToken(given: object): { value: string } | undefined {
  const { value } = given as { value?: unknown };
  return typeof value === 'string' && value !== '' ? (given as { value: string }) : undefined;
}

function withUser(given: object): KafkaCredentials | undefined {
  const { username, password } = userAndPassword(given) ?? {};
  return username && password ? { username, password } : undefined;
}

/** `security`: undefined where it cannot be told what was meant. */
function brokersOf(
  { brokers }: KafkaTransportOptions,
  setting: (name: string) => unknown,
  security: SecurityProtocol | undefined,
  problems: ConfigurationProblem[],
): readonly string[] {
  const name = brokers === undefined ? BOOTSTRAP : 'kafkaTransport brokers';
  const found = brokers ?? setting(BOOTSTRAP);
  const named = listedBrokers(found);
  if (named.length === 0)
    problems.push({ setting: name, found: found ? typeof found : 'not set', allowed: BROKERS });
  const told = new Set<string>();
  const addresses = named.map((text) => {
    const broker = brokerAddress(text);
    // What is not understood may be a URL with a password, so it is not shown.
    if (!broker) told.add('an entry that is not host:port');
    else if (security && (broker.protocol ?? security) !== security)
      told.add(`${broker.protocol}:// although the settings and options result in ${security}`);
    return broker?.address ?? '';
  });
  for (const what of told) problems.push({ setting: name, found: what, allowed: BROKERS });
  return addresses;
}

function saslOf(
  setting: (name: string) => unknown,
  problems: ConfigurationProblem[],
): KafkaSasl | undefined {
  const [username = '', password = ''] = [KEY, SECRET].map((name) => {
    const value = setting(name) ?? '';
    if (typeof value === 'string') return value;
    problems.push({ setting: name, found: typeof value, allowed: 'a string' });
    return '';
  });
  if (!username && !password) return undefined;
  if (!username || !password) {
    const missing = username ? SECRET : KEY;
    problems.push({
      setting: missing,
      found: 'not set',
      allowed: 'both key and secret, or neither',
    });
    return undefined;
  }
  return { mechanism: 'plain', username, password };
}

const KEY_AND_SECRET = 'EVENT_BUS_KAFKA_API_KEY and EVENT_BUS_KAFKA_API_SECRET';

/** Warns of credentials of the brokers and of the registry that go beyond this machine without TLS. */
export function warnOfClearCredentials(
  { sasl, ssl, brokers }: Pick<KafkaSettings, 'sasl' | 'ssl' | 'brokers'>,
  {
    authorization,
    askAuthorization,
    urls,
  }: Pick<SchemaRegistrySettings, 'authorization' | 'askAuthorization' | 'urls'>,
  { bus, logger }: Pick<TransportHost, 'bus' | 'logger'>,
): void {
  if (sasl && !ssl.reveal())
    warnOfClearText(bus, logger, {
      what: `the Kafka credentials (${KEY_AND_SECRET} or the option sasl: ${sasl.reveal().mechanism})`,
      hosts: brokers.map(hostIn),
      remedy: 'use the option ssl',
    });
  if (authorization ?? askAuthorization)
    warnOfClearText(bus, logger, {
      what: 'the schema registry credentials (EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL, …_API_KEY or the option schemaRegistry)',
      hosts: urls.filter((url) => url.startsWith('http:')).map((url) => new URL(url).hostname),
      remedy: 'use https://',
    });
}
