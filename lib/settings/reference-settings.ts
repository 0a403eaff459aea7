import type { SettingReader } from './setting-reader.js';

/** What is allowed instead of the value; undefined: the value is fine. */
type SettingCheck = (value: unknown) => string | undefined;

/**
 * Settings that a transport reads and checks itself. They are looked at here too, by the same rules,
 * so that one error at start lists them beside all others.
 */
const OF_TRANSPORT: Readonly<Record<string, Readonly<Record<string, SettingCheck>>>> = {
  redis: {
    EVENT_BUS_REDIS_CONNECTION_URL: redisUrl,
    EVENT_BUS_REDIS_STREAM_MAX_LEN: (value) => number(value, 1, true),
    EVENT_BUS_REDIS_CONSUMER_POLL_TIMEOUT: (value) => number(value, 0.01, false),
    EVENT_BUS_REDIS_CONSUMER_POLL_FAILURE_SLEEP: (value) => number(value, 0.01, false),
  },
};
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  redis: ['EVENT_BUS_REDIS_CONNECTION_URL'],
};
const REDIS_SCHEMES = ['redis:', 'rediss:', 'unix:'];

/** Checks the settings of a transport that was chosen by name, and so is made from settings alone. */
export function checkTransportSettings(transport: string, reader: SettingReader): void {
  for (const [name, check] of Object.entries(OF_TRANSPORT[transport] ?? {})) {
    const value = reader.setting(name) ?? undefined;
    if (value === undefined && !REQUIRED[transport]?.includes(name)) continue;
    const allowed = check(value);
    if (allowed !== undefined) reader.refuse(name, value, allowed);
  }
}

function redisUrl(value: unknown): string | undefined {
  const isUrl = typeof value === 'string' && URL.canParse(value);
  if (isUrl && REDIS_SCHEMES.includes(new URL(value).protocol)) return undefined;
  return 'redis://[user]:[password]@host:port/db, rediss://… for TLS, or unix:///path';
}

function number(found: unknown, least: number, whole: boolean): string | undefined {
  const value = typeof found === 'string' && found.trim() ? Number(found) : found;
  const fits = typeof value === 'number' && value >= least && value <= 2 ** 31 - 1;
  if (fits && (!whole || Number.isInteger(value))) return undefined;
  return `a ${whole ? 'whole ' : ''}number of at least ${least}`;
}
