import { hostname } from 'node:os';
import { ConfigurationError, type ConfigurationProblem } from '../../../errors/index.js';
import { misspeltOptions } from '../../../errors/unknown-names.js';
import { shownValue } from '../../../errors/outside-text.js';
import { quietProvider, userAndPassword } from '../../common/credentials-provider.js';
import { Hidden } from '../../../common/hidden.js';
import type { AskCredentials } from '../client/redis-client.js';
import { type RedisTransportOptions, redisPlace, type ClusterPlace } from './redis-place.js';
import { warnOfClearText } from '../../common/clear-text.js';
import type { TransportHost } from '../../wire-format.interface.js';

/** Settings of the Redis transport: merged, checked, complete. Times are in ms. */
export interface RedisSettings {
  /** ioredis options that say where and as whom to connect; of a cluster as whom only. */
  readonly connection: Hidden<Readonly<Record<string, unknown>>>;
  readonly cluster: ClusterPlace | undefined;
  /** Gives user and password for each connection, in place of those of `connection`. */
  readonly askCredentials?: AskCredentials | undefined;
  readonly streamMaxLen: number;
  readonly blockMs: number;
  readonly failureSleepMs: number;
  readonly consumerName: string;
  /** How long another live process may have our name when we start. */
  readonly nameTimeoutMs: number;
  readonly readCount: number;
  readonly claimIdleMs: number;
  readonly singleActive: boolean;
  /** Infinity: never. */
  readonly removeDeadMembersMs: number;
}

export type ClusterSettings = RedisSettings & { readonly cluster: ClusterPlace };

/**
 * Options win over settings. Throws ConfigurationError with every problem; secrets are masked. `warn` is told
 * what has no effect.
 */
export function redisSettings(
  options: RedisTransportOptions,
  setting: (name: string) => unknown,
  warn: (text: string) => void = () => undefined,
): RedisSettings {
  const problems: ConfigurationProblem[] = [];
  const number = (
    option: keyof RedisTransportOptions,
    name: string | undefined,
    fallback: number,
    { min, whole }: { min: number; whole: boolean },
  ): number => {
    const given = options[option];
    const found = given ?? (name === undefined ? undefined : setting(name)) ?? fallback;
    const value = typeof found === 'string' && found.trim() ? Number(found) : found;
    const fits = typeof value === 'number' && value >= min && value <= 2 ** 31 - 1;
    if (fits && (!whole || Number.isInteger(value))) return value;
    problems.push({
      setting: given === undefined && name ? name : `redisTransport ${option}`,
      found: shownValue(option, found),
      allowed: `${whole ? 'an integer' : 'a number'} >= ${min}`,
    });
    return fallback;
  };
  const whole = { min: 1, whole: true };
  const seconds = { min: 0.01, whole: false };
  const place = redisPlace(options, setting, problems);
  problems.push(...misspeltOptions(options, OPTIONS, (name) => `redisTransport ${name}`));
  const settings = {
    connection: new Hidden(place.connection),
    cluster: place.cluster,
    askCredentials: askCredentials(options, problems),
    streamMaxLen: number('streamMaxLen', 'EVENT_BUS_REDIS_STREAM_MAX_LEN', 10_000, whole),
    blockMs: number('pollTimeout', 'EVENT_BUS_REDIS_CONSUMER_POLL_TIMEOUT', 5, seconds) * 1_000,
    failureSleepMs:
      number('pollFailureSleep', 'EVENT_BUS_REDIS_CONSUMER_POLL_FAILURE_SLEEP', 1, seconds) * 1_000,
    consumerName: options.consumerName ?? hostname(),
    nameTimeoutMs: number('consumerNameTimeout', undefined, 60, { min: 0, whole: false }) * 1_000,
    readCount: number('readCount', undefined, 100, whole),
    singleActive: options.singleActive ?? false,
    removeDeadMembersMs:
      options.removeDeadMembers === undefined
        ? Infinity
        : Math.ceil(number('removeDeadMembers', undefined, 60, { min: 0.1, whole: false }) * 1_000),
    claimIdleMs: number('claimIdle', undefined, 60, { min: 0.1, whole: false }) * 1_000,
  };
  if (typeof settings.singleActive !== 'boolean')
    problems.push({
      setting: 'redisTransport singleActive',
      found: shownValue('singleActive', settings.singleActive),
      allowed: 'true or false',
    });
  if (typeof settings.consumerName !== 'string' || !settings.consumerName.trim())
    problems.push({
      setting: 'redisTransport consumerName',
      found:
        typeof settings.consumerName === 'string'
          ? 'an empty string'
          : typeof settings.consumerName,
      allowed: 'a name that is the same after each restart and that only one running process uses',
    });
  if (problems.length > 0) throw new ConfigurationError(problems);
  for (const text of place.warnings) warn(text);
  const { blockMs, claimIdleMs } = settings;
  return { ...settings, blockMs: Math.ceil(blockMs), claimIdleMs: Math.ceil(claimIdleMs) };
}

