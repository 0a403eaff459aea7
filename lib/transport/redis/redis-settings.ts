import { hostname } from 'node:os';
import { inspect } from 'node:util';
import { ConfigurationError, type ConfigurationProblem } from '../../errors/index.js';
import type { RedisTransportOptions } from './redis-options.js';
import { parseRedisUrl } from './redis-url.js';

/** Settings of the Redis transport: merged, checked, complete. Times are in ms. */
export interface RedisSettings {
  /** ioredis options that say where and as whom to connect. */
  readonly connection: Readonly<Record<string, unknown>>;
  readonly streamMaxLen: number;
  readonly blockMs: number;
  readonly failureSleepMs: number;
  readonly consumerName: string;
  readonly readCount: number;
  readonly claimIdleMs: number;
  readonly singleActive: boolean;
  /** Infinity: never. */
  readonly removeDeadMembersMs: number;
}

// Each would change what we write or how we read the replies.
const FORBIDDEN = ['keyPrefix', 'enableAutoPipelining', 'lazyConnect', 'enableOfflineQueue'];
const PLACES = ['host', 'path', 'sentinels', 'Connector'];

/** Options win over settings. Throws ConfigurationError with every problem; secrets are masked. */
export function redisSettings(
  options: RedisTransportOptions,
  setting: (name: string) => unknown,
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
      found: inspect(found),
      allowed: `a ${whole ? 'whole ' : ''}number of at least ${min}`,
    });
    return fallback;
  };
  const whole = { min: 1, whole: true };
  const seconds = { min: 0.01, whole: false };
  const settings = {
    connection: connection(options, setting, problems),
    streamMaxLen: number('streamMaxLen', 'EVENT_BUS_REDIS_STREAM_MAX_LEN', 10_000, whole),
    blockMs: number('pollTimeout', 'EVENT_BUS_REDIS_CONSUMER_POLL_TIMEOUT', 5, seconds) * 1_000,
    failureSleepMs:
      number('pollFailureSleep', 'EVENT_BUS_REDIS_CONSUMER_POLL_FAILURE_SLEEP', 1, seconds) * 1_000,
    consumerName: options.consumerName ?? hostname(),
    readCount: number('readCount', undefined, 100, whole),
    singleActive: options.singleActive ?? false,
    removeDeadMembersMs:
      options.removeDeadMembers === undefined
        ? Infinity
        : Math.ceil(number('removeDeadMembers', undefined, 60, { min: 0.1, whole: false }) * 1_000),
    claimIdleMs: number('claimIdle', undefined, 60, { min: 0.1, whole: false }) * 1_000,
  };
  if (!settings.consumerName.trim())
    problems.push({
      setting: 'redisTransport consumerName',
      found: 'an empty text',
      allowed: 'a name, the same after each restart and of one live process',
    });
  if (problems.length > 0) throw new ConfigurationError(problems);
  const { blockMs, claimIdleMs } = settings;
  return { ...settings, blockMs: Math.ceil(blockMs), claimIdleMs: Math.ceil(claimIdleMs) };
}

function connection(
  { url: urlOption, redis = {} }: RedisTransportOptions,
  setting: (name: string) => unknown,
  problems: ConfigurationProblem[],
): Readonly<Record<string, unknown>> {
  for (const name of FORBIDDEN.filter((key) => key in redis))
    problems.push({
      setting: `redisTransport redis.${name}`,
      found: inspect(redis[name]),
      allowed: 'not set: the transport decides it',
    });
  const name = urlOption === undefined ? 'EVENT_BUS_REDIS_CONNECTION_URL' : 'redisTransport url';
  const url = urlOption ?? setting('EVENT_BUS_REDIS_CONNECTION_URL');
  const hasPlace = PLACES.some((key) => redis[key] !== undefined);
  if (url === undefined || url === null || url === '') {
    if (!hasPlace)
      problems.push({ setting: name, found: 'nothing', allowed: 'the URL of a Redis server' });
    return redis;
  }
  if (typeof url !== 'string') {
    problems.push({ setting: name, found: typeof url, allowed: 'a URL as text' });
    return redis;
  }
  const tls = typeof redis.tls === 'object' && redis.tls !== null ? redis.tls : {};
  const address = parseRedisUrl(url, name, tls);
  problems.push(...address.problems);
  return { ...redis, ...address.options };
}
