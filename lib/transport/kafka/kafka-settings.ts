import { inspect } from 'node:util';
import type { ConnectionOptions } from 'node:tls';
import { ConfigurationError, type ConfigurationProblem } from '../../errors/index.js';
import type { KafkaSasl, KafkaTransportOptions } from './kafka-options.js';
import type { PartitionerName } from './partitioner/partitioner.js';

/** Settings of the Kafka transport: merged, checked, complete. Times are in ms. */
export interface KafkaSettings {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly sasl: KafkaSasl | undefined;
  readonly ssl: boolean | ConnectionOptions;
  readonly partitioner: PartitionerName;
  readonly compression: 'none' | 'gzip';
  readonly maxRequestBytes: number;
  readonly sessionTimeoutMs: number;
  readonly allowAutoTopicCreation: boolean;
  readonly kafkajs: NonNullable<KafkaTransportOptions['kafkajs']>;
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
  const { kafkajs = {} } = options;
  for (const [part, names] of Object.entries(FORBIDDEN))
    for (const name of names)
      if (name in (kafkajs[part as keyof typeof FORBIDDEN] ?? {}))
        problems.push({
          setting: `kafkaTransport kafkajs.${part}.${name}`,
          found: 'a value',
          allowed: 'not set: the transport decides it',
        });
  const sasl = options.sasl ?? saslOf(setting, problems);
  const settings: KafkaSettings = {
    brokers: brokersOf(options, setting, problems),
    clientId: options.clientId ?? serviceName ?? 'openedx-event-bus',
    sasl,
    // The reference speaks TLS as soon as it has a key and a secret.
    ssl: options.ssl ?? (options.sasl === undefined && sasl !== undefined),
    partitioner: oneOf(options, 'partitioner', ['librdkafka', 'java'], problems),
    compression: oneOf(options, 'compression', ['none', 'gzip'], problems),
    maxRequestBytes: numberOf(options, 'maxRequestBytes', 900_000, 1_000, problems),
    sessionTimeoutMs: Math.ceil(numberOf(options, 'sessionTimeout', 30, 1, problems) * 1_000),
    allowAutoTopicCreation: options.allowAutoTopicCreation ?? true,
    kafkajs,
  };
  if (problems.length > 0) throw new ConfigurationError(problems);
  return settings;
}

function brokersOf(
  { brokers }: KafkaTransportOptions,
  setting: (name: string) => unknown,
  problems: ConfigurationProblem[],
): readonly string[] {
  const name = brokers === undefined ? BOOTSTRAP : 'kafkaTransport brokers';
  const found = brokers ?? setting(BOOTSTRAP);
  const allowed = 'host:port of one or more brokers, separated by commas';
  const texts = typeof found === 'string' ? found.split(',') : Array.isArray(found) ? found : [];
  const named = texts.map((text: unknown) => String(text).trim()).filter((text) => text !== '');
  if (named.length === 0)
    problems.push({ setting: name, found: found ? typeof found : 'nothing', allowed });
  for (const broker of named)
    // What is not host:port may be a URL with a password, so it is not shown.
    if (!/^(\[[0-9a-fA-F:.]+\]|[^\s:/@]+):\d{1,5}$/.test(broker))
      problems.push({ setting: name, found: 'one that is not host:port', allowed });
  return named;
}

function saslOf(
  setting: (name: string) => unknown,
  problems: ConfigurationProblem[],
): KafkaSasl | undefined {
  const [username = '', password = ''] = [KEY, SECRET].map((name) => {
    const value = setting(name) ?? '';
    if (typeof value === 'string') return value;
    problems.push({ setting: name, found: typeof value, allowed: 'a text' });
    return '';
  });
  if (!username && !password) return undefined;
  if (!username || !password) {
    const missing = username ? SECRET : KEY;
    problems.push({ setting: missing, found: 'nothing', allowed: 'key and secret, or neither' });
    return undefined;
  }
  return { mechanism: 'plain', username, password };
}

function oneOf<K extends 'partitioner' | 'compression'>(
  options: KafkaTransportOptions,
  name: K,
  allowed: readonly NonNullable<KafkaTransportOptions[K]>[],
  problems: ConfigurationProblem[],
): NonNullable<KafkaTransportOptions[K]> {
  const value = options[name] ?? allowed[0]!;
  if (!allowed.includes(value))
    problems.push({
      setting: `kafkaTransport ${name}`,
      found: inspect(value),
      allowed: allowed.join(' or '),
    });
  return value;
}

function numberOf(
  options: KafkaTransportOptions,
  name: 'maxRequestBytes' | 'sessionTimeout',
  fallback: number,
  min: number,
  problems: ConfigurationProblem[],
): number {
  const value = options[name] ?? fallback;
  if (!(value >= min && value <= 2 ** 31 - 1))
    problems.push({
      setting: `kafkaTransport ${name}`,
      found: inspect(value),
      allowed: `a number of at least ${min}`,
    });
  return value;
}