/** The compiler sees that none is missing. */
const OPTIONS = Object.keys({
  url: true,
  streamMaxLen: true,
  pollTimeout: true,
  pollFailureSleep: true,
  consumerName: true,
  consumerNameTimeout: true,
  claimIdle: true,
  removeDeadMembers: true,
  singleActive: true,
  readCount: true,
  cluster: true,
  clusterOptions: true,
  redis: true,
  credentialsProvider: true,
  client: true,
} satisfies Record<keyof RedisTransportOptions, true>);

function askCredentials(
  { credentialsProvider }: RedisTransportOptions,
  problems: ConfigurationProblem[],
): AskCredentials | undefined {
  if (credentialsProvider === undefined) return undefined;
  if (typeof credentialsProvider !== 'function')
    problems.push({
      setting: 'redisTransport credentialsProvider',
      found: typeof credentialsProvider,
      allowed: 'a function',
    });
  return quietProvider(credentialsProvider, {
    option: 'credentialsProvider',
    read: userAndPassword,
    wanted: '{ username, password }',
  });
}

const REMEDY =
  'use rediss:// or the option redis.tls (with Sentinels also redis.enableTLSForSentinelMode)';

/** Warns of passwords of Redis and of its Sentinels that go beyond this machine without TLS. */
export function warnOfClearPasswords(
  {
    connection,
    cluster,
    askCredentials,
  }: Pick<RedisSettings, 'connection' | 'cluster' | 'askCredentials'>,
  { bus, logger }: Pick<TransportHost, 'bus' | 'logger'>,
): void {
  const options = connection.reveal();
  // Of a cluster neither counts; null is what ioredis itself has for `not set`.
  if (!cluster && (options['path'] || options['Connector'])) return;
  const sentinels = hostsOf(options['sentinels']);
  const hosts = cluster
    ? cluster.nodes.map(({ host }) => host)
    : (sentinels ?? [textOf(options['host'])]);
  const overTls = options['tls'] && (!sentinels || options['enableTLSForSentinelMode']);
  if ((options['password'] || askCredentials) && !overTls)
    warnOfClearText(bus, logger, {
      what: 'the Redis password (EVENT_BUS_REDIS_CONNECTION_URL or the options url, redis, cluster or credentialsProvider)',
      hosts,
      remedy: REMEDY,
    });
  if (sentinels && options['sentinelPassword'] && !options['sentinelTLS'])
    warnOfClearText(bus, logger, {
      what: 'the password of the Sentinels (option redis.sentinelPassword)',
      hosts: sentinels,
      remedy: 'use the option redis.sentinelTLS',
    });
}

function hostsOf(nodes: unknown): string[] | undefined {
  if (!Array.isArray(nodes)) return undefined;
  return nodes.map((node: unknown) => textOf((node as { host?: unknown } | null)?.host));
}

function textOf(host: unknown): string {
  return typeof host === 'string' ? host : 'localhost';
}
