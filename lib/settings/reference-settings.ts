import type { SettingReader } from './setting-reader.js';
import {
  brokerAddress,
  BROKERS,
  listedBrokers,
  securityProtocol,
} from '../common/broker-address.js';

const KEY = 'EVENT_BUS_KAFKA_API_KEY';
const SECRET = 'EVENT_BUS_KAFKA_API_SECRET';
const REGISTRY = 'EVENT_BUS_KAFKA_SCHEMA_REGISTRY';

export const KAFKA_CHECKS: Readonly<Record<string, SettingCheck>> = {
  EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: (value, setting) => {
    const [key, secret] = [setting(KEY) ?? '', setting(SECRET) ?? ''];
    const isClear = [key, secret].every((half) => typeof half === 'string') && !key === !secret;
    const security = isClear ? securityProtocol(Boolean(key), Boolean(key)) : undefined;
    const brokers = listedBrokers(value).map((text) => brokerAddress(text));
    const fits = brokers.every(
      (broker) => broker && (!security || (broker.protocol ?? security) === security),
    );
    return brokers.length > 0 && fits ? undefined : BROKERS;
  },
  [KEY]: (value, setting) => half(value, setting(SECRET)),
  [SECRET]: (value, setting) => half(value, setting(KEY)),
  [`${REGISTRY}_URL`]: (value, setting) => {
    const urls = listed(value)?.map(registryUrl);
    if (!urls?.length || !urls.every((url) => url !== undefined))
      return 'http:// or https:// URLs, without a query; in user and password percent-encode what is no letter or digit';
    const users = new Set(urls.map(({ username, password }) => `${username}:${password}`));
    users.delete(':');
    const key = [setting(`${REGISTRY}_API_KEY`), setting(`${REGISTRY}_API_SECRET`)].some(Boolean);
    return users.size + Number(key) > 1 ? 'credentials in one place' : undefined;
  },
  [`${REGISTRY}_API_KEY`]: text,
  [`${REGISTRY}_API_SECRET`]: text,
};

/** The members of a list, or of a text separated by commas, without blank ones. */
function listed(value: unknown): unknown[] | undefined {
  const members: unknown = typeof value === 'string' ? value.split(',') : value;
  if (!Array.isArray(members)) return undefined;
  return members
    .map((member: unknown) => (typeof member === 'string' ? member.trim() : member))
    .filter((member) => member !== '');
}

function registryUrl(text: unknown): URL | undefined {
  if (typeof text !== 'string' || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const fits = /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '';
  return fits ? url : undefined;
}

/** A key or a secret, beside the other one. */
function half(value: unknown, other: unknown): string | undefined {
  const wrong = text(value);
  if (wrong !== undefined || (value ?? '') !== '' || (other ?? '') === '') return wrong;
  return 'key and secret, or neither';
}

function text(value: unknown): string | undefined {
  return typeof (value ?? '') === 'string' ? undefined : 'a text';
}

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

/** What is allowed instead of the value (undefined: not set), where it is not fine. */
export type SettingCheck = (
  value: unknown,
  setting: (name: string) => unknown,
) => string | undefined;

/**
 * Settings that a transport reads and checks itself. They are looked at here too, by the same rules,
 * so that one error at start lists them beside all others.
 */
const OF_TRANSPORT: Readonly<Record<string, Readonly<Record<string, SettingCheck>>>> = {
  kafka: KAFKA_CHECKS,
  redis: REDIS_CHECKS,
};

/** Checks the settings of a transport that was chosen by name, and so is made from settings alone. */
export function checkTransportSettings(transport: string, reader: SettingReader): void {
  for (const [name, check] of Object.entries(OF_TRANSPORT[transport] ?? {})) {
    const value = reader.setting(name) ?? undefined;
    const allowed = check(value, reader.setting);
    if (allowed !== undefined) reader.refuse(name, value, allowed);
  }
}
