import type { SettingCheck } from './reference-settings.js';

export const REDIS_CHECKS: Readonly<Record<string, SettingCheck>> = {
  EVENT_BUS_REDIS_CONNECTION_URL: redisUrl,
  EVENT_BUS_REDIS_STREAM_MAX_LEN: (value) => number(value, 1, true),
  EVENT_BUS_REDIS_CONSUMER_POLL_TIMEOUT: (value) => number(value, 0.01, false),
  EVENT_BUS_REDIS_CONSUMER_POLL_FAILURE_SLEEP: (value) => number(value, 0.01, false),
};

function redisUrl(value: unknown): string | undefined {
  // The transport, which takes it apart, checks the rest.
  if (typeof value === 'string' && /^(?:rediss?|unix):\/\//.test(value)) return undefined;
  return 'redis://[user]:[password]@host:port/db, rediss://… for TLS, or unix:///path; in user and password percent-encode what is no letter or digit';
}

function number(found: unknown, least: number, whole: boolean): string | undefined {
  if (found === undefined) return undefined;
  const value = typeof found === 'string' && found.trim() ? Number(found) : found;
  const fits = typeof value === 'number' && value >= least && value <= 2 ** 31 - 1;
  if (fits && (!whole || Number.isInteger(value))) return undefined;
  return `a ${whole ? 'whole ' : ''}number of at least ${least}`;
}
