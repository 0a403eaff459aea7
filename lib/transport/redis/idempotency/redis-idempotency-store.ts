import { randomUUID } from 'node:crypto';
import { monotonicNow } from '../../../common/clocks.js';
import { ConfigurationError, type ConfigurationProblem } from '../../../errors/index.js';
import { shownValue } from '../../../errors/outside-text.js';
import { unreadable } from '../../../errors/thrown-values.js';
import { misspeltOptions } from '../../../errors/unknown-names.js';
import { HealthBoard } from '../../common/health-board.js';
import type {
  IdempotencyStore,
  IdempotencyStoreFactory,
  IdempotencyStoreHost,
} from '../../idempotency-store.interface.js';
import { loadRedisClient } from '../client/redis-client.js';
import { serviceFault } from '../client/redis-errors.js';
import type { RedisDeployment } from '../connection/redis-deployment.js';
import { openDeployment } from '../redis-deployments.js';
import type { RedisTransportOptions } from '../settings/redis-place.js';
import { redisSettings, warnOfClearPasswords } from '../settings/redis-settings.js';
import {
  CLAIM_MARK,
  COMPLETE_MARK,
  FORGET_MARK,
  RELEASE_MARK,
  RENEW_MARK,
} from './mark-scripts.js';

/** Options of `redisIdempotencyStore`: where Redis is, as for `redisTransport`. Every option may be left out. */
export interface RedisIdempotencyStoreOptions extends Pick<
  RedisTransportOptions,
  'url' | 'cluster' | 'clusterOptions' | 'redis' | 'credentialsProvider' | 'client'
> {
  /** What the key of each mark begins with. Default: `openedx-event-bus:mark:`. */
  readonly keyPrefix?: string | undefined;
}

/**
 * Keeps in Redis which events idempotent handlers have handled, for the option `idempotency.store`. Needs the package
 * `ioredis` (5 or 6), and works with every transport: without options it uses the Redis of the settings
 * (`EVENT_BUS_REDIS_CONNECTION_URL`). It has one connection of its own, which the bus opens and closes.
 *
 * The returned factory throws ConfigurationError with every problem of options and settings, MissingPeerError without ioredis.
 */
export function redisIdempotencyStore(
  options: RedisIdempotencyStoreOptions = {},
): IdempotencyStoreFactory {
  return (host) =>
    open(options, host).catch((error: unknown) => {
      throw unreadable('redisIdempotencyStore options', error);
    });
}

const PREFIX = 'openedx-event-bus:mark:';
const NAMES = Object.keys({
  url: true,
  cluster: true,
  clusterOptions: true,
  redis: true,
  credentialsProvider: true,
  client: true,
  keyPrefix: true,
} satisfies Record<keyof RedisIdempotencyStoreOptions, true>);

async function open(
  options: RedisIdempotencyStoreOptions,
  { bus, setting, logger }: IdempotencyStoreHost,
): Promise<IdempotencyStore> {
  const { keyPrefix = PREFIX, ...others } = options;
  const problems = misspeltOptions(options, NAMES, named);
  if (typeof keyPrefix !== 'string')
    problems.push({
      setting: named('keyPrefix'),
      found: shownValue('keyPrefix', keyPrefix),
      allowed: 'a string',
    });
  const settings = settingsOf(
    Object.fromEntries(Object.entries(others).filter(([name]) => NAMES.includes(name))),
    (name) => (name === URL_SETTING ? setting(name) : undefined),
    problems,
    (text) => logger.warn(`[${bus}] ${renamed(text)}`),
  );
  warnOfClearPasswords(settings, { bus, logger });
  const classes = await loadRedisClient(options.client);
  const health = new HealthBoard('Redis (idempotency store)', bus, logger);
  return new RedisIdempotencyStore(openDeployment(classes, settings, health), keyPrefix);
}

const URL_SETTING = 'EVENT_BUS_REDIS_CONNECTION_URL';
const named = (option: string): string => `redisIdempotencyStore ${option}`;
const renamed = (text: string): string =>
  text.replace(/^redisTransport /, 'redisIdempotencyStore ');

/** Throws one ConfigurationError with the problems given and those found. */
function settingsOf(
  options: RedisTransportOptions,
  setting: (name: string) => unknown,
  problems: ConfigurationProblem[],
  warn: (text: string) => void,
) {
  try {
    const settings = redisSettings(options, setting, warn);
    if (problems.length > 0) throw new ConfigurationError(problems);
    return settings;
  } catch (error) {
    if (!(error instanceof ConfigurationError) || error.problems === problems) throw error;
    const found = error.problems.map((one) => ({ ...one, setting: renamed(one.setting) }));
    throw new ConfigurationError([...problems, ...found]);
  }
}

/** How long a command waits for a connection. */
const CONNECT_MS = 1_000;
const ANSWER_MS = 5_000;

class RedisIdempotencyStore implements IdempotencyStore {
  constructor(
    private readonly deployment: RedisDeployment,
    private readonly prefix: string,
  ) {}

  /** Runs a script, so that a user without the rights for it is noticed at the start. */
  async open(deadline: number): Promise<void> {
    const key = `${this.prefix}probe:${randomUUID()}`;
    try {
      await this.deployment.command.request('EVAL', [CLAIM_MARK, 1, key, 'probe', 1], deadline);
    } catch (error) {
      throw serviceFault(error);
    }
  }

  async claim(key: string, owner: string, lockMs: number): Promise<'claimed' | 'done' | 'busy'> {
    const answer = await this.run(CLAIM_MARK, key, owner, lockMs);
    return answer === 1 ? 'claimed' : answer === 2 ? 'done' : 'busy';
  }

  async renew(key: string, owner: string, lockMs: number): Promise<boolean> {
    return (await this.run(RENEW_MARK, key, owner, lockMs)) === 1;
  }

  async complete(key: string, owner: string, ttlMs: number): Promise<boolean> {
    return (await this.run(COMPLETE_MARK, key, owner, ttlMs)) === 1;
  }

  async release(key: string, owner: string): Promise<void> {
    await this.run(RELEASE_MARK, key, owner);
  }

  async forget(key: string): Promise<void> {
    await this.run(FORGET_MARK, key);
  }

  close(): Promise<void> {
    this.deployment.close();
    return Promise.resolve();
  }

  private async run(
    script: string,
    key: string,
    ...args: readonly (string | number)[]
  ): Promise<number> {
    const { command } = this.deployment;
    try {
      if (!command.isReady) await command.whenReady(monotonicNow() + CONNECT_MS);
      return Number(await command.call('EVAL', [script, 1, this.prefix + key, ...args], ANSWER_MS));
    } catch (error) {
      throw serviceFault(error);
    }
  }
}
