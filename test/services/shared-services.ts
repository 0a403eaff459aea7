import { provisionPython } from './python.js';
import { startRedis } from './redis.js';
import { provisionRedis } from './redis-launch.js';

export interface SharedServices {
  stop(): Promise<void>;
}

/**
 * Has every service ready and starts those that all tests share. Tests find them in the environment:
 * TEST_REDIS_URL. Rejects with ServiceUnavailableError when one cannot be had.
 */
export async function startSharedServices(): Promise<SharedServices> {
  await Promise.all([provisionRedis(), provisionPython()]);
  const redis = await startRedis();
  process.env.TEST_REDIS_URL = redis.url;
  return { stop: () => redis.stop() };
}

/** URL of the Redis that all tests share: each test takes topic names of its own. */
export function sharedRedisUrl(): string {
  const url = process.env.TEST_REDIS_URL;
  if (!url)
    throw new Error('TEST_REDIS_URL is not set: run this file in the jest project `services`');
  return url;
}
