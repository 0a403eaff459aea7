import {
  brokerAddress,
  BROKERS,
  listedBrokers,
  securityProtocol,
} from '../common/broker-address.js';
import type { SettingCheck } from './reference-settings.js';

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
