import type { SettingReader } from './setting-reader.js';

/** Reference settings that a transport reads itself, checked here so that one error lists them all. */
const OF_TRANSPORT: Readonly<Record<string, Readonly<Record<string, SettingCheck>>>> = {
  redis: {
    EVENT_BUS_REDIS_CONNECTION_URL: redisUrl,
    EVENT_BUS_REDIS_STREAM_MAX_LEN: (value) => (whole(value) ? undefined : 'a whole number'),
    EVENT_BUS_REDIS_CONSUMER_POLL_TIMEOUT: seconds,
    EVENT_BUS_REDIS_CONSUMER_POLL_FAILURE_SLEEP: seconds,
  },
};
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  redis: ['EVENT_BUS_REDIS_CONNECTION_URL'],
};

/** What is allowed instead of the value; undefined: the value is fine. */
type SettingCheck = (value: unknown) => string | undefined;

/** Checks the settings of a transport that was chosen by name, and so is made from settings alone. */
export function checkTransportSettings(transport: string, reader: SettingReader): void {
  for (const [name, check] of Object.entries(OF_TRANSPORT[transport] ?? {})) {
    const value = reader.setting(name);
    const missing = value === undefined || value === '';
    if (missing && !REQUIRED[transport]?.includes(name)) continue;
    const allowed = check(missing ? undefined : value);
    if (allowed !== undefined) reader.refuse(name, value, allowed);
  }
}

function redisUrl(value: unknown): string | undefined {
  const allowed = 'redis://[user:password@]host[:port][/db], or rediss:// for TLS';
  return typeof value === 'string' && /^rediss?:\/\//i.test(value.trim()) && URL.canParse(value)
    ? undefined
    : allowed;
}

function whole(value: unknown): boolean {
  const number = numberOf(value);
  return Number.isSafeInteger(number) && number >= 0;
}

function seconds(value: unknown): string | undefined {
  const number = numberOf(value);
  return Number.isFinite(number) && number >= 0 ? undefined : 'seconds, 0 or more';
}

function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : NaN;
}
